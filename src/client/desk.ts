// What one user's client knows between commands: who wrote last, how many are unread, which sends
// wait for their receipts. It turns the client's events into views, for terminal and pipe alike. It
// reads no line and draws nothing; commands.ts acts, and a face shows.

import type { Clock, Timer } from "../ports.ts";
import { isGivenUp } from "./answers.ts";
import type { ChatClient } from "./api.ts";
import type { KeptSettings } from "./faces.ts";
import { withGroupHint } from "./groupHint.ts";
import { LetterIds } from "./letterIds.ts";
import { isOf, letterView } from "./letterView.ts";
import { noOutbox, offerOf, Outbox, type OutboxStore } from "./outbox.ts";
import { type MeantFor, meantForName } from "./sealing/meantFor.ts";
import type { Addressed } from "./sealing/outgoing.ts";
import { type PinStore, unkeptPins } from "./sealing/pins.ts";
import { Sealer } from "./sealing/sealer.ts";
import { type Pending, Sending } from "./sending.ts";
import type { Refusal, SessionEvent } from "./sessionTypes.ts";
import { Settings } from "./settings.ts";
import { Talk } from "./talk.ts";
import type { LetterView, NoticeView, View } from "./views.ts";

export interface Face {
  show(view: View): void;
  /** What stands in a prompt may have changed: name, unread count, messages under way. */
  changed(): void;
}

interface Waiter {
  readonly condition: () => boolean;
  readonly resolve: (met: boolean) => void;
  timer: Timer | null;
}

export class Desk {
  readonly client: ChatClient;
  /** The newest message of somebody else's: what reply answers. */
  lastLetter: LetterView | null = null;
  unopened = 0;
  /** Of the unread messages that the last login announced, how many are still to come. */
  announced = 0;
  /** Messages shown that no `wait` has counted yet. */
  uncounted = 0;
  /** Everybody seen here, for completion. */
  readonly known = new Set<string>();
  readonly ids = new LetterIds();
  /** Safety numbers that the user has seen since the login, by folded name. */
  readonly numbersShown = new Map<string, string>();
  readonly settings: Settings;
  readonly outbox: Outbox;
  readonly sealer: Sealer;
  readonly #clock: Clock;
  readonly #face: Face;
  readonly #sending: Sending;
  #talk: Talk | null = null;
  readonly #waiters = new Set<Waiter>();

  constructor(parts: {
    readonly client: ChatClient;
    readonly clock: Clock;
    readonly face: Face;
    readonly settings: KeptSettings;
    readonly outbox?: OutboxStore | undefined;
    readonly pins?: PinStore | undefined;
  }) {
    const { client, clock, outbox: store = noOutbox(), pins = unkeptPins() } = parts;
    this.client = client;
    const changed = (): void => this.#changed();
    // Before anybody else: what comes is read with the keys that come before it.
    this.sealer = new Sealer({
      client,
      pins,
      tell: (said) => this.show({ kind: "notice", ...said }),
      changed,
    });
    this.#sending = new Sending({
      client,
      clock,
      sealer: this.sealer,
      show: (view) => this.show(view),
      showRefusal: (command, why, unsent) => this.showRefusal(command, why, unsent),
      changed,
    });
    this.settings = new Settings(parts.settings);
    this.outbox = new Outbox({ client, clock, store, sealer: this.sealer });
    this.#clock = clock;
    this.#face = parts.face;
    this.client.onEvent((event) => {
      this.#take(event);
      this.#changed();
    });
  }

  get pending(): ReadonlySet<Pending> {
    return this.#sending.pending;
  }

  get lastSender(): string | null {
    return this.lastLetter?.from ?? null;
  }

  get user(): string | null {
    return this.client.view().name;
  }

  /**
   * With whom a conversation is open: lines go there, and what comes from there is read. It is over
   * with the session, however that ends: else nobody could log in, and a password be a message.
   */
  get partner(): string | null {
    return this.user === null ? null : (this.#talk?.partner ?? null);
  }

  set partner(partner: string | null) {
    this.#talk = partner === null ? null : new Talk(partner, () => this.sealer.pins);
  }

  /** For whom the lines of the open conversation are. */
  meantInTalk(): MeantFor {
    return this.#talk?.meant() ?? meantForName;
  }

  show(view: View): void {
    if (view.kind === "sent") this.known.add(view.to);
    this.#face.show(view);
  }

  showRefusal(command: string, why: Omit<Refusal, "ok">, unsent?: Pending): void {
    // Whoever has stopped waiting was told then what that means.
    if (isGivenUp(why)) return;
    const { code, message } = withGroupHint(why, unsent?.to ?? "", this.known);
    this.show({ kind: "error", command, code, message, ...(unsent && { unsent }) });
  }

  /** What was read: whose names and numbers may be used from now on. */
  noteLetters(letters: readonly LetterView[]): void {
    for (const { id, seq, own, from, to, group } of letters) {
      this.ids.note(`${id.client}-${id.request}`, seq);
      this.known.add(own ? to : from);
      if (group !== "") this.known.add(group);
    }
  }

  /** As the user has set it. */
  watchNotes(): void {
    this.client.watch(this.settings.of("notes") === "on");
  }

  /** True as soon as the condition holds; false after the limit (null: never). */
  until(condition: () => boolean, limitMs: number | null): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiter: Waiter = { condition, resolve, timer: null };
      this.#waiters.add(waiter);
      if (limitMs === null) return;
      waiter.timer = this.#clock.after(limitMs, () => this.#finish(waiter, false));
    });
  }

  /** Nobody sees any more what is shown: nobody reads along either, and what comes stays new. */
  stopShowing(): void {
    this.partner = null;
    this.sealer.order.leave();
    this.client.unseen();
  }

  /** Nobody waits any more; what was waited for counts as not come. */
  stopWaiting(): void {
    for (const waiter of this.#waiters) this.#finish(waiter, false);
  }

  /** Resolves to true once the message is confirmed and shown, to false when it is refused. */
  send(to: string, text: string, command: string, meant?: MeantFor): Promise<boolean> {
    return this.sendAs({ type: "send", to }, text, command, meant);
  }

  /** The same of any request that is answered as a send is. */
  sendAs(addressed: Addressed, text: string, command: string, meant?: MeantFor): Promise<boolean> {
    return this.#sending.send(addressed, text, command, meant);
  }

  #take(event: SessionEvent): void {
    switch (event.kind) {
      case "entered":
        return this.#enter(event);
      case "message":
        return this.#takeLetter(letterView(event.letter, this.sealer.read(event.letter)));
      case "repeated":
        return this.#takeRepeated(letterView(event.letter, this.sealer.read(event.letter)));
      case "status":
        return this.#sending.takeStatus(event.status);
      case "groupNote": {
        const { group, change, member, by } = event.note;
        return this.show({ kind: "groupNote", group, change, member, by });
      }
      case "presence": {
        const { type: _, ...note } = event.note;
        for (const name of note.joined) this.known.add(name);
        return this.show({ kind: "presence", ...note });
      }
      case "unopened":
        this.unopened = event.count;
        return;
      case "renumbered":
        return this.ids.renumber();
      case "connected":
        return this.show({ kind: "connected", server: event.server, verified: event.verified });
      case "lost":
        // Idle and logged out, the server closes the connection now and then: nobody misses it.
        if (this.user !== null || this.pending.size > 0) this.show({ kind: "reconnecting" });
        return;
      case "notice":
        return this.show(event);
      case "sessionEnded":
      case "stopped":
        return this.showRefusal("", event);
      case "acknowledged":
      case "ownKeys":
      case "unknownHost":
        return;
    }
  }

  #enter(event: SessionEvent & { readonly kind: "entered" }): void {
    const { name: user, unread, unopened } = event;
    this.announced = unread;
    this.unopened = unopened - unread;
    this.lastLetter = null;
    this.partner = null;
    this.ids.forget();
    this.numbersShown.clear();
    this.uncounted = 0;
    this.known.add(user);
    const problem = this.settings.enter(user, event.isNew);
    this.watchNotes();
    const besides = [
      ...noticesOf("settings-not-read", problem ?? ""),
      ...noticesOf("unsent", event.isNew ? "" : this.#unsentOf(user)),
    ];
    if (event.isNew) this.show({ kind: "registered", user, besides });
    else this.show({ kind: "loggedIn", user, unread, besides });
  }

  #unsentOf(user: string): string {
    const { unsent, problem } = this.outbox.left(user);
    return problem ?? offerOf(unsent.length);
  }

  #takeLetter(letter: LetterView): void {
    if (!letter.own) {
      this.uncounted += 1;
      if (letter.event === "") this.lastLetter = letter;
      this.#countNew();
    }
    this.noteLetters([letter]);
    this.show({ kind: "message", letter });
    this.#readAlong(letter);
  }

  #takeRepeated(letter: LetterView): void {
    if (!letter.own) this.#countNew();
    this.noteLetters([letter]);
    this.#readAlong(letter);
  }

  #countNew(): void {
    this.unopened += 1;
    this.announced = Math.max(0, this.announced - 1);
  }

  #readAlong(letter: LetterView): void {
    if (letter.own || !isOf(letter, this.partner)) return;
    void this.client.mark("read", [letter.seq]);
  }

  #changed(): void {
    this.#wake();
    this.#face.changed();
  }

  #wake(): void {
    for (const waiter of this.#waiters) {
      if (waiter.condition()) this.#finish(waiter, true);
    }
  }

  #finish(waiter: Waiter, met: boolean): void {
    this.#waiters.delete(waiter);
    waiter.timer?.cancel();
    waiter.resolve(met);
  }
}

/** None of no words. */
function noticesOf(code: string, message: string): readonly NoticeView[] {
  return message === "" ? [] : [{ kind: "notice", code, message }];
}
