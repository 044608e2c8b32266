// Messages on their way out: each is held back under its number until the keys of its readers are
// at hand, then sealed and let go, in order for each person or group. What is refused because they
// have other keys by now is sealed anew, under a new number, so often and not for ever. To somebody
// who has had keys nothing goes out plain.

import { present } from "../../base/assert.ts";
import { resealsMax } from "../../base/trustLimits.ts";
import { isLobby } from "../../base/text.ts";
import { escapeText } from "../../wire/fields.ts";
import type { Why } from "../answers.ts";
import type { ChatClient } from "../api.ts";
import type { Kept, StoredOutbox } from "../kept.ts";
import type { Settle } from "../running.ts";
import type { MessageDraft, Outcome } from "../sessionTypes.ts";
import { type Addressee, type Addressees, type Recipe, sealFor } from "./addressees.ts";
import type { Identity } from "./identity.ts";
import { type MeantFor, meantForName } from "./meantFor.ts";
import type { OwnKeys } from "./ownKeys.ts";
import { SentSequences } from "./sequences.ts";

type Drafted<T> = T extends MessageDraft ? Omit<T, "format" | "body"> : never;
/** A message without its words. */
export type Addressed = Drafted<MessageDraft>;

interface Waiting {
  readonly addressed: Addressed;
  readonly text: string;
  /** Of one that has just been written the key is known as soon as one's own are at hand. */
  meant: MeantFor;
  request: number;
  /** Under which number of which conversation, once it is sealed. */
  sealed: { readonly conversation: string; readonly sequence: number } | null;
}

export interface OutgoingParts {
  readonly client: ChatClient;
  readonly keys: OwnKeys;
  /** Null as long as nobody is logged in. */
  readonly addressees: () => Addressees | null;
  /** What goes to there is not sealed. */
  readonly notSealed: (to: string) => void;
}

export class Outgoing {
  readonly #parts: OutgoingParts;
  /** In order, by the reader's name. */
  readonly #waiting = new Map<string, Waiting[]>();
  /** Whose keys the servers are being asked for. */
  readonly #asking = new Set<string>();
  readonly #sequences = new SentSequences();

  constructor(parts: OutgoingParts) {
    this.#parts = parts;
  }

  send(
    addressed: Addressed,
    text: string,
    settle: Settle,
    meant: MeantFor = meantForName,
    resealsLeft = resealsMax,
  ): void {
    const { client, keys, addressees, notSealed } = this.#parts;
    const { to } = addressed;
    if (isLobby(to)) {
      notSealed(to);
      return client.request(unsealed(addressed, text, "p"), settle);
    }
    keys.retry();
    const waiting: Waiting = { addressed, text, meant, request: 0, sealed: null };
    const held = client.sealDoor.hold(unsealed(addressed, text, "u"), (outcome) => {
      this.#settled(waiting, outcome);
      const isStale = !outcome.ok && outcome.code === "stale-keys";
      if (!isStale || resealsLeft === 0) return settle(outcome);
      addressees()?.forget(to);
      this.send(addressed, text, settle, waiting.meant, resealsLeft - 1);
    });
    if (typeof held !== "number") return settle({ ok: false, request: 0, ...held });
    waiting.request = held;
    const name = nameOf(to);
    const others = this.#waiting.get(name);
    if (others === undefined) this.#waiting.set(name, [waiting]);
    else others.push(waiting);
    this.#work(name);
  }

  /** What is kept, with all that has to be known to seal it later as it would have been now. */
  keep(kept: Kept): Omit<StoredOutbox, "atMs"> {
    const keys = new Map<number, string>();
    for (const { request, meant } of [...this.#waiting.values()].flat()) {
      if (meant.key !== null) keys.set(request, meant.key);
    }
    const messages = kept.messages.map((one) => {
      const key = keys.get(one.request);
      return key === undefined ? one : { ...one, key };
    });
    const sequences = [...this.#sequences.last()];
    return { ...kept, messages, ...(sequences.length > 0 && { sequences }) };
  }

  /** One's own keys may be at hand now, or may never be. */
  workAll(): void {
    for (const name of [...this.#waiting.keys()]) this.#work(name);
  }

  #work(name: string): void {
    const { keys, addressees } = this.#parts;
    const all = addressees();
    const [own] = keys.all;
    const waiting = this.#waiting.get(name) ?? [];
    const [first] = waiting;
    if (first === undefined) return;
    const isHopeless = keys.state === "locked" || keys.state === "failed";
    if (isHopeless) return this.#withdrawAll(name, keys.why);
    if (keys.state !== "ready" || own === undefined || all === null) return;
    // Before servers are asked: what they say next was not known when it was written.
    for (const one of waiting) one.meant = all.remember(one.addressed.to, one.meant);
    const recipe = all.known(first.addressed.to);
    if (recipe !== null) return this.#sealAll(name, own, recipe);
    if (this.#asking.has(name)) return;
    this.#asking.add(name);
    void all.ask(first.addressed.to).then((addressee) => {
      this.#asking.delete(name);
      // Somebody else may have logged in here meanwhile.
      if (addressees() === all) this.#take(name, own, addressee);
      else this.#work(name);
    });
  }

  #take(name: string, own: Identity, addressee: Addressee): void {
    switch (addressee.kind) {
      case "recipe":
        return this.#sealAll(name, own, addressee.recipe);
      case "none":
        return this.#each(name, (waiting) => {
          if (this.#isHeldBack(waiting, null)) return;
          const { request, addressed, text } = waiting;
          this.#parts.notSealed(addressee.name);
          this.#parts.client.sealDoor.release(request, unsealed(addressed, text, "p"));
        });
      case "refused":
        return this.#withdrawAll(name, addressee.why);
    }
  }

  #sealAll(name: string, writer: Identity, recipe: Recipe): void {
    const { sealDoor } = this.#parts.client;
    const { client } = this.#parts.client.view();
    const { conversation } = recipe;
    this.#each(name, (waiting) => {
      if (this.#isHeldBack(waiting, recipe)) return;
      const { addressed, text, request } = waiting;
      const sequence = this.#sequences.next(conversation);
      waiting.sealed = { conversation, sequence };
      const letter = { writer, client, request, sequence, text };
      const body = sealFor(recipe, letter, sealDoor.entropy);
      sealDoor.release(request, { ...addressed, format: "s", body });
    });
  }

  /** These are not the keys of whom it is meant for. */
  #isHeldBack({ addressed, meant, request }: Waiting, recipe: Recipe | null): boolean {
    const { client, addressees } = this.#parts;
    const all = present(addressees(), "what is to be sealed is somebody's");
    const why = all.refuseOther(addressed.to, meant, recipe);
    if (why !== null) client.sealDoor.withdraw(request, why);
    return why !== null;
  }

  #withdrawAll(name: string, why: Why): void {
    this.#each(name, ({ request }) => this.#parts.client.sealDoor.withdraw(request, why));
  }

  /** Of that name, all that wait now; they wait no longer. */
  #each(name: string, act: (waiting: Waiting) => void): void {
    const all = this.#waiting.get(name) ?? [];
    this.#waiting.delete(name);
    for (const one of all) act(one);
  }

  #settled(waiting: Waiting, outcome: Outcome): void {
    const name = nameOf(waiting.addressed.to);
    const left = (this.#waiting.get(name) ?? []).filter((one) => one !== waiting);
    if (left.length > 0) this.#waiting.set(name, left);
    else this.#waiting.delete(name);
    const { sealed } = waiting;
    if (sealed === null || outcome.ok || outcome.code === "outcome-unknown") return;
    this.#sequences.giveBack(sealed.conversation, sealed.sequence);
  }
}

function unsealed(addressed: Addressed, text: string, format: "p" | "u"): MessageDraft {
  return { ...addressed, format, body: escapeText(text) };
}

function nameOf(to: string): string {
  return to.toLowerCase();
}
