// What one replica knows of another server: its last heartbeat, the leases between the two, and
// whether it is dead. All of it is memory, and dies with the process. Judges nothing.

import type { Incarnation, ServerId } from "../base/ids.ts";
import type { MessageOf } from "../wire/messages.ts";

export interface Peer {
  readonly id: ServerId;
  up: boolean;
  /** Of the last handshake; 0 before the first. */
  incarnation: Incarnation | 0;
  /** When something last came from it, by the time this process was running. */
  heardMs: number;
  heartbeat: MessageOf<"heartbeat"> | null;
  heartbeatAtMs: number;
  /** That heartbeat has been granted nothing yet: the next beat answers it. */
  isAnswerDue: boolean;
  /** When a heartbeat of it was last answered with a grant. */
  grantedAtMs: number;
  heartbeatSentMs: number;
  /** The lease held from it, and of which of its incarnations. */
  leaseUntilMs: number;
  leaseIncarnation: Incarnation | 0;
  /** What it was granted, and which of its incarnations. */
  grantUntilMs: number;
  grantIncarnation: Incarnation | 0;
  /** A grant keeps it from joining until then, it said. */
  joinsFromMs: number;
  /** Highest incarnation of it that this server has itself proven dead; 0 for none. */
  provenDead: Incarnation | 0;
  /** The same by anybody's word: waives a grant, and prompts leaving it out. */
  saidDead: Incarnation | 0;
  /** When either of the two last rose. */
  saidDeadMs: number;
  probedMs: number;
  /** When it was last met, and could not be spoken to: its secret or its hosts differ. */
  unfitMs: number;
}

export function makePeer(id: ServerId): Peer {
  return {
    id,
    up: false,
    incarnation: 0,
    heardMs: Number.NEGATIVE_INFINITY,
    heartbeat: null,
    heartbeatAtMs: Number.NEGATIVE_INFINITY,
    isAnswerDue: false,
    grantedAtMs: Number.NEGATIVE_INFINITY,
    heartbeatSentMs: Number.NEGATIVE_INFINITY,
    leaseUntilMs: Number.NEGATIVE_INFINITY,
    leaseIncarnation: 0,
    grantUntilMs: Number.NEGATIVE_INFINITY,
    grantIncarnation: 0,
    joinsFromMs: Number.NEGATIVE_INFINITY,
    provenDead: 0,
    saidDead: 0,
    saidDeadMs: Number.NEGATIVE_INFINITY,
    probedMs: Number.NEGATIVE_INFINITY,
    unfitMs: Number.NEGATIVE_INFINITY,
  };
}

/** Linked, and it has said where it stands. */
export function isHere(peer: Peer): boolean {
  return peer.up && peer.heartbeat !== null;
}
