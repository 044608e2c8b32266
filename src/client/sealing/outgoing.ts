// Messages on their way out: each is held back under its number until the keys of its reader are at
// hand, then sealed and let go, in order for each reader. What is refused because the reader has
// other keys by now is sealed anew, under a new number, so often and not for ever. To somebody who
// has had keys nothing goes out plain.

import { resealsMax } from "../../base/trustLimits.ts";
import { foldName, isGroupAddress } from "../../base/text.ts";
import { escapeText } from "../../wire/fields.ts";
import type { Why } from "../answers.ts";
import type { ChatClient } from "../api.ts";
import type { Settle } from "../running.ts";
import type { MessageDraft, Outcome } from "../sessionTypes.ts";
import { personTarget, sealBody, sealingRandomBytes } from "./body.ts";
import type { Contact, Contacts } from "./contacts.ts";
import { type Identity, idText, type Publics } from "./identity.ts";
import type { OwnKeys } from "./ownKeys.ts";
import { SentSequences } from "./sequences.ts";

type Drafted<T> = T extends MessageDraft ? Omit<T, "format" | "body"> : never;
/** A message without its words. */
export type Addressed = Drafted<MessageDraft>;

interface Waiting {
  readonly addressed: Addressed;
  readonly text: string;
  request: number;
  /** Under which number of which reader's, once it is sealed. */
  sealed: { readonly tag: string; readonly sequence: number } | null;
}

export interface OutgoingParts {
  readonly client: ChatClient;
  readonly keys: OwnKeys;
  /** Null as long as nobody is logged in. */
  readonly contacts: () => Contacts | null;
  /** What goes to there is not sealed. */
  readonly notSealed: (to: string) => void;
}

export class Outgoing {
  readonly #parts: OutgoingParts;
  /** In order, by the reader's name. */
  readonly #waiting = new Map<string, Waiting[]>();
  /** Whose keys the servers are being asked for. */
  readonly #asking = new Set<string>();
  readonly sequences = new SentSequences();

  constructor(parts: OutgoingParts) {
    this.#parts = parts;
  }

  send(addressed: Addressed, text: string, settle: Settle, resealsLeft = resealsMax): void {
    const { client, keys, contacts, notSealed } = this.#parts;
    const { to } = addressed;
    if (isGroupAddress(to)) {
      notSealed(to);
      return client.request(unsealed(addressed, text, "p"), settle);
    }
    keys.retry();
    const waiting: Waiting = { addressed, text, request: 0, sealed: null };
    const held = client.sealDoor.hold(unsealed(addressed, text, "u"), (outcome) => {
      this.#settled(waiting, outcome);
      const isStale = !outcome.ok && outcome.code === "stale-keys";
      if (!isStale || resealsLeft === 0) return settle(outcome);
      contacts()?.forget(to);
      this.send(addressed, text, settle, resealsLeft - 1);
    });
    if (typeof held !== "number") return settle({ ok: false, request: 0, ...held });
    waiting.request = held;
    const name = nameOf(to);
    const others = this.#waiting.get(name);
    if (others === undefined) this.#waiting.set(name, [waiting]);
    else others.push(waiting);
    this.#work(name);
  }

  /** One's own keys may be at hand now, or may never be. */
  workAll(): void {
    for (const name of [...this.#waiting.keys()]) this.#work(name);
  }

  #work(name: string): void {
    const { client, keys, contacts } = this.#parts;
    const known = contacts();
    const [own] = keys.all;
    const first = this.#waiting.get(name)?.[0];
    if (first === undefined) return;
    const isHopeless = keys.state === "locked" || keys.state === "failed";
    if (isHopeless) return this.#withdrawAll(name, keys.why);
    if (keys.state !== "ready" || own === undefined || known === null) return;
    const user = client.view().name ?? "";
    const publics = foldName(user) === name ? own : known.known(name);
    if (publics !== null) return this.#sealAll(name, own, publics);
    if (this.#asking.has(name)) return;
    this.#asking.add(name);
    void known.ask(first.addressed.to).then((contact) => {
      this.#asking.delete(name);
      // Somebody else may have logged in here meanwhile.
      if (contacts() === known) this.#takeContact(name, own, contact);
      else this.#work(name);
    });
  }

  #takeContact(name: string, own: Identity, contact: Contact): void {
    switch (contact.kind) {
      case "keys":
        return this.#sealAll(name, own, contact.publics);
      case "none":
        this.#parts.notSealed(contact.name);
        return this.#each(name, ({ request, addressed, text }) =>
          this.#parts.client.sealDoor.release(request, unsealed(addressed, text, "p")),
        );
      case "refused":
        return this.#withdrawAll(name, contact.why);
    }
  }

  #sealAll(name: string, own: Identity, publics: Publics): void {
    const { client } = this.#parts;
    const { entropy } = client.sealDoor;
    this.#each(name, (waiting) => {
      const { addressed, text, request } = waiting;
      const tag = idText(publics.id);
      const sequence = this.sequences.next(tag);
      waiting.sealed = { tag, sequence };
      const letter = {
        tag,
        place: { target: personTarget, client: client.view().client, request },
        writer: own,
        // Whoever writes to himself is one reader.
        readers: publics.id.equals(own.id) ? [own] : [publics, own],
        sequence,
        text,
      };
      const body = sealBody(letter, entropy.bytes(sealingRandomBytes));
      client.sealDoor.release(request, { ...addressed, format: "s", body });
    });
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
    this.sequences.giveBack(sealed.tag, sealed.sequence);
  }
}

function unsealed(addressed: Addressed, text: string, format: "p" | "u"): MessageDraft {
  return { ...addressed, format, body: escapeText(text) };
}

/** What cannot be a name is one's own place to wait in; the servers say what is wrong with it. */
function nameOf(to: string): string {
  return foldName(to) || to;
}
