// Judges what servers say, frame by frame, as it is handed to the network. Persist, then speak: a
// promise is on disk before it is told, and what is called prepared is durable. A lease is the word
// of who gave it: until it has run out, its giver helps no view that leaves its holder out.

import type { Host } from "../../src/base/hosts.ts";
import type { Ballot, Incarnation, ServerId } from "../../src/base/ids.ts";
import { frameHeaderBytes } from "../../src/base/limits.ts";
import type { Inspection } from "../../src/server/inspection.ts";
import { decodePayload, opcodeOf } from "../../src/wire/codec.ts";
import type { Message, MessageOf, MessageType } from "../../src/wire/messages.ts";
import { BrokenRule } from "./historyChecker.ts";

export interface SpeechChecker {
  /** Hears of each message of a view change, by whom it is said. */
  listener: (type: MessageType, from: ServerId) => void;
  /** Handed to the network, for that host. */
  readonly judge: (server: Inspection, bytes: Buffer, to: string) => void;
  /** What this server has promised is gone with its folder; the next one may repeat its lives. */
  forget(id: ServerId): void;
  /** Refusals may be forged: who is held for dead may live, and hold leases. */
  allowForgedDeaths(): void;
}

interface Told {
  readonly incarnation: Incarnation;
  readonly promises: { readonly ballot: Ballot; readonly members: readonly ServerId[] }[];
}

interface Memory {
  readonly world: World;
  readonly proposals: Map<Ballot, readonly ServerId[]>;
  /** By server: what it has promised, and may still come of it. */
  readonly told: Map<ServerId, Told>;
  areDeathsForged: boolean;
}

interface World {
  readonly clock: { nowMs(): number };
  running(): readonly Inspection[];
}

const said: ReadonlyMap<number, MessageType> = new Map(
  (
    ["propose", "promise", "decline", "keep", "activate", "join", "caughtUp", "resign"] as const
  ).map((type) => [opcodeOf(type), type]),
);
const judged = new Set(["propose", "promise"].map((type) => opcodeOf(type as MessageType)));
const preparedOpcode = opcodeOf("prepared");
const resignOpcode = opcodeOf("resign");
const heartbeatOpcode = opcodeOf("heartbeat");

export function makeSpeechChecker(hosts: readonly Host[], world: World): SpeechChecker {
  const ids = new Map(hosts.map(({ id, host }) => [host, id]));
  const memory: Memory = {
    world,
    proposals: new Map(),
    told: new Map(),
    areDeathsForged: false,
  };
  const checker: SpeechChecker = {
    listener: () => undefined,
    judge: (server, bytes, to) => {
      const id = ids.get(to);
      if (id !== undefined) judgeBytes(memory, { server, bytes, to: id }, checker.listener);
    },
    forget: (id) => void memory.told.delete(id),
    allowForgedDeaths: () => {
      memory.areDeathsForged = true;
    },
  };
  return checker;
}

function judgeBytes(
  memory: Memory,
  speech: { readonly server: Inspection; readonly bytes: Buffer; readonly to: ServerId },
  tell: SpeechChecker["listener"],
): void {
  const { server, bytes, to } = speech;
  const hasPromised = memory.told.has(server.id);
  let at = 0;
  while (at + frameHeaderBytes <= bytes.length) {
    const opcode = bytes[at] as number;
    const start = at + frameHeaderBytes;
    at = start + payloadBytesAt(bytes, at);
    // Most of all that is said.
    if (opcode === heartbeatOpcode && !hasPromised) continue;
    const type = said.get(opcode);
    if (type !== undefined) tell(type, server.id);
    const isHeartbeat = opcode === heartbeatOpcode;
    if (!judged.has(opcode) && opcode !== preparedOpcode && !isHeartbeat) continue;
    const decoded = decodePayload(opcode, bytes.latin1Slice(start, at));
    if (!decoded.ok) throw new BrokenRule(`server ${server.id} says what cannot be read`);
    // What goes out together with its resignation, ahead of it, was said before it resigned.
    if (opcode === preparedOpcode && isFollowedBy(resignOpcode, bytes, at)) continue;
    judgeMessage(memory, { server, to }, decoded.message);
  }
}

/** Whether such a frame stands behind the offset. */
function isFollowedBy(opcode: number, bytes: Buffer, offset: number): boolean {
  let at = offset;
  while (at + frameHeaderBytes <= bytes.length) {
    if (bytes[at] === opcode) return true;
    at += frameHeaderBytes + payloadBytesAt(bytes, at);
  }
  return false;
}

function payloadBytesAt(bytes: Buffer, at: number): number {
  return (bytes[at + 1] as number) * 256 + (bytes[at + 2] as number);
}

function judgeMessage(
  memory: Memory,
  { server, to }: { readonly server: Inspection; readonly to: ServerId },
  message: Message,
): void {
  switch (message.type) {
    case "propose":
      memory.proposals.set(message.ballot, message.members);
      return judgePromise(memory, server, message);
    case "promise":
      expectOnDisk(server, message);
      return judgePromise(memory, server, {
        ballot: message.ballot,
        members: memory.proposals.get(message.ballot) ?? [],
      });
    case "prepared":
      return expectDurable(server, message);
    case "heartbeat":
      return message.granted ? judgeGrant(memory, server, to) : undefined;
    default:
      return undefined;
  }
}

function expectOnDisk({ id, promised, durable }: Inspection, message: MessageOf<"promise">): void {
  if (message.ballot > promised) {
    throw new BrokenRule(`server ${id} tells its promise ${message.ballot} before it is on disk`);
  }
  if (message.lastOp > durable) {
    throw new BrokenRule(`server ${id} tells of op ${message.lastOp}, durable only to ${durable}`);
  }
}

/** A member of the view says it, and of its own disk. */
function expectDurable(server: Inspection, { op, ballot }: MessageOf<"prepared">): void {
  const { id, durable, status, views } = server;
  if (op > durable) {
    throw new BrokenRule(`server ${id} calls op ${op} prepared, durable only to ${durable}`);
  }
  if (status === "normal" && views.at(-1)?.ballot === ballot) return;
  throw new BrokenRule(`server ${id} acknowledges op ${op} of view ${ballot} and is ${status}`);
}

/** Nobody living who is left out may still hold a lease from this life of the promiser. */
function judgePromise(
  memory: Memory,
  { id, incarnation }: Inspection,
  promise: { readonly ballot: Ballot; readonly members: readonly ServerId[] },
): void {
  let told = memory.told.get(id);
  if (told?.incarnation !== incarnation) {
    memory.told.set(id, (told = { incarnation, promises: [] }));
  }
  told.promises.push(promise);
  if (memory.areDeathsForged) return;
  const nowMs = memory.world.clock.nowMs();
  for (const holder of memory.world.running()) {
    if (holder.id === id || promise.members.includes(holder.id)) continue;
    if (holder.status !== "normal" || holder.leaseFrom(id) !== incarnation) continue;
    const runsMs = holder.leaseUntilMs(id) - nowMs;
    if (runsMs <= 0) continue;
    const words = `which holds its lease for ${runsMs.toFixed(0)} ms more`;
    throw new BrokenRule(
      `server ${id} promises ${promise.ballot} without server ${holder.id}, ${words}`,
    );
  }
}

/** Whoever has promised a view without the holder, and may still have to keep that, grants none. */
function judgeGrant(memory: Memory, { id, incarnation, views }: Inspection, to: ServerId): void {
  const told = memory.told.get(id);
  const installed = views.at(-1)?.ballot ?? 0;
  const open = told?.promises.filter(({ ballot }) => ballot > installed) ?? [];
  if (told?.incarnation !== incarnation || open.length === 0) {
    memory.told.delete(id);
    return;
  }
  const without = open.find(({ members }) => !members.includes(to));
  if (without === undefined) return;
  throw new BrokenRule(
    `server ${id} grants server ${to} a lease, having promised ${without.ballot} without it`,
  );
}
