// One terminal in a random run: the product's client as a process of its own, which can be killed
// and stopped. What it asks goes into the history; what it shows goes to the judge of deliveries.
// A terminal that was killed never answers again: whoever waits for it waits for ever.

import { connectClient, type ChatClient } from "../../src/client/api.ts";
import type { Outcome, SessionEvent } from "../../src/client/sessionTypes.ts";
import { unescapeText } from "../../src/wire/fields.ts";
import type { Message, MessageOf } from "../../src/wire/messages.ts";
import type { Cluster } from "../support/cluster.ts";
import type { Terminal as Sitting } from "../support/deliveryChecker.ts";
import type { ProcessClock } from "../support/simClock.ts";
import { hostOf, simHosts } from "../support/simHosts.ts";
import type { ProcessNetwork } from "../support/simNetwork.ts";
import { makeSimEntropy } from "../support/simProcess.ts";
import type { Entry, History } from "./history.ts";
import type { Account } from "./person.ts";
import { quickKeys } from "../support/quickKeys.ts";

export interface TerminalOptions {
  readonly cluster: Cluster;
  readonly history: History;
  readonly account: Account;
  readonly name: string;
  readonly seed: number;
}

export type Answer =
  | { readonly ok: true; readonly replies: readonly Message[] }
  | { readonly ok: false; readonly code: string };

export class SimTerminal {
  readonly name: string;
  readonly client: ChatClient;
  readonly clock: ProcessClock;
  isAlive = true;
  isIn = false;
  /** Sends neither confirmed nor refused. */
  pending = 0;
  readonly #options: TerminalOptions;
  readonly #network: ProcessNetwork;
  #sitting: Sitting = { name: "", user: "" };
  #shownSeq = 0;
  /** Until it logs in anew after its account has gone, what it shows is of no mailbox any more. */
  #isOfThisLife = true;
  /** How often it has had to look for another server. */
  #lossCount = 0;

  constructor(options: TerminalOptions) {
    const { cluster, account, name, seed } = options;
    this.name = name;
    this.#options = options;
    this.clock = cluster.clock.forProcess();
    this.#network = cluster.network.forProcess(hostOf(account.name), this.clock);
    this.client = connectClient({
      hosts: simHosts(cluster.servers.length),
      network: this.#network,
      clock: this.clock,
      entropy: makeSimEntropy(seed),
      deriveKeys: quickKeys,
    });
    this.client.onEvent((event) => this.#onEvent(event));
  }

  /** kill -9. */
  kill(): void {
    this.isAlive = false;
    this.clock.kill();
    this.#network.kill();
  }

  /** The account that it was logged in to is gone. */
  outlive(): void {
    this.isIn = false;
    this.#isOfThisLife = false;
  }

  /** Connected, nothing unanswered, everything shown acknowledged. */
  isIdle(): boolean {
    const { lostAtMs, unsent, acknowledged } = this.client.view();
    return lostAtMs === null && unsent === 0 && acknowledged && this.pending === 0;
  }

  async register(password: string): Promise<Answer> {
    const entry = this.#ask("register", this.#options.account.name);
    this.#sitDown();
    const answer = await this.client.register(this.#options.account.name, password);
    return this.#enter(entry, answer);
  }

  async login(password: string): Promise<Answer> {
    const { account } = this.#options;
    const entry = this.#ask("login", { name: account.name, acked: account.ackedSeq });
    this.#sitDown();
    return this.#enter(entry, await this.client.login(account.name, password));
  }

  /** Does not wait for the answer. */
  send(to: string, text: string): void {
    const { cluster, account } = this.#options;
    const entry = this.#ask("send", { to, text });
    const via = this.client.view().client;
    cluster.deliveries.sent({ id: text, from: account.name, to, body: text, via });
    this.pending += 1;
    const losses = this.#lossCount;
    this.client.sendText(to, text, (outcome) => {
      this.pending -= 1;
      this.#note(entry, outcome);
      if (outcome.ok) cluster.deliveries.confirmed(text);
      else if (entry.outcome === "refused") {
        const wasRepeated = this.#lossCount > losses;
        cluster.deliveries.refused(text, { wasRepeated });
      }
      account.answered(entry);
    });
  }

  request(f: string, draft: Parameters<ChatClient["request"]>[0]): Promise<Answer> {
    const { type: _, ...value } = draft;
    const entry = this.#ask(f, value);
    return new Promise((resolve) => {
      this.client.request(draft, (outcome) => {
        this.#note(entry, outcome);
        this.#options.account.answered(entry);
        resolve(outcome);
      });
    });
  }

  async query(f: string, draft: Parameters<ChatClient["query"]>[0]): Promise<Answer> {
    const entry = this.#ask(f, draft);
    const outcome = await this.client.query(draft);
    if (outcome.ok) this.#options.history.confirm(entry, 0, null);
    else this.#options.history.refuse(entry, outcome.code);
    return outcome;
  }

  #ask(f: string, value: unknown): Entry {
    return this.#options.history.ask(
      { process: this.name, user: this.#options.account.name },
      f,
      value,
    );
  }

  #note(entry: Entry, outcome: Outcome): void {
    const { history } = this.#options;
    if (!outcome.ok) return history.refuse(entry, outcome.code);
    const reply = outcome.replies[0] as Message & { readonly op?: number };
    history.confirm(entry, reply.op ?? 0, reply);
  }

  #enter(
    entry: Entry,
    answer:
      | { readonly ok: true; readonly reply: Message }
      | { readonly ok: false; readonly code: string },
  ): Answer {
    const { history, account } = this.#options;
    if (answer.ok) {
      const reply = answer.reply as MessageOf<"loggedIn"> | MessageOf<"registered">;
      history.confirm(entry, reply.op, reply);
      this.isIn = true;
      this.#isOfThisLife = true;
      // What was shown of a life before, until just now, is not of this mailbox.
      this.#shownSeq = 0;
    } else {
      history.refuse(entry, answer.code);
    }
    account.answered(entry);
    return answer.ok ? { ok: true, replies: [answer.reply] } : answer;
  }

  /** What one sitting shows, it shows once. */
  #sitDown(): void {
    this.#sitting = { name: this.name, user: this.#options.account.name };
    this.#shownSeq = 0;
  }

  #onEvent(event: SessionEvent): void {
    const { account, cluster } = this.#options;
    if (event.kind === "message") this.#show(event.letter);
    // Until then letters of a life before may still come.
    else if (event.kind === "entered") this.#isOfThisLife = true;
    else if (event.kind === "notice") {
      const [, former, now] = /apart, (\w+) was.*You are (\w+) now/.exec(event.message) ?? [];
      if (former !== undefined && now !== undefined) cluster.deliveries.rename(former, now);
    } else if (event.kind === "acknowledged") {
      if (this.#isOfThisLife) account.noteAcknowledged(this.#shownSeq);
    } else if (event.kind === "lost") this.#lossCount += 1;
    else if (event.kind === "sessionEnded") {
      this.isIn = false;
      account.lostSession(this, event.code);
    } else if (event.kind === "stopped") {
      throw new Error(`${this.name} stopped (${event.code}): ${event.message}`);
    }
  }

  #show(letter: MessageOf<"message">): void {
    const { cluster, account } = this.#options;
    const text = unescapeText(letter.body) ?? letter.body;
    const from = asRegistered(letter.from);
    this.#shownSeq = Math.max(this.#shownSeq, letter.seq);
    cluster.deliveries.shown(this.#sitting, { id: text, from, body: text, late: letter.late });
    if (this.#isOfThisLife) account.noteShown(letter.seq, text);
  }
}

/** People are p0, p1 …; after a merge of two accounts of one name, one of them is p02, p03 … */
export function asRegistered(shown: string): string {
  const name = withoutMark(shown);
  return /^p\d\d+$/.test(name) ? name.slice(0, 2) : name;
}

/** As a deleted account's letters are shown. */
export function withoutMark(name: string): string {
  return name.replace(/ \(deleted\)$/, "");
}
