// One end of a simulated TCP connection: bytes in order, cut into chunks by chance, a window that
// fills while the other end does not read, an end that comes behind the bytes, resets that do not.
// What a kernel does goes on while its process is stopped; what a process sees runs on its clock.
// No congestion, no keep-alive: an idle connection across a cut stays open for ever, as in life.

import { linkFlushMs, linkLingerMs } from "../../src/base/limits.ts";
import type { Prng } from "../../src/base/prng.ts";
import type { Link, LinkHandler, Timer } from "../../src/ports.ts";
import type { ProcessClock } from "./simClock.ts";
import type { Paths, Route } from "./simPath.ts";

export interface EndSpec {
  readonly paths: Paths;
  readonly prng: Prng;
  /** This end first. */
  readonly route: Route;
  readonly clock: ProcessClock;
  /** What this end is told about the other. */
  readonly remote: string;
}

/** Both ends, already established. */
export function makeConnection(specs: { readonly client: EndSpec; readonly server: EndSpec }): {
  readonly client: End;
  readonly server: End;
} {
  const client: End = new End(specs.client, () => server);
  const server: End = new End(specs.server, () => client);
  return { client, server };
}

/** What the kernels of both ends hold for one direction: send buffer and receive buffer. */
const windowBytes = 262_144;
const chunkBytesMax = 65_536;
const smallChunkBytesMax = 64;
const splitChance = 0.1;

interface Segment {
  readonly sequence: number;
  /** Null is the end of the stream. */
  readonly bytes: Buffer | null;
}

export class End implements Link {
  readonly remote: string;
  readonly #spec: EndSpec;
  readonly #peer: () => End;

  #queue: Buffer[] = [];
  #queueBytes = 0;
  #inFlightBytes = 0;
  #nextSequence = 0;
  #ending = false;
  #ended = false;
  #deadline: Timer | null = null;

  readonly #early = new Map<number, Buffer | null>();
  #received: Buffer[] = [];
  #expectedSequence = 0;
  #peerEnded = false;

  #handler: LinkHandler | null = null;
  #paused = false;
  #readDue = false;
  /** Of the process: nothing is called any more, but for `closed`, once. */
  #closed = false;
  #closedTold = false;
  /** Of the kernel: bytes that arrive now are answered by a reset. */
  #gone = false;
  #silent = false;

  constructor(spec: EndSpec, peer: () => End) {
    this.#spec = spec;
    this.#peer = peer;
    this.remote = spec.remote;
  }

  get route(): Route {
    return this.#spec.route;
  }

  // ---- what the process calls

  start(handler: LinkHandler): void {
    this.#handler = handler;
    if (this.#closed) this.#spec.clock.arrive(0, () => this.#tellClosed());
    else this.#readSoon();
  }

  send(bytes: Buffer): void {
    if (this.#closed || this.#ending || bytes.length === 0) return;
    this.#queue.push(bytes);
    this.#queueBytes += bytes.length;
    this.#pump();
  }

  unsentBytes(): number {
    return this.#closed ? 0 : this.#queueBytes;
  }

  pause(): void {
    if (!this.#ending) this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#readSoon();
  }

  /** What comes is still read, as on real links, but for a bounded time. */
  end(): void {
    if (this.#closed || this.#ending) return;
    this.#ending = true;
    this.#destroyAfter(linkFlushMs);
    this.#pump();
    this.resume();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#deadline?.cancel();
    this.#letGo();
    this.#spec.clock.arrive(0, () => this.#tellClosed());
  }

  // ---- what happens to it

  /** The process died: after kill -9 the kernel says goodbye, after a power cut nobody does. */
  die(how: "killed" | "powerCut"): void {
    this.#handler = null;
    this.#silent = how === "powerCut";
    if (this.#silent) this.#gone = true;
    this.#letGo();
  }

  /** A reset came. */
  reset(): void {
    this.#dropUnsent();
    this.#received = [];
    this.#gone = true;
    if (this.#closed) return;
    this.#closed = true;
    this.#spec.clock.arrive(0, () => this.#tellClosed());
  }

  isGone(): boolean {
    return this.#gone;
  }

  receive(segment: Segment): void {
    if (this.#gone) {
      if (segment.bytes !== null) this.#sendReset();
      return;
    }
    this.#early.set(segment.sequence, segment.bytes);
    for (;;) {
      const next = this.#early.get(this.#expectedSequence);
      if (next === undefined) break;
      this.#early.delete(this.#expectedSequence);
      this.#expectedSequence += 1;
      if (next === null) this.#peerEnded = true;
      else this.#received.push(next);
    }
    this.#readSoon();
  }

  acknowledge(byteCount: number): void {
    const waited = this.#queueBytes > 0;
    this.#inFlightBytes -= byteCount;
    this.#pump();
    if (!waited || this.#queueBytes > 0) return;
    this.#spec.clock.arrive(0, () => {
      if (!this.#closed && this.#queueBytes === 0) this.#handler?.drained();
    });
  }

  // ---- how it works

  #pump(): void {
    for (;;) {
      const first = this.#queue[0];
      if (first === undefined || this.#inFlightBytes >= windowBytes) break;
      const room = Math.min(first.length, windowBytes - this.#inFlightBytes);
      const prng = this.#spec.prng;
      const size = room > 1 && prng.chance(splitChance) ? 1 + prng.below(room - 1) : room;
      if (size === first.length) this.#queue.shift();
      else this.#queue[0] = first.subarray(size);
      this.#queueBytes -= size;
      this.#inFlightBytes += size;
      this.#transmit(first.subarray(0, size));
    }
    if (this.#ending && this.#queueBytes === 0) this.#transmitEnd();
  }

  #transmitEnd(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#deadline !== null) this.#destroyAfter(linkLingerMs);
    this.#transmit(null);
  }

  #destroyAfter(delayMs: number): void {
    this.#deadline?.cancel();
    this.#deadline = this.#spec.clock.after(delayMs, () => this.destroy());
  }

  #transmit(bytes: Buffer | null): void {
    const segment = { sequence: this.#nextSequence, bytes };
    this.#nextSequence += 1;
    this.#carrySurely(() => this.#peer().receive(segment));
  }

  #carrySurely(run: () => void): void {
    this.#spec.paths.carrySurely(this.route, { run, isGone: () => this.#silent });
  }

  #sendReset(): void {
    this.#spec.paths.carry(this.route, () => this.#peer().reset());
  }

  #readSoon(): void {
    if (this.#handler === null || this.#paused || this.#readDue || this.#closed) return;
    if (this.#received.length === 0 && !this.#peerEnded) return;
    this.#readDue = true;
    this.#spec.clock.arrive(0, () => this.#read());
  }

  #read(): void {
    this.#readDue = false;
    if (this.#closed || this.#paused) return;
    if (this.#received.length > 0) {
      const chunk = this.#takeChunk();
      this.#carrySurely(() => this.#peer().acknowledge(chunk.length));
      this.#handler?.bytes(chunk);
      this.#readSoon();
      return;
    }
    // As in Node without half-open sockets: what waits is sent, then this end ends too.
    this.#ending = true;
    this.#pump();
    this.#gone = true;
    this.#closed = true;
    this.#tellClosed();
  }

  /** What has arrived, merged or split by chance; a copy, so that nobody shares a buffer. */
  #takeChunk(): Buffer {
    const { prng } = this.#spec;
    const small = prng.chance(splitChance);
    const limit = small ? 1 + prng.below(smallChunkBytesMax) : chunkBytesMax;
    const parts: Buffer[] = [];
    let size = 0;
    for (;;) {
      const first = this.#received[0];
      if (first === undefined || size === limit) break;
      const taken = first.subarray(0, limit - size);
      parts.push(taken);
      size += taken.length;
      if (taken.length === first.length) this.#received.shift();
      else this.#received[0] = first.subarray(taken.length);
    }
    return Buffer.concat(parts, size);
  }

  #letGo(): void {
    this.#closed = true;
    this.#dropUnsent();
    if (this.#gone) return;
    this.#gone = true;
    if (this.#received.length > 0) this.#sendReset();
    else this.#transmitEnd();
  }

  #dropUnsent(): void {
    this.#queue = [];
    this.#queueBytes = 0;
  }

  #tellClosed(): void {
    this.#deadline?.cancel();
    if (this.#closedTold || this.#handler === null) return;
    this.#closedTold = true;
    this.#handler.closed();
  }
}
