// People and scripts at a simulated cluster: the product's own faces (pipe, terminal) over a
// simulated machine. A script is a list of lines; a person types keys and reads an emulated screen.
// Time passes only while the cluster runs.

import { type ChatClient, connectClient } from "../../src/client/api.ts";
import type { KeptSettings, TerminalHandler } from "../../src/client/faces.ts";
import { noOutbox, type OutboxStore } from "../../src/client/outbox.ts";
import { type PipeRun, startPipe } from "../../src/client/pipe.ts";
import { startRepl } from "../../src/client/repl.ts";
import { unkeptSettings } from "../../src/client/settings.ts";
import type { LocalTime } from "../../src/client/style.ts";
import { type PinStore, unkeptPins } from "../../src/client/sealing/pins.ts";
import type { Clock, Network } from "../../src/ports.ts";
import type { Cluster } from "./cluster.ts";
import { ScreenEmulator } from "./screenEmulator.ts";
import { hostOf, simHosts } from "./simHosts.ts";
import { makeSimEntropy } from "./simProcess.ts";
import { quickKeys } from "./quickKeys.ts";

let machines = 0;

/** Its name is for cutting it off. */
function nextMachine(): string {
  machines += 1;
  return `face${machines}`;
}

export function connectMachine(
  cluster: Cluster,
  machine = nextMachine(),
  wires: (network: Network) => Network = (network) => network,
): { readonly client: ChatClient; readonly clock: Clock } {
  const clock = cluster.clock.forProcess();
  const client = connectClient({
    hosts: simHosts(cluster.servers.length),
    network: wires(cluster.network.forProcess(hostOf(machine), clock)),
    clock,
    entropy: makeSimEntropy(7_000 + machines),
    deriveKeys: quickKeys,
  });
  return { client, clock };
}

export function universalTime(atMs: number): LocalTime {
  const [day = "", time = ""] = new Date(atMs).toISOString().split("T");
  return { day, minute: time.slice(0, 5) };
}

export interface ScriptOptions {
  readonly json?: boolean;
  readonly open?: boolean;
  /** Who reads what it prints goes away behind so many lines. */
  readonly readLines?: number;
  readonly settings?: KeptSettings;
  readonly outbox?: OutboxStore;
  readonly pins?: PinStore;
  /** What lies between it and the servers. */
  readonly wires?: (network: Network) => Network;
  readonly entry?: { readonly name: string; readonly password: string | null };
}

export class Script {
  readonly machine = nextMachine();
  readonly out: string[] = [];
  readonly errors: string[] = [];
  exitCode: number | null = null;
  readonly #lines: string[];
  readonly #run: PipeRun;
  #asked: ((line: string | null) => void) | null = null;
  #ended = false;

  /** `open`: more lines may follow, by `type`. */
  constructor(cluster: Cluster, lines: readonly string[], options: ScriptOptions = {}) {
    this.#lines = [...lines];
    this.#ended = options.open !== true;
    this.#run = startPipe({
      ...connectMachine(cluster, this.machine, options.wires),
      lines: { next: () => this.#next(), stop: () => {} },
      out: { write: (text) => this.#print(text, options.readLines ?? Infinity) },
      errors: { write: (text) => void this.errors.push(text.replace(/\n$/, "")) },
      settings: options.settings ?? unkeptSettings(),
      outbox: options.outbox ?? noOutbox(),
      pins: options.pins ?? unkeptPins(),
      json: options.json ?? false,
      tellTime: universalTime,
      entry: options.entry ?? null,
    });
    void this.#run.ended.then((code) => (this.exitCode = code));
  }

  type(line: string): void {
    this.#lines.push(line);
    this.#answer();
  }

  close(): void {
    this.#ended = true;
    this.#answer();
  }

  interrupt(): void {
    this.#run.interrupt();
  }

  /** Objects of --json, by type. */
  json(type: string): Record<string, unknown>[] {
    return this.out
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((one) => one["type"] === type);
  }

  #print(text: string, readLines: number): void {
    if (this.out.length >= readLines) this.#run.mute(false);
    else this.out.push(text.replace(/\n$/, ""));
  }

  #next(): Promise<string | null> {
    return new Promise((resolve) => {
      this.#asked = resolve;
      this.#answer();
    });
  }

  #answer(): void {
    const asked = this.#asked;
    if (asked === null || (this.#lines.length === 0 && !this.#ended)) return;
    this.#asked = null;
    asked(this.#lines.shift() ?? null);
  }
}

export class Person {
  readonly screen: ScreenEmulator;
  readonly machine = nextMachine();
  readonly kept: string[] = [];
  exitCode: number | null = null;
  #handler: TerminalHandler | null = null;

  constructor(
    cluster: Cluster,
    size: {
      readonly columns: number;
      readonly rows?: number;
      readonly reflows?: boolean;
      readonly outbox?: OutboxStore;
      readonly pins?: PinStore;
      /** What lies between it and the servers. */
      readonly wires?: (network: Network) => Network;
      readonly colonLine?: (line: string) => void;
    },
  ) {
    const { columns, rows = 24, reflows = true, colonLine } = size;
    this.screen = new ScreenEmulator({ columns, rows, reflows });
    const { screen } = this;
    const repl = startRepl({
      ...connectMachine(cluster, this.machine, size.wires),
      terminal: {
        reflows,
        columns: () => screen.columns,
        rows: () => screen.rows,
        write: (text) => screen.write(text),
        start: (handler) => (this.#handler = handler),
        stop: () => (this.#handler = null),
        suspend: () => {},
      },
      history: { load: () => [], add: (line) => void this.kept.push(line) },
      settings: unkeptSettings(),
      outbox: size.outbox ?? noOutbox(),
      pins: size.pins ?? unkeptPins(),
      tellTime: universalTime,
      colour: false,
      entry: null,
      ...(colonLine && { colonLine }),
    });
    void repl.ended.then((code) => (this.exitCode = code));
  }

  /** Key by key as far as it matters: no read gives more than one line. */
  type(keys: string): void {
    for (const line of keys.split(/(?<=\r)/)) this.#handler?.input(line);
  }

  /** As one read gives it. */
  chunk(text: string): void {
    this.#handler?.input(text);
  }

  narrow(columns: number): void {
    this.screen.narrow(columns);
    this.#handler?.resized();
  }

  /** All rows that are not blank, those scrolled away included. */
  rows(): string[] {
    return [...this.screen.above, ...this.screen.lines()].filter((line) => line !== "");
  }
}
