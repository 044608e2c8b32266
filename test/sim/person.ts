// A person of a random run: an account and its terminals, each of which does one thing after
// another, in its own time (what, habits.ts says). What a person was told is kept here, so that
// later answers can be held against it; what holds at the very end, judge.ts says.

import { makePrng, type Prng } from "../../src/base/prng.ts";
import type { MessageOf } from "../../src/wire/messages.ts";
import type { Entry } from "./history.ts";
import { act } from "./habits.ts";
import { listedOf, type Listed } from "./listed.ts";
import type { Habit, PersonPlan } from "./plan.ts";
import { think } from "./seat.ts";
import { pickWeighted } from "./weights.ts";
import { SimTerminal } from "./terminal.ts";
import { inventText } from "./words.ts";
import type { World } from "./world.ts";

/** What a terminal tells its person. */
export interface Account {
  readonly name: string;
  readonly ackedSeq: number;
  answered(entry: Entry): void;
  noteShown(seq: number, text: string): void;
  noteAcknowledged(seq: number): void;
  lostSession(terminal: SimTerminal, code: string): void;
}

export class Person implements Account {
  readonly name: string;
  readonly terminals: SimTerminal[] = [];
  /** Nothing is known for sure of what became of it: a request of its life was never answered. */
  isMuddled = false;
  /** of: how often the account was registered; 0: there is none (or nobody knows of one). */
  life = { number: 0, isRegistered: false, isDeleting: false };
  ackedSeq = 0;
  /** Marks asked for, and not answered (yet, or ever). */
  marksUnanswered = 0;
  readonly world: World;
  readonly plan: PersonPlan;
  readonly #habits: ReadonlyMap<Habit, number>;
  readonly prng: Prng;
  readonly #seed: number;
  /** Written by others, and confirmed: to be found as well. */
  readonly arrivedTexts = new Set<string>();
  /** Texts confirmed in this life, to be found in one's own mailbox. */
  readonly confirmedTexts = new Set<string>();
  readonly removedTexts = new Set<string>();
  readonly seqs = new Map<number, string>();
  #lifeSinceMs = 0;
  #textCount = 0;
  #shownCount = 0;
  #isTried = false;
  #hasAskedToDelete = false;
  #terminalCount = 0;

  constructor(world: World, plan: PersonPlan, seed: number) {
    this.name = plan.name;
    this.world = world;
    this.plan = plan;
    this.#habits = new Map(Object.entries(plan.habits) as [Habit, number][]);
    this.#seed = seed;
    this.prng = makePrng(seed);
  }

  start(): void {
    for (let left = this.plan.terminals; left > 0; left -= 1) this.comeBack(this.plan.startsMs);
  }

  /** Registered, by what was answered, and never on the way out. */
  isPresent(): boolean {
    return this.life.isRegistered && !this.isMuddled && !this.life.isDeleting;
  }

  isIdle(): boolean {
    return this.terminals.every((terminal) => !terminal.isIn || terminal.isIdle());
  }

  /** One more terminal, which has to log in. */
  #open(): void {
    const terminal = this.#newTerminal(this);
    this.terminals.push(terminal);
    void this.#use(terminal);
  }

  async #use(terminal: SimTerminal): Promise<void> {
    while (!this.world.isOver()) {
      await this.pause(terminal, this.plan.thinkMs);
      if (this.world.isOver() || !terminal.isAlive) return;
      if (terminal.isIn) await act(this, terminal, pickWeighted(this.#habits, this.prng));
      else await this.enter(terminal);
    }
  }

  /** Whatever it takes to be logged in; one try. */
  async enter(terminal: SimTerminal): Promise<void> {
    if (!this.life.isRegistered && terminal === this.terminals.find((one) => one.isAlive)) {
      return this.#register(terminal);
    }
    if (!this.life.isRegistered || this.life.isDeleting) return;
    const { number } = this.life;
    const answer = await terminal.login(passwordOf(this));
    if (answer.ok || number !== this.life.number || this.life.isDeleting) return;
    if (answer.code === "too-many-tries") return this.pause(terminal, 5_000);
    if (isPassing(answer.code)) return;
    this.expectStrict(this.isMuddled, `${this.name} cannot log in: ${answer.code}`);
    this.#startAnew();
  }

  async #register(terminal: SimTerminal): Promise<void> {
    const wasTried = this.isMuddled || this.#isTried;
    this.#isTried = true;
    const answer = await terminal.register(passwordOf(this));
    if (answer.ok || (answer.code === "name-taken" && wasTried)) {
      this.life = { number: this.life.number + 1, isRegistered: true, isDeleting: false };
      // Taken by an earlier try of one's own, of which nothing was heard: a new life all the same.
      this.#beginLife();
      return;
    }
    if (answer.code === "already-logged-in" || isPassing(answer.code)) return;
    this.expectStrict(false, `${this.name} cannot register: ${answer.code}`);
  }

  #beginLife(): void {
    this.#lifeSinceMs = this.world.cluster.clock.nowMs();
    this.ackedSeq = 0;
    this.confirmedTexts.clear();
    this.removedTexts.clear();
    this.seqs.clear();
  }

  /** After a fork the account may be gone. */
  #startAnew(): void {
    this.isMuddled = true;
    this.life = { ...this.life, isRegistered: false };
    for (const one of this.terminals) one.outlive();
    this.#beginLife();
  }

  /** At every terminal that is logged in. */
  sayHello(): void {
    for (const one of this.terminals) {
      if (one.isAlive && one.isIn) one.send(this.name, this.newText());
    }
  }

  /** At the end, at a new terminal: logs in, writes to oneself, and reads the whole mailbox. */
  async audit(): Promise<Listed[]> {
    for (const terminal of this.terminals) if (terminal.isAlive) terminal.kill();
    this.terminals.length = 0;
    // Whoever died while deleting his account finds out now whether it is gone.
    this.life = { ...this.life, isDeleting: false };
    const terminal = this.#newTerminal(this);
    this.terminals.push(terminal);
    while (!terminal.isIn) {
      await this.enter(terminal);
      if (!terminal.isIn) await this.pause(terminal, 300);
    }
    terminal.send(this.name, this.newText());
    while (!terminal.isIdle()) await this.pause(terminal, 50);
    await this.#settled(terminal);
    return (await this.listAll(terminal)) ?? [];
  }

  /** Until nothing more is shown. */
  async #settled(terminal: SimTerminal): Promise<void> {
    for (let shown = -1; shown !== this.#shownCount || !terminal.isIdle();) {
      shown = this.#shownCount;
      await new Promise<void>((resolve) => void terminal.clock.after(1_500, resolve));
    }
  }

  // ---- what a terminal tells

  answered(entry: Entry): void {
    if (entry.f === "send" && entry.outcome === "ok" && entry.askedMs >= this.#lifeSinceMs) {
      const { to, text } = entry.value as { readonly to: string; readonly text: string };
      this.confirmedTexts.add(text);
      this.world.arrived(to, text);
    }
    // Asked of the account's former life, and answered by this one: their mailboxes have no more in
    // common than their name.
    const isOfThisLife = entry.askedMs >= this.#lifeSinceMs;
    if (entry.f === "login" && entry.outcome === "ok" && isOfThisLife) this.#checkLogin(entry);
  }

  noteShown(seq: number, text: string): void {
    this.#shownCount += 1;
    this.seqs.set(seq, text);
  }

  noteAcknowledged(seq: number): void {
    if (seq > this.ackedSeq) this.ackedSeq = seq;
  }

  lostSession(terminal: SimTerminal, code: string): void {
    const isRight = this.#hasAskedToDelete || code === "logged-out";
    this.expectStrict(isRight, `${terminal.name} lost its session: ${code}`);
  }

  #checkLogin(entry: Entry): void {
    const { delivered } = entry.answer as MessageOf<"loggedIn">;
    const { acked } = entry.value as { readonly acked: number };
    const words = `through ${acked} of ${this.name}'s mailbox were acknowledged`;
    this.expectStrict(delivered >= acked, `${words}, yet a later login knows only of ${delivered}`);
  }

  // ---- what habits are made of

  /** The whole mailbox; null when it could not be had. */
  async listAll(terminal: SimTerminal): Promise<Listed[] | null> {
    const listed: Listed[] = [];
    for (let after = 0; ; after = listed.at(-1)?.seq ?? after) {
      const draft = { type: "list", after, count: 100, unopened: false } as const;
      const answer = await terminal.query("list", draft);
      if (!answer.ok) return null;
      let more = false;
      for (const part of answer.replies) {
        if (part.type === "listed") more = part.more;
        if (part.type === "item") listed.push(listedOf(part));
      }
      if (!more) return listed;
    }
  }

  /** Somebody else at a terminal of their own, who keeps nothing in mind. */
  stranger(name: string): SimTerminal {
    return this.#newTerminal({ ...silent, name });
  }

  #newTerminal(account: Account): SimTerminal {
    this.#terminalCount += 1;
    const { cluster, history } = this.world;
    const name = `${this.name}/${this.#terminalCount}`;
    const seed = this.#seed * 1_000 + this.#terminalCount;
    return new SimTerminal({ cluster, history, account, name, seed });
  }

  async deleteAccount(terminal: SimTerminal): Promise<void> {
    if (this.life.isDeleting) return;
    this.life.isDeleting = true;
    this.#hasAskedToDelete = true;
    this.isMuddled = true;
    const answer = await terminal.request("delete", { type: "delete", name: this.name });
    this.life = { ...this.life, isDeleting: false, isRegistered: !answer.ok };
    if (!answer.ok) return;
    for (const one of this.terminals) one.outlive();
    this.#beginLife();
  }

  comeBack(delayMs: number): void {
    this.world.cluster.clock.arrive(delayMs, () => {
      if (!this.world.isOver()) this.#open();
    });
  }

  newText(): string {
    this.#textCount += 1;
    return inventText(`${this.name} ${this.#textCount}`, this.prng);
  }

  pause(terminal: SimTerminal, meanMs: number): Promise<void> {
    return think(terminal.clock, this.prng, meanMs);
  }

  expectStrict(holds: boolean, message: string): void {
    if (!holds && !this.world.isLenient()) this.world.broken(message);
  }
}

export function passwordOf({ name }: { readonly name: string }): string {
  return `the password of ${name}`;
}

const silent: Omit<Account, "name"> = {
  ackedSeq: 0,
  answered: () => undefined,
  noteShown: () => undefined,
  noteAcknowledged: () => undefined,
  lostSession: () => undefined,
};

/** It may go better the next time. */
function isPassing(code: string): boolean {
  return code === "outcome-unknown" || code === "busy" || code === "no-room";
}
