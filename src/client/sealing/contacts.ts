// With which keys somebody is written to: as the servers tell, judged by the pins. What was judged
// well is remembered until servers refuse what was sealed with it. It seals nothing.

import { foldName } from "../../base/text.ts";
import type { ChatClient } from "../api.ts";
import { replyOf, type Why } from "../answers.ts";
import { type Publics, readPublics } from "./identity.ts";
import { type MeantFor, refuseOtherKey } from "./meantFor.ts";
import type { Pins, Verdict } from "./pins.ts";

export type Contact =
  | { readonly kind: "keys"; readonly publics: Publics }
  /** He has none, and had none as far as is known here. */
  | { readonly kind: "none"; readonly name: string }
  | { readonly kind: "refused"; readonly why: Why };

export class Contacts {
  readonly #client: ChatClient;
  readonly #pins: Pins;
  readonly #told: (name: string, verdict: Verdict) => void;
  readonly #decided: () => void;
  readonly #known = new Map<string, Publics>();

  constructor(parts: {
    readonly client: ChatClient;
    readonly pins: Pins;
    readonly told: (name: string, verdict: Verdict) => void;
    /** The user has decided of somebody's key: what was judged of it elsewhere stands no more. */
    readonly decided: () => void;
  }) {
    this.#client = parts.client;
    this.#pins = parts.pins;
    this.#told = parts.told;
    this.#decided = parts.decided;
  }

  /** Null when servers have to be asked. */
  known(name: string): Publics | null {
    return this.#known.get(foldName(name)) ?? null;
  }

  forget(name: string): void {
    this.#known.delete(foldName(name));
  }

  /** Its user has accepted a key of that name, or forgotten it: it is judged anew, everywhere. */
  judgeAnew(name: string): void {
    this.forget(name);
    this.#decided();
  }

  /** What is written to that name: for the key known here by now, unless it has one already. */
  remember(name: string, meant: MeantFor): MeantFor {
    return { ...meant, key: meant.key ?? this.#pins.of(name)?.key ?? null };
  }

  /** Why what was meant so does not go to these keys, or to none; null where it may. */
  refuseOther(name: string, meant: MeantFor, given: Publics | null): Why | null {
    const isAccepted = (signing: Buffer): boolean => this.#pins.isAccepted(name, signing);
    return refuseOtherKey(meant, { name, given, isAccepted });
  }

  async ask(name: string): Promise<Contact> {
    const contact = this.judged(await this.keysOf(name));
    if (contact.kind === "keys") this.#known.set(foldName(name), contact.publics);
    return contact;
  }

  /** Whether these may be taken for his. */
  judged(keys: { readonly name: string; readonly publics: Publics | null } | Why): Contact {
    if ("code" in keys) return { kind: "refused", why: keys };
    if (keys.publics === null) {
      const isGone = this.#pins.of(keys.name) !== null;
      return isGone ? refused(keysGone(keys.name)) : { kind: "none", name: keys.name };
    }
    const verdict = this.#pins.see(keys.name, keys.publics.signing, "keys");
    this.#told(keys.name, verdict);
    if (verdict.kind === "held") return refused(keyHeld(keys.name));
    if (verdict.kind === "another's") return refused(keyOfOther(keys.name, verdict.name));
    return { kind: "keys", publics: keys.publics };
  }

  /** As the servers tell, unjudged; null for none. `waits`: nobody has to be able to cancel it. */
  async keysOf(
    name: string,
    waits: "on" | "cancellable" = "on",
  ): Promise<{ readonly name: string; readonly publics: Publics | null } | Why> {
    const ask = waits === "on" ? this.#client.sealDoor.ask : this.#client.query;
    const outcome = await ask({ type: "keys", name });
    if (!outcome.ok) return outcome;
    const reply = replyOf(outcome, "keysAre");
    // Under another name it would be judged as somebody else's.
    if (reply === null || foldName(reply.name) !== foldName(name)) return badKeys(name);
    if (reply.publics.length === 0) return { name: reply.name, publics: null };
    const publics = readPublics(reply.publics);
    return publics === null ? badKeys(reply.name) : { name: reply.name, publics };
  }
}

function refused(why: Why): Contact {
  return { kind: "refused", why };
}

function keysGone(name: string): Why {
  const message =
    `${name} had keys, and now the servers say that there are none: nothing is sent, since it ` +
    `could be read on the way. If ${name} has made a new account, verify ${name} no forgets them.`;
  return { code: "keys-gone", message };
}

function keyHeld(name: string): Why {
  const message =
    `${name}'s key is not the one that you verified: nothing is sent until you accept it. ` +
    `verify ${name} shows the new number; verify ${name} yes accepts it.`;
  return { code: "key-changed", message };
}

function keyOfOther(name: string, other: string): Why {
  const message =
    `The servers give out ${other}'s key as ${name}'s: nothing is sent. If ${name} is ${other} ` +
    `under another name, verify ${name} yes accepts it.`;
  return { code: "key-of-another", message };
}

function badKeys(name: string): Why {
  const message = `The servers' answer for ${name}'s keys makes no sense: nothing is sent.`;
  return { code: "bad-keys", message };
}
