// What the bench needs of a system under load, so that ours and the floor are driven by the same
// code. A system is three server processes and a way to connect to whichever of them takes
// messages. Interfaces alone; `floor/system.ts` and `replichat.ts` implement them.

/** Called once, never from within `send`: with null when the message is confirmed. */
export type SendDone = (error: Error | null) => void;

export interface Connection {
  /** Sends one message of `bodyBytes`; confirmations may come in any order. */
  send(done: SendDone): void;
  close(): void;
}

export interface System {
  /** Server processes by a short name, for their use of the processor. */
  readonly pids: ReadonlyMap<string, number>;
  /** `index` counts from 0 within a shape; `depth` is how many messages will be outstanding. */
  connect(index: number, depth: number): Promise<Connection>;
  /** Returns when every process it started has ended. */
  stop(): Promise<void>;
}

/** Starts a system that keeps its files in an empty folder of its own. */
export type StartSystem = (folder: string) => Promise<System>;

export const bodyBytes = 100;
