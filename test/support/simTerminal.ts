// One terminal of one user in a simulated cluster: the product's client on a simulated machine. It
// tells the judge of deliveries all that it sends and shows; texts must differ, they are the ids.
// Calls that wait let virtual time pass.

import { assert } from "../../src/base/assert.ts";
import { connectClient, type ChatClient } from "../../src/client/api.ts";
import type { Outcome } from "../../src/client/sessionTypes.ts";
import { unescapeText } from "../../src/wire/fields.ts";
import type { MessageOf } from "../../src/wire/messages.ts";
import type { Cluster } from "./cluster.ts";
import type { Terminal } from "./deliveryChecker.ts";
import type { ProcessClock } from "./simClock.ts";
import { makeSimEntropy } from "./simProcess.ts";
import { simHosts } from "./simHosts.ts";
import { quickKeys } from "./quickKeys.ts";

export interface Shown {
  readonly id: string;
  readonly from: string;
  readonly text: string;
  readonly atMs: number;
  readonly late: boolean;
}

const password = "correct horse";

export class SimTerminal {
  readonly name: string;
  /** Messages of others, in the order shown. */
  readonly shown: Shown[] = [];
  readonly clock: ProcessClock;
  /** What the servers have announced. */
  readonly notices: string[] = [];
  /** The code of each refused message. */
  readonly refusals: string[] = [];
  readonly #cluster: Cluster;
  readonly #client: ChatClient;
  #user = "";
  /** One for each user at this terminal. */
  #sitting: Terminal = { name: "", user: "" };
  #pending = 0;
  #isLeaving = false;

  constructor(
    cluster: Cluster,
    options: { readonly name: string; readonly host: string; readonly seed: number },
  ) {
    this.name = options.name;
    this.#cluster = cluster;
    this.clock = cluster.clock.forProcess();
    this.#client = connectClient({
      hosts: simHosts(cluster.servers.length),
      network: cluster.network.forProcess(options.host, this.clock),
      clock: this.clock,
      entropy: makeSimEntropy(options.seed),
      deriveKeys: quickKeys,
    });
    this.#client.onEvent((event) => {
      if (event.kind === "message") this.#show(event.letter);
      if (event.kind === "notice") this.notices.push(event.message);
      if (this.#isLeaving) return;
      if (event.kind === "stopped" || event.kind === "sessionEnded") {
        throw new Error(`${this.name} lost its session (${event.code}): ${event.message}`);
      }
    });
  }

  async register(user: string): Promise<void> {
    this.#sitDown(user);
    await this.#answered(this.#client.register(user, password), "the registration");
  }

  async login(user: string): Promise<void> {
    this.#sitDown(user);
    await this.#answered(this.#client.login(user, password), "the login");
  }

  /** The refusal's words; empty when there was none. */
  async tryLogin(user: string, word: string): Promise<string> {
    let answer: Awaited<ReturnType<ChatClient["login"]>> | null = null;
    void this.#client.login(user, word).then((given) => (answer = given));
    await this.#cluster.until(() => answer !== null, "the login's answer");
    // Assigned in a callback, which the compiler does not see.
    const given = answer as unknown as { readonly ok: boolean; readonly message?: string };
    return given.message ?? "";
  }

  async deleteAccount(): Promise<void> {
    this.#isLeaving = true;
    await this.#answered(this.#client.deleteAccount(this.#user), "the deletion");
  }

  /** As the servers call him who is on here. */
  user(): string {
    return this.#client.view().name ?? "";
  }

  /** "marked", or the refusal's code. */
  mark(mark: "read" | "removed", seqs: readonly number[]): { outcome: string } {
    const marking = { outcome: "" };
    void this.#client.mark(mark, seqs).then((answer) => {
      marking.outcome = answer.ok ? "marked" : answer.code;
    });
    return marking;
  }

  /** Texts of the whole mailbox, one's own left out. */
  async mailbox(): Promise<{
    readonly letters: readonly string[];
    readonly late: readonly string[];
    readonly unopened: number;
  }> {
    const letters: string[] = [];
    const late: string[] = [];
    let unopened = -1;
    const ask = { type: "list", after: 0, count: 100, unopened: false } as const;
    void this.#client.query(ask).then((outcome) => {
      for (const part of outcome.ok ? outcome.replies : []) {
        const text = part.type === "item" ? (unescapeText(part.body) ?? part.body) : "";
        if (part.type === "item" && !part.own) letters.push(text);
        if (part.type === "item" && !part.own && part.late) late.push(text);
        if (part.type === "listed") unopened = part.unopened;
      }
    });
    await this.#cluster.until(() => unopened >= 0, "the mailbox");
    return { letters, late, unopened };
  }

  /** Hands a message over; `pending` falls when it is confirmed. */
  post(to: string, text: string): void {
    const { deliveries } = this.#cluster;
    deliveries.sent({ id: text, from: this.#user, to, body: text });
    this.#pending += 1;
    this.#client.sendText(to, text, (outcome: Outcome) => {
      this.#pending -= 1;
      if (outcome.ok) return deliveries.confirmed(text);
      this.refusals.push(outcome.code);
      if (outcome.code !== "outcome-unknown") deliveries.refused(text);
    });
  }

  /** Until it is confirmed. */
  async send(to: string, text: string): Promise<void> {
    const before = this.refusals.length;
    this.post(to, text);
    await this.#cluster.until(() => this.#pending === 0, `"${text}" to be confirmed`);
    assert(this.refusals.length === before, `"${text}" was refused: ${this.refusals.at(-1)}`);
  }

  /** Messages neither confirmed nor refused yet. */
  pending(): number {
    return this.#pending;
  }

  texts(): string[] {
    return this.shown.map(({ text }) => text);
  }

  /** Connected, nothing unanswered, everything shown acknowledged. */
  isIdle(): boolean {
    const { lostAtMs, unsent, acknowledged } = this.#client.view();
    return lostAtMs === null && unsent === 0 && acknowledged && this.#pending === 0;
  }

  #sitDown(user: string): void {
    this.#user = user;
    this.#sitting = { name: this.name, user };
  }

  #show(letter: MessageOf<"message">): void {
    const text = unescapeText(letter.body) ?? letter.body;
    const { from, late, atMs } = letter;
    this.#cluster.deliveries.shown(this.#sitting, { id: text, from, body: text, late });
    if (letter.own) return;
    this.shown.push({ id: `${letter.client}-${letter.request}`, from, text, atMs, late });
  }

  async #answered(
    asked: Promise<{ readonly ok: true } | { readonly ok: false; readonly message: string }>,
    what: string,
  ): Promise<void> {
    let isOver = false;
    void asked.then(() => (isOver = true));
    await this.#cluster.until(() => isOver, what);
    const answer = await asked;
    assert(answer.ok, answer.ok ? "" : `${what} of ${this.#user} was refused: ${answer.message}`);
  }
}
