// What everybody asked and was answered, in order: the one thing by which the end of a run is
// judged, and what `--history` exports, a JSON object a line {type, process, f, value, time}, for
// checkers from elsewhere. It judges nothing.

export type Outcome = "ok" | "refused" | "unknown";

/** One request: asked at `askedMs`, answered at `answeredMs` (Infinity: never). */
export interface Entry {
  readonly index: number;
  readonly process: string;
  readonly user: string;
  readonly f: string;
  readonly value: unknown;
  readonly askedMs: number;
  answeredMs: number;
  /** Orders asking and answering finer than time does. */
  readonly askedAt: number;
  answeredAt: number;
  outcome: Outcome;
  /** Of a refusal. */
  code: string;
  /** Where it took effect; 0 when the answer does not say. */
  op: number;
  answer: unknown;
}

export class History {
  readonly entries: Entry[] = [];
  readonly #nowMs: () => number;
  #moment = 0;
  readonly #lines: { readonly type: string; readonly entry: Entry; readonly atMs: number }[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  ask(who: { readonly process: string; readonly user: string }, f: string, value: unknown): Entry {
    this.#moment += 1;
    const askedMs = this.#nowMs();
    const entry: Entry = {
      index: this.entries.length,
      process: who.process,
      user: who.user,
      f,
      value,
      askedMs,
      answeredMs: Infinity,
      askedAt: this.#moment,
      answeredAt: Infinity,
      outcome: "unknown",
      code: "",
      op: 0,
      answer: null,
    };
    this.entries.push(entry);
    this.#lines.push({ type: "invoke", entry, atMs: askedMs });
    return entry;
  }

  confirm(entry: Entry, op: number, answer: unknown): void {
    this.#answer(entry, "ok");
    entry.op = op;
    entry.answer = answer;
  }

  refuse(entry: Entry, code: string): void {
    this.#answer(entry, code === "outcome-unknown" ? "unknown" : "refused");
    entry.code = code;
  }

  /** JSON lines, as outside checkers read them. */
  text(): string {
    const types = { ok: "ok", refused: "fail", unknown: "info" } as const;
    const lines = this.#lines.map(({ type, entry, atMs }) => {
      const { process, f, value, outcome, op, answer, code } = entry;
      const time = Math.round(atMs * 1_000_000);
      if (type === "invoke") return JSON.stringify({ type, process, f, value, time });
      const said = outcome === "ok" ? answer : code;
      return JSON.stringify({ type: types[outcome], process, f, value: said, op, time });
    });
    return lines.map((line) => `${line}\n`).join("");
  }

  #answer(entry: Entry, outcome: Outcome): void {
    this.#moment += 1;
    entry.answeredMs = this.#nowMs();
    entry.answeredAt = this.#moment;
    entry.outcome = outcome;
    this.#lines.push({ type: outcome, entry, atMs: entry.answeredMs });
  }
}
