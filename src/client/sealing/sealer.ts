// A user's side of sealing, under every face: what is written goes out through here and what comes
// is read here. It brings together one's own keys, whose key is whose, and the order in which
// messages come; each of these stands in a file of its own. It shows nothing.

import { foldName } from "../../base/text.ts";
import type { MessageOf } from "../../wire/messages.ts";
import type { Answer, ChatClient } from "../api.ts";
import type { Why } from "../answers.ts";
import type { Kept, KeptMessage, StoredOutbox } from "../kept.ts";
import type { Settle } from "../running.ts";
import type { Outcome, SessionEvent } from "../sessionTypes.ts";
import { draftPlace, sealBody, sealingRandomBytes } from "./body.ts";
import { Addressees } from "./addressees.ts";
import { Contacts } from "./contacts.ts";
import { changeGroup, changeUnsigned, type GroupWish } from "./groupChanges.ts";
import { type Identity, idText } from "./identity.ts";
import { openKept, type OpenedKept, type SealedKept, sealKept } from "./keptSealing.ts";
import { draftSequence, type MeantFor } from "./meantFor.ts";
import { GroupOrigins } from "./origins.ts";
import { type Addressed, Outgoing } from "./outgoing.ts";
import { OwnKeys } from "./ownKeys.ts";
import { Pins, type PinStore, type Verdict } from "./pins.ts";
import { type Read, readDraft, type ReadDraft, readLetter } from "./reading.ts";
import { Rosters } from "./rosters.ts";
import type { BackwardOrder } from "./sequences.ts";
import { ShownOrder } from "./shownOrder.ts";
import { hadKeysBefore, keyHasChanged, keyIsHeld, keysAreUnkept } from "./warnings.ts";
import { notSealedTo, type Said } from "./warnings.ts";

export interface SealerParts {
  readonly client: ChatClient;
  readonly pins: PinStore;
  /** A line for the user. */
  readonly tell: (said: Said) => void;
  /** Whether one's keys are at hand may be decided now. */
  readonly changed?: () => void;
}

type Listed = MessageOf<"item"> | MessageOf<"entry">;

export class Sealer {
  readonly #parts: SealerParts;
  readonly #keys: OwnKeys;
  readonly order: ShownOrder;
  readonly #outgoing: Outgoing;
  #pins: Pins | null = null;
  /** For which keys it has been decided whether to say that they are new. */
  #saidOf: Pins | null = null;
  #contacts: Contacts | null = null;
  #rosters: Rosters | null = null;
  #addressees: Addressees | null = null;
  readonly #origins = new GroupOrigins();
  /** The account is not new here. */
  #isKnown = false;
  /** Of whom it has been said, since the login, that what goes there is not sealed. */
  readonly #toldPlain = new Set<string>();
  #whenSettled: (() => void)[] = [];

  constructor(parts: SealerParts) {
    this.#parts = parts;
    const { client } = parts;
    this.order = new ShownOrder(parts);
    this.#keys = new OwnKeys({ client, changed: () => this.#keysChanged() });
    this.#outgoing = new Outgoing({
      client,
      keys: this.#keys,
      addressees: () => this.#addressees,
      notSealed: (to) => this.notSealed(to),
    });
    client.onEvent((event) => this.#take(event));
    if (client.view().name === null) return;
    // Logged in before anybody listened here: what came behind the login is asked for again.
    this.#isKnown = true;
    this.#keys.enter(false);
    this.#keys.askAgain();
  }

  get pins(): Pins | null {
    return this.#pins;
  }

  get contacts(): Contacts | null {
    return this.#contacts;
  }

  /** The user's own; null as long as there is none. */
  get own(): Identity | null {
    return this.#keys.all[0] ?? null;
  }

  /** What is kept, with what sealing has to know of it another time. */
  keep(kept: Kept): Omit<StoredOutbox, "atMs"> {
    return this.#outgoing.keep(kept);
  }

  send(addressed: Addressed, text: string, settle: Settle, meant?: MeantFor): void {
    this.#outgoing.send(addressed, text, settle, meant);
  }

  /** What has just come. */
  read(letter: MessageOf<"message">): Read {
    // Whoever is taken into a group, or out of it, may find another one of that name there.
    if (letter.format === "e") this.#origins.forget(letter.group);
    return readLetter(
      {
        own: this.#keys.all,
        pins: this.#pins,
        judge: (place, sequence) => this.order.judge(place, sequence),
        isOrigin: (group, origin) => this.#origins.isOf(group, origin),
        told: (name, verdict) => this.#toldOf(name, verdict),
      },
      letter,
    );
  }

  /** What is read back, from the newest on where its order is judged. */
  readKept(letter: Listed, order: BackwardOrder | null = null): Read {
    return readLetter(
      {
        own: this.#keys.all,
        pins: this.#pins,
        judge: (place, sequence) => order?.judge(place, sequence) ?? "next",
        isOrigin: (group, origin) => this.#origins.isOf(group, origin),
        told: null,
      },
      letter,
    );
  }

  /** The words of a message that was kept over a restart. */
  openKept(kept: Pick<Kept, "client" | "user">, message: KeptMessage): OpenedKept {
    return openKept(this.#keys.all, kept, message);
  }

  /** Those that never had a reader's keys, sealed now, or why that cannot be. */
  async sealKept(kept: Omit<StoredOutbox, "atMs">): Promise<SealedKept | Why> {
    await this.settled();
    const { own } = this;
    const addressees = this.#addressees;
    if (own === null || addressees === null || this.#keys.state !== "ready") return this.#keys.why;
    const { entropy } = this.#parts.client.sealDoor;
    const notSealed = (to: string): void => this.notSealed(to);
    return sealKept(kept, { own, addressees, entropy, notSealed });
  }

  readDraft(item: MessageOf<"draftItem">): ReadDraft {
    return readDraft(this.#keys.all, item);
  }

  /** Sealed to oneself, and bound to whom it is for, with the key that he has here now. */
  async sealDraft(to: string, text: string): Promise<string | Why> {
    await this.settled();
    const { own } = this;
    if (own === null || this.#keys.state !== "ready") return this.#keys.why;
    const place = draftPlace(to);
    const tag = idText(own.id);
    const sequence = draftSequence(this.#pins?.of(to)?.key ?? null);
    const letter = { tag, place, writer: own, readers: [own], sequence, text };
    return sealBody(letter, this.#parts.client.sealDoor.entropy.bytes(sealingRandomBytes));
  }

  /** Signed, where it takes somebody in whose keys are known; as it is, where it does not. */
  async changeGroup(wish: GroupWish): Promise<Outcome> {
    await this.settled();
    if (wish.change === "create") this.#origins.forget(wish.group);
    const { client } = this.#parts;
    const { own } = this;
    const rosters = this.#rosters;
    const contacts = this.#contacts;
    const isReady = this.#keys.state === "ready" && rosters !== null && contacts !== null;
    if (own === null || !isReady) return changeUnsigned(client, wish);
    return changeGroup(wish, { client, own, contacts, rosters });
  }

  async changePassword(
    password: string,
    newPassword: string,
  ): Promise<Answer<"passwordChanged"> | (Why & { readonly ok: false })> {
    await this.settled();
    return this.#keys.changePassword(password, newPassword);
  }

  /** Whether one's own keys are at hand is decided. */
  get isSettled(): boolean {
    return this.#keys.state !== "waiting";
  }

  settled(): Promise<void> {
    if (this.isSettled) return Promise.resolve();
    return new Promise((resolve) => this.#whenSettled.push(resolve));
  }

  /** Said once for each, from login to login. */
  notSealed(to: string): void {
    const name = to.toLowerCase();
    if (this.#toldPlain.has(name)) return;
    this.#toldPlain.add(name);
    this.#parts.tell(notSealedTo(to));
  }

  /** Nobody is logged in any more. */
  leave(): void {
    this.order.leave();
    this.#keys.leave();
    this.#parts.client.sealDoor.forgetPrivateKeys();
  }

  /** The account is gone, and with it all that was known to it; null, or why that stays. */
  forgetUser(): string | null {
    this.leave();
    return this.#pins?.forgetAll() ?? null;
  }

  #take(event: SessionEvent): void {
    if (event.kind === "entered") {
      this.order.begin(null);
      this.#toldPlain.clear();
      this.#pins = null;
      this.#contacts = null;
      this.#rosters = null;
      this.#addressees = null;
      this.#origins.clear();
      this.#isKnown = !event.isNew;
      this.#keys.enter(event.isNew);
    }
    if (event.kind === "acknowledged") this.order.acknowledged();
    if (event.kind === "lost") this.#keys.lost();
    if (event.kind === "connected") this.#keys.askAgain();
    if (event.kind === "ownKeys") this.#keys.take(event.keys);
    if (event.kind === "sessionEnded" || event.kind === "stopped") this.#settle();
  }

  #keysChanged(): void {
    const { own } = this;
    if (own !== null) this.#openPins(own);
    if (this.#keys.state === "locked") this.#parts.tell(this.#keys.why);
    if (this.#keys.state === "waiting") return;
    this.#sayNewKeys();
    this.#settle();
    this.#outgoing.workAll();
  }

  /** They are on the servers, in the place of those that had been in use here. */
  #sayNewKeys(): void {
    const pins = this.#pins;
    if (pins === null || pins === this.#saidOf || this.#keys.state !== "ready") return;
    this.#saidOf = pins;
    const isAnother = pins.isInherited || (this.#isKnown && pins.hadOthers);
    if (isAnother && this.#keys.isNew) this.#parts.tell(hadKeysBefore);
  }

  /** What is known of others belongs to these keys: with others one is somebody else. */
  #openPins(own: Identity): void {
    const { client, pins: store, tell } = this.#parts;
    const owner = { user: foldName(client.view().name ?? ""), id: idText(own.id) };
    if (this.#pins?.owner.user === owner.user && this.#pins.owner.id === owner.id) return;
    const pins = new Pins({ store, owner });
    const { problem } = pins;
    if (problem !== null) tell({ code: "pins-not-read", message: problem });
    // Other keys of one's own may stand than those that were in use: after a merge, or since the
    // servers say so. Of an account that is elsewhere, and called the same, only marks are taken.
    if (this.#pins !== null) pins.inherit(this.#pins);
    const isSame = this.#isKnown && this.#keys.isNew;
    pins.adopt(isSame || this.#keys.all.length > 1 ? "all" : "verified");
    this.#pins = pins;
    this.order.begin(owner);
    const told = (name: string, verdict: Verdict): void => this.#toldOf(name, verdict);
    const isOrigin = (group: string, origin: string): boolean => this.#origins.isOf(group, origin);
    const rosters = new Rosters({ client, own: () => this.own, pins, told, tell, isOrigin });
    const contacts = new Contacts({ client, pins, told, decided: () => rosters.forgetAll() });
    this.#contacts = contacts;
    this.#rosters = rosters;
    this.#addressees = new Addressees({ own, user: owner.user, contacts, rosters });
  }

  #toldOf(name: string, verdict: Verdict): void {
    const problem = this.#pins?.takeProblem() ?? null;
    if (problem !== null) this.#parts.tell(keysAreUnkept(problem));
    if (verdict.kind === "changed" || verdict.kind === "held") this.#contacts?.forget(name);
    if (verdict.kind === "changed") this.#parts.tell(keyHasChanged(name));
    if (verdict.kind === "held" && verdict.isNews) this.#parts.tell(keyIsHeld(name));
  }

  #settle(): void {
    const waiting = this.#whenSettled;
    this.#whenSettled = [];
    for (const resolve of waiting) resolve();
    this.#parts.changed?.();
  }
}
