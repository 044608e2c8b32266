// Whose key is whose, as this user has come to know it: the first key seen of a name is taken for
// that person's, and kept. A later one is never taken in silence: of who was verified not at all
// until the user says so, of others with a warning. PURE but for its store, which keeps it.

import { pinFormerMax, pinsMax } from "../../base/trustLimits.ts";
import { foldName } from "../../base/text.ts";

export interface Pin {
  /** As it is written. */
  readonly name: string;
  /** Signing key, base64url. */
  readonly key: string;
  readonly verified: boolean;
  /** Keys of the same name before this one, newest first. */
  readonly former: readonly string[];
  /** What the servers have called this person's key since, and the user has not accepted. */
  readonly claimed: string;
}

/** Of one user with one identity; problems come back in words, null when there is none. */
export interface PinStore {
  load(owner: PinOwner): {
    readonly pins: readonly Pin[];
    readonly problem: string | null;
    /** Something is kept of a user of this name with other keys. */
    readonly hadOthers: boolean;
  };
  /** In the place of what was kept of that name; other terminals may have kept more. */
  keep(owner: PinOwner, change: PinChange): string | null;
  forget(owner: PinOwner): string | null;
  /** Other names or keys of the same user of which something is kept. */
  others(owner: PinOwner): readonly PinOwner[];
  /** How far messages have been shown, by sender and conversation. */
  loadOrder(owner: PinOwner): ReadonlyMap<string, number>;
  keepOrder(owner: PinOwner, order: ReadonlyMap<string, number>): string | null;
}

export interface PinChange {
  /** Folded. */
  readonly name: string;
  /** Null to forget it. */
  readonly pin: Pin | null;
}

export interface PinOwner {
  /** Folded. */
  readonly user: string;
  /** The user's own key id. */
  readonly id: string;
}

/**
 * new: the first of this name, kept from now on. known: as before. former: an earlier one of that
 * name. changed: another than before, taken. held: another than the verified one, not taken.
 * another's: the key of somebody else, not taken.
 */
export type Verdict =
  | { readonly kind: "new" | "known" | "former" }
  /** isNews: it has not been said yet. */
  | { readonly kind: "changed" | "held"; readonly isNews: boolean }
  | { readonly kind: "another's"; readonly name: string };

export class Pins {
  readonly #store: PinStore;
  readonly owner: PinOwner;
  /** By folded name. */
  readonly #pins = new Map<string, Pin>();
  /** By folded name, the key of who has it now, as far as servers have said since the login. */
  readonly #present = new Map<string, string>();
  /** Why what was kept cannot be read, or null. */
  readonly problem: string | null;
  readonly hadOthers: boolean;
  /** Others, of the same login, were in their place. */
  isInherited = false;
  #unkept: string | null = null;
  #isTold = false;

  constructor({ store, owner }: { readonly store: PinStore; readonly owner: PinOwner }) {
    this.#store = store;
    this.owner = owner;
    const { problem, hadOthers } = this.#load();
    this.problem = problem;
    this.hadOthers = hadOthers;
  }

  #load(): ReturnType<PinStore["load"]> {
    const loaded = this.#store.load(this.owner);
    for (const pin of loaded.pins) this.#pins.set(foldName(pin.name), pin);
    return loaded;
  }

  /**
   * What is known under other keys or another name of the same user, of whom nothing is known
   * here: servers that change either make nobody forget whose key is whose.
   */
  adopt(which: "all" | "verified"): void {
    for (const other of this.#store.others(this.owner)) {
      const isAll = which === "all" || other.id === this.owner.id;
      this.#take(this.#store.load(other).pins, isAll ? "all" : "verified");
    }
  }

  /** Of the same user, since the same login. */
  inherit({ pins }: Pins): void {
    this.isInherited = true;
    this.#take([...pins], "all");
  }

  /** All that are known. */
  get pins(): Iterable<Pin> {
    return this.#pins.values();
  }

  #take(pins: readonly Pin[], which: "all" | "verified"): void {
    for (const pin of pins) {
      if (this.of(pin.name) === null && (pin.verified || which === "all")) {
        this.#pins.set(foldName(pin.name), pin);
      }
    }
  }

  of(name: string): Pin | null {
    return this.#pins.get(foldName(name)) ?? null;
  }

  /**
   * This is what the servers call the key of that name, or what has signed under it: what came
   * just now, or what was kept from before.
   */
  see(name: string, signing: Buffer, from: "keys" | "letter" | "kept"): Verdict {
    const key = signing.toString("base64url");
    const verdict = this.#judge(name, key, from);
    if (verdict.kind !== "former" && verdict.kind !== "another's") this.notePresent(name, signing);
    return verdict;
  }

  #judge(name: string, key: string, from: "keys" | "letter" | "kept"): Verdict {
    // Another terminal may have been told more.
    if (this.of(name)?.key !== key) this.#load();
    const pin = this.of(name);
    if (pin?.key === key) {
      if (from === "keys" && pin.claimed !== "") this.#keep({ ...pin, claimed: "" });
      return { kind: "known" };
    }
    if (from !== "keys" && pin?.former.includes(key) === true) return { kind: "former" };
    const other = this.#whoseIs(key, foldName(name));
    if (other !== null) return { kind: "another's", name: other.name };
    if (pin === null) {
      this.#keep({ name, key, verified: false, former: [], claimed: "" });
      return { kind: "new" };
    }
    // What was written long ago says nothing of whose key it is now.
    if (from === "kept") return { kind: "held", isNews: false };
    if (!pin.verified) {
      this.#keep({ ...pin, key, former: formerOf(pin), claimed: "" });
      return { kind: "changed", isNews: true };
    }
    const isNews = pin.claimed !== key;
    if (isNews) this.#keep({ ...pin, claimed: key });
    return { kind: "held", isNews };
  }

  /** Null: nobody's, or nobody knows. */
  notePresent(name: string, signing: Buffer | null): void {
    if (signing === null) this.#present.delete(foldName(name));
    else this.#present.set(foldName(name), signing.toString("base64url"));
  }

  presentOf(name: string): string | null {
    return this.#present.get(foldName(name)) ?? null;
  }

  /** Whether this key has ever been that name's here; null when nothing is known of the name. */
  isKnown(name: string, isIt: (signing: Buffer) => boolean): boolean | null {
    const pin = this.of(name);
    if (pin === null) return null;
    return [pin.key, ...pin.former].some((key) => isIt(Buffer.from(key, "base64url")));
  }

  /** The user has said that this is that name's key, here or at another terminal beside this. */
  isAccepted(name: string, signing: Buffer): boolean {
    const key = signing.toString("base64url");
    const isMarked = (pin: Pin | null): boolean => pin?.key === key && pin.verified;
    if (!isMarked(this.of(name))) this.#load();
    return isMarked(this.of(name));
  }

  /** Why something could not be kept, once. */
  takeProblem(): string | null {
    if (this.#unkept === null || this.#isTold) return null;
    this.#isTold = true;
    return this.#unkept;
  }

  /** The user has compared the numbers, or says so. In words why it cannot be kept, or null. */
  verify(name: string, signing: Buffer): string | null {
    const key = signing.toString("base64url");
    const pin = this.of(name);
    const former = pin === null ? [] : pin.key === key ? pin.former : formerOf(pin);
    return this.#keep({ name, key, verified: true, former, claimed: "" });
  }

  /** The next key of that name is the first again; null, or in words why only for now. */
  forget(name: string): string | null {
    this.#pins.delete(foldName(name));
    return this.#write(foldName(name), null);
  }

  /** The user himself is no more. */
  forgetAll(): string | null {
    this.#pins.clear();
    return this.#store.forget(this.owner);
  }

  #whoseIs(key: string, except: string): Pin | null {
    for (const [name, pin] of this.#pins) if (name !== except && pin.key === key) return pin;
    return null;
  }

  #keep(pin: Pin): string | null {
    this.#pins.set(foldName(pin.name), pin);
    const problem = this.#write(foldName(pin.name), pin);
    if (this.#pins.size > pinsMax) this.#dropOne();
    return problem;
  }

  /** The oldest of those that nobody has verified. */
  #dropOne(): void {
    for (const [name, { verified }] of this.#pins) {
      if (verified) continue;
      this.#pins.delete(name);
      this.#write(name, null);
      return;
    }
  }

  #write(name: string, pin: Pin | null): string | null {
    this.#unkept = this.#store.keep(this.owner, { name, pin });
    return this.#unkept;
  }
}

function formerOf({ key, former }: Pin): readonly string[] {
  return [key, ...former.filter((one) => one !== key)].slice(0, pinFormerMax);
}

function isOther({ user, id }: PinOwner, other: PinOwner): boolean {
  return (other.user === user) !== (other.id === id);
}

/** For as long as this client runs. */
export function unkeptPins(): PinStore {
  const owners = new Map<string, PinOwner>();
  const kept = new Map<string, Map<string, Pin>>();
  const orders = new Map<string, ReadonlyMap<string, number>>();
  const idOf = ({ user, id }: PinOwner): string => `${user}-${id}`;
  return {
    load: (owner) => {
      const pins = [...(kept.get(idOf(owner))?.values() ?? [])];
      const all = [...owners.values()];
      const hadOthers = all.some(({ user, id }) => user === owner.user && id !== owner.id);
      return { pins, problem: null, hadOthers };
    },
    keep: (owner, { name, pin }) => {
      const pins = kept.get(idOf(owner)) ?? new Map<string, Pin>();
      kept.set(idOf(owner), pins);
      owners.set(idOf(owner), owner);
      if (pin === null) pins.delete(name);
      else pins.set(name, pin);
      return null;
    },
    forget: (owner) => (kept.delete(idOf(owner)), orders.delete(idOf(owner)), null),
    others: (owner) => [...owners.values()].filter((other) => isOther(owner, other)),
    loadOrder: (owner) => orders.get(idOf(owner)) ?? new Map<string, number>(),
    keepOrder: (owner, order) => {
      orders.set(idOf(owner), order);
      return null;
    },
  };
}
