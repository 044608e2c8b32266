// What the bench needs of a system under load, so that ours, the floor and Redis are driven by the
// same code. A system is three server processes and a way to connect to whichever of them takes
// messages. Interfaces; `floor/system.ts`, `redis/system.ts` and `replichat.ts` implement them.

/** Called once, never from within `send`: with null when the message is confirmed. */
export type SendDone = (error: Error | null) => void;

export interface Connection {
  /** Sends one message of `bodyBytes`; confirmations may come in any order. */
  send(done: SendDone): void;
  close(): void;
}

/** Makes a connection; `depth` is how many messages will be outstanding. */
export type Connect = (index: number, depth: number) => Promise<Connection>;

export interface System {
  /** Server processes by a short name, the primary among them. */
  readonly pids: ReadonlyMap<string, number>;
  /** What each of them appends its messages to. */
  readonly logs: ReadonlyMap<string, LogFiles>;
  /** Where its processes report on SIGUSR2 (reports.ts); null when they know nothing of that. */
  readonly reportFolder: string | null;
  /** To people who are off. `index` counts from 0 within a shape. */
  readonly connect: Connect;
  /** People who are on, and what sends to them; null where nobody ever is. */
  readonly openAudience: (() => Promise<Audience>) | null;
  /** Returns when every process it started has ended. */
  stop(): Promise<void>;
}

export interface LogFiles {
  readonly folder: string;
  /** Of the names of files in it. */
  readonly pattern: RegExp;
}

export interface Audience {
  readonly connect: Connect;
  /** Messages whose acknowledgement by the recipient has been confirmed. */
  delivered(): number;
  close(): void;
}

/** Starts a system that keeps its files in an empty folder of its own. */
export type StartSystem = (folder: string) => Promise<System>;

export const bodyBytes = 100;
/** What one connection may have outstanding. */
export const depthMax = 64;
