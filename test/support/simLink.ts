// One end of a simulated TCP connection: bytes in order, cut into chunks by chance, a window that
// fills while the other end does not read, an end that comes behind the bytes, resets that do not.
// What a kernel does goes on while its process is stopped; what a process sees runs on its clock.
// No congestion, no keep-alive: an idle connection across a cut stays open for ever, as in life.

import { linkFlushMs, linkLingerMs } from "../../src/base/limits.ts";
import type { Prng } from "../../src/base/prng.ts";
import type { Link, LinkBytes, LinkHandler, Timer } from "../../src/ports.ts";
import { bytesOf } from "./simBytes.ts";
import type { ProcessClock } from "./simClock.ts";
import { makeInbox, splitChance } from "./simInbox.ts";
import { lend } from "./simLoan.ts";
import { Waiting } from "./simOutbox.ts";
import { Packet, RarePacket, type Path, type Paths, type Route } from "./simPath.ts";

export interface EndSpec {
  readonly paths: Paths;
  readonly prng: Prng;
  /** This end first. */
  readonly route: Route;
  readonly clock: ProcessClock;
  /** What this end is told about the other. */
  readonly remote: string;
  /** Called before the process hands bytes for that host to the kernel: it may die of it. */
  readonly onEffect: (bytes: Buffer, to: string) => void;
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

/** Acknowledged once so much has been read, or at once if the sender waits for room. */
const acknowledgeBytes = windowBytes / 4;

class Segment extends Packet {
  readonly sequence: number;
  /** Null is the end of the stream. */
  readonly bytes: Buffer | null;
  readonly #from: End;

  constructor(from: End, sequence: number, bytes: Buffer | null) {
    super(from.path);
    this.sequence = sequence;
    this.bytes = bytes;
    this.#from = from;
  }

  take(): void {
    this.#from.deliver(this);
  }

  isGone(): boolean {
    return this.#from.isSilent();
  }
}

export class End implements Link {
  readonly remote: string;
  readonly #spec: EndSpec;
  readonly #peer: () => End;
  readonly path: Path;

  readonly #waiting = new Waiting();
  #inFlightBytes = 0;
  #nextSequence = 0;
  #ending = false;
  #ended = false;
  #deadline: Timer | null = null;

  #inbox = makeInbox();
  #unacknowledgedBytes = 0;

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
    this.path = spec.paths.pathOf(spec.route);
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

  send(sent: LinkBytes): void {
    if (this.#closed || this.#ending || sent.length === 0) return;
    const bytes = bytesOf(sent);
    this.#spec.onEffect(bytes, this.#spec.route.to);
    if (this.#closed) return;
    this.#waiting.push(bytes);
    this.#pump();
  }

  unsentBytes(): number {
    return this.#closed ? 0 : this.#waiting.bytes;
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
    this.#waiting.clear();
    this.#inbox = makeInbox();
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
    this.#inbox.take(segment.sequence, segment.bytes);
    // A process that runs reads at once; one that is stopped finds it when it goes on.
    if (!this.#mayRead()) return;
    if (this.#spec.clock.noteRun()) this.#read();
    else this.#readSoon();
  }

  /** Nothing of it is repeated any more. */
  isSilent(): boolean {
    return this.#silent;
  }

  deliver(segment: Segment): void {
    this.#peer().receive(segment);
  }

  isWaitingForRoom(): boolean {
    return this.#waiting.bytes > 0;
  }

  acknowledge(byteCount: number): void {
    const waited = this.#waiting.bytes > 0;
    this.#inFlightBytes -= byteCount;
    this.#pump();
    if (!waited || this.#waiting.bytes > 0) return;
    this.#spec.clock.arrive(0, () => {
      if (!this.#closed && this.#waiting.bytes === 0) this.#handler?.drained();
    });
  }

  // ---- how it works

  #pump(): void {
    const { prng } = this.#spec;
    while (this.#waiting.bytes > 0 && this.#inFlightBytes < windowBytes) {
      const room = Math.min(this.#waiting.firstBytes(), windowBytes - this.#inFlightBytes);
      const size = room > 1 && prng.chance(splitChance) ? 1 + prng.below(room - 1) : room;
      this.#inFlightBytes += size;
      this.#transmit(this.#waiting.take(size));
    }
    if (this.#ending && this.#waiting.bytes === 0) this.#transmitEnd();
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
    const segment = new Segment(this, this.#nextSequence, bytes);
    this.#nextSequence += 1;
    this.#spec.paths.carrySurely(segment);
  }

  #acknowledgeSoon(byteCount: number): void {
    this.#unacknowledgedBytes += byteCount;
    const peer = this.#peer();
    if (this.#unacknowledgedBytes < acknowledgeBytes && !peer.isWaitingForRoom()) return;
    const bytes = this.#unacknowledgedBytes;
    this.#unacknowledgedBytes = 0;
    const take = (): void => peer.acknowledge(bytes);
    const isGone = (): boolean => this.isSilent();
    this.#spec.paths.carrySurely(new RarePacket(this.path, { take, isGone }));
  }

  #sendReset(): void {
    this.#spec.paths.carry(this.route, () => this.#peer().reset());
  }

  #mayRead(): boolean {
    if (this.#handler === null || this.#paused || this.#readDue || this.#closed) return false;
    return this.#inbox.hasBytes() || this.#inbox.hasEnded();
  }

  #readSoon(): void {
    if (!this.#mayRead()) return;
    this.#readDue = true;
    this.#spec.clock.arrive(0, () => this.#read());
  }

  #read(): void {
    this.#readDue = false;
    if (this.#closed || this.#paused) return;
    if (this.#inbox.hasBytes()) {
      const chunk = this.#inbox.takeChunk(this.#spec.prng);
      this.#acknowledgeSoon(chunk.length);
      if (this.#handler !== null) lend(chunk, this.#handler);
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

  #letGo(): void {
    this.#closed = true;
    this.#waiting.clear();
    if (this.#gone) return;
    this.#gone = true;
    if (this.#inbox.hasBytes()) this.#sendReset();
    else this.#transmitEnd();
  }

  #tellClosed(): void {
    this.#deadline?.cancel();
    if (this.#closedTold || this.#handler === null) return;
    this.#closedTold = true;
    this.#handler.closed();
  }
}
