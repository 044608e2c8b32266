// Somebody at a terminal that is not drawn on, in a simulated cluster: types, and reads what has
// been printed, what is typed included.

import type { TerminalHandler } from "../../src/client/faces.ts";
import { noOutbox, type OutboxStore } from "../../src/client/outbox.ts";
import { type PlainRun, startPlain } from "../../src/client/plain.ts";
import { unkeptSettings } from "../../src/client/settings.ts";
import { makeTypedLines } from "../../src/client/typedLines.ts";
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
  #handler: TerminalHandler | null = null;
  #printed = "";

  constructor(cluster: Cluster, options: PlainPersonOptions = {}) {
    const { outbox = noOutbox(), colonLine, wires } = options;
    const write = (text: string): void => void (this.#printed += text);
    this.#run = startPlain({
      ...connectMachine(cluster, undefined, wires),
      keyboard: makeTypedLines({
        terminal: {
          write,
          start: (handler) => (this.#handler = handler),
          stop: () => (this.#handler = null),
          suspend: () => undefined,
        },
        echoes: true,
        interrupted: () => this.#run.cancel(),
        resumed: () => this.#run.repeat(),
      }),
      out: { write },
      settings: unkeptSettings(),
      outbox,
      tellTime: universalTime,
      entry: null,
      ...(colonLine && { colonLine }),
    });
    void this.#run.ended.then((code) => (this.exitCode = code));
  }

  /** As one read gives it. */
  type(keys: string): void {
    this.#handler?.input(keys);
  }

  /** Ended by Enter. */
  line(text: string): void {
    this.type(`${text}\r`);
  }

  /** Ctrl+C. */
  cancel(): void {
    this.type("\x03");
  }

  /** Ctrl+D. */
  close(): void {
    this.type("\x04");
  }

  /** Back from where Ctrl+Z has led. */
  resume(): void {
    this.#handler?.resized();
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
}
