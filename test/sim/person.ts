// A person of a random run: an account, its terminals, and the habits by which they are used. Each
// terminal does one thing after another, in its own time. What a person was told is kept here, so
// that later answers can be held against it; what holds at the very end, judge.ts says.

import { makePrng, type Prng } from "../../src/base/prng.ts";
import type { MessageOf } from "../../src/wire/messages.ts";
import { unescapeText } from "../../src/wire/fields.ts";
import type { Cluster } from "../support/cluster.ts";
import type { Entry, History } from "./history.ts";
import type { Habit, PersonPlan } from "./plan.ts";
import { SimTerminal } from "./terminal.ts";
import { inventText } from "./words.ts";

/** What a terminal tells its person. */
export interface Account {
  readonly name: string;
  readonly ackedSeq: number;
  answered(entry: Entry): void;
  noteShown(seq: number, text: string): void;
  noteAcknowledged(seq: number): void;
  lostSession(terminal: SimTerminal, code: string): void;
}

export interface World {
  readonly cluster: Cluster;
  readonly history: History;
  /** Forks may have happened: of promises, only the weaker ones are held. */
  isLenient(): boolean;
  /** Ends the run. */
  broken(message: string): void;
  /** Nobody begins anything new any more. */
  isOver(): boolean;
  readonly names: readonly string[];
}

const listedMax = 80;

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
  readonly #world: World;
  readonly #plan: PersonPlan;
  readonly #prng: Prng;
  readonly #seed: number;
  /** Texts confirmed in this life, to be found in one's own mailbox. */
  readonly confirmedTexts = new Set<string>();
  readonly removedTexts = new Set<string>();
  readonly #seqs = new Map<number, string>();
  #textCount = 0;
  #shownCount = 0;
  #isTried = false;
  #hasAskedToDelete = false;
  #terminalCount = 0;

  constructor(world: World, plan: PersonPlan, seed: number) {
    this.name = plan.name;
    this.#world = world;
    this.#plan = plan;
    this.#seed = seed;
    this.#prng = makePrng(seed);
  }

  start(): void {
    for (let index = 0; index < this.#plan.terminals; index += 1) this.#open();
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
    while (!this.#world.isOver()) {
      await this.#pause(terminal, this.#plan.thinkMs);
      if (this.#world.isOver() || !terminal.isAlive) return;
      if (terminal.isIn) await this.#act(terminal, this.#pickHabit());
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
    if (answer.code === "too-many-tries") return this.#pause(terminal, 5_000);
    if (this.isMuddled) return this.#startAnew();
    this.#expectStrict(
      answer.code === "outcome-unknown",
      `${this.name} cannot log in: ${answer.code}`,
    );
    this.#startAnew();
  }

  async #register(terminal: SimTerminal): Promise<void> {
    const wasTried = this.isMuddled || this.#isTried;
    this.#isTried = true;
    const answer = await terminal.register(passwordOf(this));
    if (answer.ok || (answer.code === "name-taken" && wasTried)) {
      this.life = { number: this.life.number + 1, isRegistered: true, isDeleting: false };
      if (answer.ok) this.#beginLife();
      return;
    }
    if (answer.code === "already-logged-in" || answer.code === "outcome-unknown") return;
    this.#expectStrict(false, `${this.name} cannot register: ${answer.code}`);
  }

  #beginLife(): void {
    this.ackedSeq = 0;
    this.confirmedTexts.clear();
    this.removedTexts.clear();
    this.#seqs.clear();
  }

  /** After a fork the account may be gone. */
  #startAnew(): void {
    this.isMuddled = true;
    this.life = { ...this.life, isRegistered: false };
    this.#beginLife();
  }

  /** At the end, at a new terminal: logs in, writes to oneself, and reads the whole mailbox. */
  async audit(): Promise<Listed[]> {
    for (const terminal of this.terminals) if (terminal.isAlive) terminal.kill();
    this.terminals.length = 0;
    const terminal = this.#newTerminal(this);
    this.terminals.push(terminal);
    while (!terminal.isIn) {
      await this.enter(terminal);
      if (!terminal.isIn) await this.#pause(terminal, 300);
    }
    terminal.send(this.name, this.#newText());
    while (!terminal.isIdle()) await this.#pause(terminal, 50);
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
    if (entry.f === "send" && entry.outcome === "ok") {
      this.confirmedTexts.add((entry.value as { readonly text: string }).text);
    }
    if (entry.f === "login" && entry.outcome === "ok") this.#checkLogin(entry);
  }

  noteShown(seq: number, text: string): void {
    this.#shownCount += 1;
    this.#seqs.set(seq, text);
  }

  noteAcknowledged(seq: number): void {
    if (seq > this.ackedSeq) this.ackedSeq = seq;
  }

  lostSession(terminal: SimTerminal, code: string): void {
    const isRight = this.#hasAskedToDelete || code === "logged-out";
    this.#expectStrict(isRight, `${terminal.name} lost its session: ${code}`);
  }

  #checkLogin(entry: Entry): void {
    const { delivered } = entry.answer as MessageOf<"loggedIn">;
    const { acked } = entry.value as { readonly acked: number };
    const words = `through ${acked} of ${this.name}'s mailbox were acknowledged`;
    this.#expectStrict(
      delivered >= acked,
      `${words}, yet a later login knows only of ${delivered}`,
    );
  }

  // ---- habits

  async #act(terminal: SimTerminal, habit: Habit): Promise<void> {
    const prng = this.#prng;
    switch (habit) {
      case "send":
        return terminal.send(prng.pick(this.#world.names), this.#newText());
      case "burst":
        for (let count = 1 + prng.below(20); count > 0; count -= 1) {
          terminal.send(prng.pick(this.#world.names), this.#newText());
        }
        return;
      case "sendToNobody":
        return terminal.send("nobody", this.#newText());
      case "list":
        return this.#list(terminal);
      case "mark":
        return this.#mark(terminal);
      case "search":
        return this.#search(terminal);
      case "wrongPassword":
        return this.#tryWrongPassword();
      case "relogin":
        await terminal.request("logout", { type: "logout" });
        terminal.isIn = false;
        return;
      case "vanish":
        terminal.kill();
        this.terminals.splice(this.terminals.indexOf(terminal), 1);
        return this.#comeBack(10 + prng.below(3_000));
      case "freeze":
        return this.#freeze(terminal, 50 + prng.below(6_000));
      case "deleteAccount":
        return this.#delete(terminal);
      case "grabName":
        return this.#grabName();
    }
  }

  #comeBack(delayMs: number): void {
    this.#world.cluster.clock.arrive(delayMs, () => {
      if (!this.#world.isOver()) this.#open();
    });
  }

  #freeze(terminal: SimTerminal, durationMs: number): void {
    terminal.clock.pause();
    this.#world.cluster.clock.arrive(durationMs, () => terminal.clock.resume());
  }

  async #list(terminal: SimTerminal): Promise<void> {
    if (this.#seqs.size + this.confirmedTexts.size > listedMax) return;
    const { number } = this.life;
    const expected = [...this.confirmedTexts].filter((text) => !this.removedTexts.has(text));
    const listed = await this.listAll(terminal);
    if (listed === null || number !== this.life.number || this.life.isDeleting) return;
    const texts = new Set(listed.map(({ text }) => text));
    this.#expectStrict(
      texts.size === listed.length,
      `${this.name}'s mailbox holds a message twice`,
    );
    for (const text of expected) {
      if (this.removedTexts.has(text)) continue;
      this.#expectStrict(texts.has(text), `${this.name} does not find "${text}", sent before`);
    }
  }

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

  async #mark(terminal: SimTerminal): Promise<void> {
    const seqs = [...this.#seqs.keys()];
    if (seqs.length === 0) return;
    const mark = this.#prng.pick(["read", "read", "unread", "removed"]);
    const count = 1 + this.#prng.below(3);
    const chosen = new Set(Array.from({ length: count }, () => this.#prng.pick(seqs)));
    if (mark === "removed") {
      for (const seq of chosen) {
        this.removedTexts.add(this.#seqs.get(seq) ?? "");
        this.#seqs.delete(seq);
      }
    }
    this.marksUnanswered += 1;
    const answer = await terminal.request("mark", { type: "mark", mark, seqs: [...chosen] });
    if (answer.ok) this.marksUnanswered -= 1;
  }

  async #search(terminal: SimTerminal): Promise<void> {
    const names: string[] = [];
    for (let after = ""; ; after = names.at(-1) ?? after) {
      const answer = await terminal.query("search", { type: "search", pattern: "p*", after });
      const page = answer.ok ? answer.replies[0] : undefined;
      if (page?.type !== "names") return;
      names.push(...page.names);
      if (!page.more || page.names.length === 0) break;
    }
    const known = new Set(this.#world.names);
    for (const name of names) {
      if (!known.has(name)) this.#world.broken(`a search found ${name}, which never was a name`);
    }
    const mine = this.life.isDeleting || !this.life.isRegistered || names.includes(this.name);
    this.#expectStrict(mine, `${this.name} is not found by a search`);
    this.#expectStrict(new Set(names).size === names.length, "a search found a name twice");
  }

  async #tryWrongPassword(): Promise<void> {
    const stranger = this.#stranger(this.name);
    const answer = await stranger.login("not the password");
    if (answer.ok) this.#world.broken(`${this.name} was entered with a wrong password`);
    stranger.kill();
  }

  /** Everybody wants the one name. */
  async #grabName(): Promise<void> {
    const stranger = this.#stranger("king");
    await stranger.register(passwordOf(this));
    stranger.kill();
  }

  /** Somebody else at a terminal of their own, who keeps nothing in mind. */
  #stranger(name: string): SimTerminal {
    return this.#newTerminal({ ...silent, name });
  }

  #newTerminal(account: Account): SimTerminal {
    this.#terminalCount += 1;
    const { cluster, history } = this.#world;
    const name = `${this.name}/${this.#terminalCount}`;
    const seed = this.#seed * 1_000 + this.#terminalCount;
    return new SimTerminal({ cluster, history, account, name, seed });
  }

  async #delete(terminal: SimTerminal): Promise<void> {
    if (this.life.isDeleting) return;
    this.life.isDeleting = true;
    this.#hasAskedToDelete = true;
    this.isMuddled = true;
    const answer = await terminal.request("delete", { type: "delete", name: this.name });
    this.life = { ...this.life, isDeleting: false, isRegistered: !answer.ok };
    if (!answer.ok) return;
    for (const one of this.terminals) one.isIn = false;
    this.#beginLife();
  }

  // ---- small things

  #pickHabit(): Habit {
    const { habits } = this.#plan;
    let total = 0;
    for (const weight of Object.values(habits)) total += weight;
    let left = this.#prng.unit() * total;
    for (const [habit, weight] of Object.entries(habits) as [Habit, number][]) {
      left -= weight;
      if (left < 0) return habit;
    }
    return "send";
  }

  #newText(): string {
    this.#textCount += 1;
    return inventText(`${this.name} ${this.#textCount}`, this.#prng);
  }

  #pause(terminal: SimTerminal, meanMs: number): Promise<void> {
    const delayMs = Math.min(8 * meanMs, -Math.log(1 - this.#prng.unit()) * meanMs);
    return new Promise((resolve) => void terminal.clock.after(delayMs, resolve));
  }

  #expectStrict(holds: boolean, message: string): void {
    if (!holds && !this.#world.isLenient()) this.#world.broken(message);
  }
}

export interface Listed {
  readonly seq: number;
  readonly text: string;
  readonly own: boolean;
  readonly opened: boolean;
}

export function listedOf(item: MessageOf<"item">): Listed {
  const { seq, body, own, opened } = item;
  return { seq, text: unescapeText(body) ?? body, own, opened };
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
