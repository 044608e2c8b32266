// What the product needs of the world, as interfaces alone. `node/` implements them for real, the
// simulator in `test/support/` under virtual time; a contract suite runs on both.
// Nothing here decides anything.

export interface Clock {
  /**
   * Milliseconds, never going back, counting suspension of process and machine; origin is
   * arbitrary.
   */
  nowMs(): number;
  /** Wall clock in microseconds since 1970; may jump either way; orders nothing. */
  wallUs(): number;
  /** Calls once after at least `delayMs`. */
  after(delayMs: number, run: () => void): Timer;
  /** Calls once, after the input that is already waiting has been read (setImmediate). */
  soon(run: () => void): void;
}

export interface Timer {
  cancel(): void;
}

/** Unpredictable bytes, for ids, nonces and salts. */
export interface Entropy {
  bytes(count: number): Buffer;
}

/** Bytes: of this process, and of what it may take from. */
export interface MemoryUse {
  readonly takenBytes: number;
  readonly wholeBytes: number;
  readonly leftBytes: number;
}

export interface Memory {
  use(): MemoryUse;
}

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** One event a line; never message text, never a secret. */
export interface Log {
  write(level: LogLevel, event: string, fields?: LogFields): void;
}

export type DiskCallback = (error: Error | null) => void;

/** One folder of files. Every failure is an Error that names the file and what was tried. */
export interface Disk {
  /** Shown in messages to the operator. */
  readonly path: string;
  list(): Promise<readonly string[]>;
  sizeBytes(name: string): Promise<number>;
  /** Fewer bytes than asked for only at the end of the file. */
  read(name: string, range: { readonly offset: number; readonly length: number }): Promise<Buffer>;
  /** A new, empty file; fails when it exists. */
  create(name: string): Promise<DiskFile>;
  /** An existing file, to be written further or cut. */
  open(name: string): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Makes creations, renames and removals durable. */
  syncFolder(): Promise<void>;
  freeBytes(): Promise<number>;
  /** What `writeBlocks` counts in; 1 where any bytes do. */
  readonly blockBytes: number;
  /** For what `writeBlocks` is to take; not cleared. */
  blockMemory(lengthBytes: number): Buffer;
  /** Takes the folder for this process; false when another live process holds it. */
  lock(): Promise<boolean>;
  /** The process that keeps it from being locked; null where that cannot be known. */
  lockedBy?(): Promise<number | null>;
  unlock(): Promise<void>;
}

/** Writes and syncs call back (hot path); the rest may be awaited. */
export interface DiskFile {
  write(bytes: Buffer, offset: number, done: DiskCallback): void;
  /** These bytes are on the medium when `done` is called, in one go; no word of any others. */
  writeDurably(bytes: Buffer, offset: number, done: DiskCallback): void;
  /** The same of whole blocks, from the beginning of `blockMemory`, which costs less. */
  writeBlocks(bytes: Buffer, offset: number, done: DiskCallback): void;
  /** fdatasync: what was written before the call is on the medium when `done` is called. */
  sync(done: DiskCallback): void;
  truncate(lengthBytes: number): Promise<void>;
  close(): Promise<void>;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What one socket write takes: pieces go out back to back, without being copied together. */
export type LinkBytes = Buffer | string | readonly (Buffer | string)[];

/** One end of a byte stream. After `closed` nothing is called any more. */
export interface Link {
  /** The other end's address, for logs and limits per address. */
  readonly remote: string;
  /** Starts the calls; bytes that came before are not lost. */
  start(handler: LinkHandler): void;
  /**
   * Takes the bytes over; they must not be changed afterwards. One call is one socket write. Each
   * character of a string is one byte.
   */
  send(bytes: LinkBytes): void;
  /** Handed to `send`, and not yet taken by the operating system. */
  unsentBytes(): number;
  /** Stops reading until `resume` (back-pressure); of an end it is not told meanwhile. */
  pause(): void;
  resume(): void;
  /** Sends what is waiting, then ends. */
  end(): void;
  /** Ends at once. */
  destroy(): void;
}

export interface LinkHandler {
  /** Valid during the call: what comes next may lie in the same memory. */
  bytes(chunk: Buffer): void;
  /** `unsentBytes` has fallen to zero again. */
  drained(): void;
  /** With a problem: it was to be secure, and that failed; the other end is not to be believed. */
  closed(problem?: SecurityProblem): void;
}

/**
 * Somebody is there, and no secure link came to be. no-tls: what came is not TLS. wrong-secret: the
 * other end holds another one, or what it said was altered. certificate-*: the other end is not who
 * it should be. tls-failed: anything else.
 */
export type SecurityFailure =
  | "no-tls"
  | "wrong-secret"
  | "certificate-changed"
  | "certificate-refused"
  | "certificate-unjudged"
  | "tls-failed";

export interface SecurityProblem {
  readonly code: SecurityFailure;
  /** Of a certificate: sentences for people. Else a few words about the cause. */
  readonly detail: string;
  /** As whom the other end introduced itself; it has not proven it. */
  readonly claimed?: string;
}

/**
 * refused: somebody there answered that nobody listens. unknown-host: nobody could say what address
 * the name stands for. unreachable: anything else, silence included.
 */
export type ConnectFailure = "refused" | "unknown-host" | "unreachable" | SecurityFailure;

export interface ConnectHandler {
  /** Of a secure link: its other end has proven who it is. */
  connected(link: Link): void;
  failed(failure: ConnectFailure, detail: string): void;
}

/** Keys that both ends hold, for links that are made secure by them. */
export interface SharedKeys {
  /** Of whoever calls there. */
  forCall(address: Address): SharedKey;
  /** By what the caller calls itself; null when that is no name. */
  forCaller(identity: string): Buffer | null;
}

export interface SharedKey {
  /** Seen by everybody. */
  readonly identity: string;
  readonly key: Buffer;
}

/** Judges by the hash of a public key whether a server is the one that it was before. */
export interface Trust {
  /** Null: it may be talked to; otherwise why not, in sentences for people. */
  judge(place: Address, keyHash: string): SecurityProblem | null;
}

export interface Network {
  /** Fails with an Error in words (port in use, address not ours, not allowed). */
  listen(address: Address, accept: (link: Link) => void): Promise<Listener>;
  connect(address: Address, timeoutMs: number, handler: ConnectHandler): void;
}

export interface Listener {
  readonly address: Address;
  close(): Promise<void>;
}
