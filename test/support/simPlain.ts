// Somebody at a terminal that is not drawn on, in a simulated cluster: types whole lines, reads
// what has been printed. The terminal shows what is typed, as a real one does, unless it is hidden.

import { noOutbox, type OutboxStore } from "../../src/client/outbox.ts";
import { type PlainRun, startPlain } from "../../src/client/plain.ts";
import { unkeptSettings } from "../../src/client/settings.ts";
import type { Network } from "../../src/ports.ts";
import type { Cluster } from "./cluster.ts";
import { connectMachine, universalTime } from "./simFaces.ts";

export interface PlainPersonOptions {
  readonly outbox?: OutboxStore;
  readonly colonLine?: (line: string) => void;
  /** What lies between it and the servers. */
  readonly wires?: (network: Network) => Network;
}

export class PlainPerson {
  exitCode: number | null = null;
  readonly #run: PlainRun;
  readonly #queue: (string | null)[] = [];
  #printed = "";
  /** What Ctrl+D has handed over in mid-line. */
  #partial = "";
  #hidden = false;
  #asked: ((line: string | null) => void) | null = null;

  constructor(cluster: Cluster, options: PlainPersonOptions = {}) {
    const { outbox = noOutbox(), colonLine, wires } = options;
    this.#run = startPlain({
      ...connectMachine(cluster, undefined, wires),
      keyboard: {
        next: (hidden) => this.#next(hidden),
        hide: (hidden) => void (this.#hidden = hidden),
        forget: () => void (this.#partial = ""),
        stop: () => undefined,
      },
      out: { write: (text) => void (this.#printed += text) },
      settings: unkeptSettings(),
      outbox,
      tellTime: universalTime,
      entry: null,
      ...(colonLine && { colonLine }),
    });
    void this.#run.ended.then((code) => (this.exitCode = code));
  }

  /** Ended by Enter. */
  line(text: string): void {
    this.#printed += this.#hidden ? "\n" : `${text}\n`;
    this.#queue.push(this.#partial + text);
    this.#partial = "";
    this.#give();
  }

  /** Ended by Ctrl+D, which ends no line. */
  half(text: string): void {
    this.#printed += text;
    this.#partial += text;
  }

  /** Ctrl+C. */
  cancel(): void {
    if (!this.#hidden) this.#printed += "^C";
    this.#run.cancel();
  }

  /** Ctrl+D. */
  close(): void {
    if (this.#partial !== "") this.#queue.push(this.#partial);
    this.#queue.push(null);
    this.#give();
  }

  /** What the terminal shows, the row of the cursor included. */
  rows(): readonly string[] {
    return this.#printed.split("\n");
  }

  shows(text: string): boolean {
    return this.rows().some((row) => row.includes(text));
  }

  /** Begins with nothing shown. */
  clear(): void {
    this.#printed = this.rows().at(-1) ?? "";
  }

  #next(hidden: boolean): Promise<string | null> {
    this.#hidden = hidden;
    return new Promise((resolve) => {
      this.#asked = resolve;
      this.#give();
    });
  }

  #give(): void {
    const asked = this.#asked;
    if (asked === null || this.#queue.length === 0) return;
    this.#asked = null;
    asked(this.#queue.shift() ?? null);
  }
}
