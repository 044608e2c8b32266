// One connection between two servers, from its first byte to its end: handshake, then messages,
// each `prepare` together with its records. Nothing but the handshake's frames is decoded before
// the other end has proven the secret. Bad input ends this connection, in words, and nothing else.

import type { ServerId } from "../base/ids.ts";
import { frameHeaderBytes, framePayloadBytesMax } from "../base/limits.ts";
import { peerHandshakeTimeoutMs, peerUnprovenPayloadBytesMax } from "../base/limits.ts";
import type { Clock, Link, SecurityProblem, Timer } from "../ports.ts";
import type { Batch } from "../wire/batch.ts";
import { decodePayload, opcodeOf, type Decoded } from "../wire/codec.ts";
import type { FrameReader, FrameView } from "../wire/frameReader.ts";
import { makeFrameReader } from "../wire/frameReader.ts";
import { heartbeatOpcode, readHeartbeat } from "../wire/heartbeat.ts";
import type { Message } from "../wire/messages.ts";
import { looksLikeTls } from "../wire/tlsHello.ts";
import { Outbox } from "./outbox.ts";
import type { HandshakeOptions, ProvenPeer } from "./peerHandshake.ts";
import { PeerHandshake } from "./peerHandshake.ts";
import { insecurePeer, noTlsHere } from "./peerSecurity.ts";
import { refuseImplausible, refuseImplausibleBatch } from "./plausible.ts";
import { RecordCollector } from "./recordCollector.ts";

/** Why a connection came to nothing. */
export interface PeerProblem {
  readonly code: string;
  readonly message: string;
  /** Whose words they are. */
  readonly by: "us" | "them";
  /** Whom it concerns, where the link does not know. */
  readonly peer?: ServerId | null;
}

export interface PeerLinkOwner {
  /** The handshake is done; the owner accepts or drops the connection. */
  ready(link: PeerLink, proven: ProvenPeer): void;
  message(link: PeerLink, message: Message, batch: Batch | null): void;
  problem(link: PeerLink, problem: PeerProblem): void;
  closed(link: PeerLink): void;
}

const handshakeOpcodes = new Set<number>(
  (["peerHello", "peerProof", "peerError"] as const).map(opcodeOf),
);

export class PeerLink {
  readonly startedAtMs: number;
  lastHeardMs: number;
  /** The other end has begun to send heartbeats: from now on its silence means something. */
  hasHeartbeats = false;
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #owner: PeerLinkOwner;
  readonly #reader: FrameReader = makeFrameReader(peerUnprovenPayloadBytesMax);
  readonly #handshake: PeerHandshake;
  readonly #outbox = new Outbox();
  readonly #records = new RecordCollector();
  readonly #deadline: Timer;
  /** As of the chunk that is being read. */
  readonly #bounds: { readonly servers: number; wallUs: number };
  #stage: "handshake" | "open" | "over" = "handshake";
  readonly #onFrame = (frame: FrameView): void => this.#take(frame);

  constructor(parts: {
    readonly link: Link;
    readonly clock: Clock;
    readonly owner: PeerLinkOwner;
    readonly handshake: HandshakeOptions;
  }) {
    this.#link = parts.link;
    this.#clock = parts.clock;
    this.#owner = parts.owner;
    this.#handshake = new PeerHandshake(parts.handshake);
    this.#bounds = { servers: parts.handshake.hosts.length, wallUs: 0 };
    this.startedAtMs = parts.clock.nowMs();
    this.lastHeardMs = this.startedAtMs;
    this.#deadline = parts.clock.after(peerHandshakeTimeoutMs, () => this.#judgeHandshake());
  }

  get remote(): string {
    return this.#link.remote;
  }

  /** It called us and has proven nothing: what it says of itself counts for nothing. */
  get isStranger(): boolean {
    return !this.#handshake.isProven && !this.#handshake.isDialler;
  }

  /** Who it says it is; true only of what is no stranger. */
  get peer(): ServerId | null {
    return this.#handshake.peer;
  }

  start(): void {
    this.#sendNow(this.#handshake.start());
    this.#link.start({
      bytes: (chunk) => this.#read(chunk),
      drained: () => undefined,
      closed: (problem) => this.#close(problem),
    });
  }

  /** Messages pass from now on; the lower id says so to the higher one. */
  open(options: { readonly sayReady: boolean }): void {
    this.#stage = "open";
    this.#deadline.cancel();
    if (options.sayReady) this.#sendNow([this.#handshake.ready()]);
    for (const message of this.#handshake.afterwards()) this.#outbox.add(message);
  }

  send(message: Message): void {
    if (this.#stage === "open") this.#outbox.add(message);
  }

  sendRecords(message: Message, batch: Batch): void {
    if (this.#stage !== "open") return;
    this.#outbox.add(message);
    this.#outbox.addBytes(batch.bytes);
  }

  flush(): void {
    const bytes = this.#outbox.take();
    if (bytes !== null && this.#stage !== "over") this.#link.send(bytes);
  }

  unsentBytes(): number {
    return this.#outbox.waitingBytes() + this.#link.unsentBytes();
  }

  end(): void {
    this.flush();
    this.#stop();
    this.#link.end();
  }

  destroy(): void {
    this.#stop();
    this.#link.destroy();
  }

  #stop(): void {
    this.#stage = "over";
    this.#deadline.cancel();
    this.#outbox.clear();
    this.#reader.stop();
  }

  #close(problem?: SecurityProblem): void {
    if (problem !== undefined && this.#stage !== "over") {
      const { self } = this.#handshake;
      const peer = this.isStranger ? null : this.peer;
      this.#owner.problem(this, { ...insecurePeer(problem, { self, peer }), by: "us" });
    }
    this.#stop();
    this.#owner.closed(this);
  }

  #read(chunk: Buffer): void {
    if (this.#stage === "over") return;
    this.lastHeardMs = this.#clock.nowMs();
    this.#bounds.wallUs = this.#clock.wallUs();
    if (this.#stage === "handshake" && looksLikeTls(chunk)) {
      return this.refuse("no-tls", noTlsHere(this.#handshake.self));
    }
    const refusal = this.#reader.push(chunk, this.#onFrame);
    this.#records.copyOut();
    if (refusal !== null) this.refuse(refusal.code, refusal.message);
  }

  #take(frame: FrameView): void {
    const { prepare } = this.#records;
    if (prepare !== null) {
      const collected = this.#records.take(prepare, frame);
      if (collected === null) return;
      if (!collected.ok) return this.refuse(collected.code, collected.message);
      const lie = refuseImplausibleBatch(collected.batch, this.#bounds);
      if (lie !== null) return this.refuse(lie.code, lie.message);
      return this.#owner.message(this, prepare, collected.batch);
    }
    if (!this.#handshake.isProven && !handshakeOpcodes.has(frame.opcode)) {
      this.refuse("unexpected", `Opcode ${frame.opcode} came before the proof of the secret.`);
      return;
    }
    const decoded = decodeFrame(frame);
    if (!decoded.ok) return this.refuse(decoded.code, decoded.message);
    const lie = refuseImplausible(decoded.message, this.#bounds);
    if (lie !== null) this.refuse(lie.code, lie.message);
    else this.#takeMessage(decoded.message);
  }

  #takeMessage(message: Message): void {
    if (message.type === "peerError") {
      this.#fail({ code: message.code, message: message.message, by: "them" });
      this.#link.end();
    } else if (this.#stage === "handshake") {
      this.#shake(message);
    } else if (message.type === "prepare") {
      const refusal = this.#records.begin(message);
      if (refusal !== null) this.refuse(refusal.code, refusal.message);
    } else {
      if (message.type === "heartbeat") this.hasHeartbeats = true;
      this.#owner.message(this, message, null);
    }
  }

  #shake(message: Message): void {
    const step = this.#handshake.take(message);
    if (step.kind === "refused") {
      this.refuse(step.code, step.message);
    } else if (step.kind === "ready") {
      this.#owner.ready(this, step.proven);
    } else {
      if (this.#handshake.isProven) this.#reader.setPayloadBytesMax(framePayloadBytesMax);
      this.#sendNow(step.send);
    }
  }

  /** Ends the connection in words. */
  refuse(code: string, message: string): void {
    if (this.#stage === "over") return;
    this.#sendNow([{ type: "peerError", code, message }]);
    this.#fail({ code, message, by: "us" });
    this.#link.end();
  }

  #fail(problem: PeerProblem): void {
    this.#stop();
    this.#owner.problem(this, problem);
  }

  /** After a stop of the process, timers fire before the sockets are read. */
  #judgeHandshake(): void {
    this.#clock.soon(() => {
      this.#clock.soon(() => {
        if (this.#stage !== "handshake") return;
        const message = `No handshake within ${peerHandshakeTimeoutMs} ms.`;
        this.refuse("too-slow", message);
      });
    });
  }

  #sendNow(messages: readonly Message[]): void {
    for (const message of messages) this.#outbox.add(message);
    this.flush();
  }
}

function decodeFrame({ opcode, bytes, start, end }: FrameView): Decoded {
  const from = start + frameHeaderBytes;
  const heartbeat = opcode === heartbeatOpcode ? readHeartbeat(bytes, from, end) : null;
  if (heartbeat !== null) return { ok: true, message: heartbeat };
  return decodePayload(opcode, bytes.latin1Slice(from, end));
}
