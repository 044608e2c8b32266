// Frames on their way out, changed so that they are well-formed lies, or no frames at all: fields
// drawn anew, frames twice, never, in another order, of another kind, cut short; records whose
// commands nobody honest would write. What a peer proves itself with passes as it is.

import { frameHeaderBytes, framePayloadBytesMax } from "../../src/base/limits.ts";
import type { Prng } from "../../src/base/prng.ts";
import { decodePayload, encodeMessage, opcodeOf, typeOf } from "../../src/wire/codec.ts";
import type { Command, Message, MessageType } from "../../src/wire/messages.ts";
import { commandTypes, messages, recordOpcode } from "../../src/wire/messages.ts";
import { decodeRecord } from "../../src/wire/record.ts";
import type { Seen } from "./fields.ts";
import { anyMessage, mutated } from "./fields.ts";

const handshake = new Set<number>((["peerHello", "peerProof", "peerReady"] as const).map(opcodeOf));
const allTypes = Object.keys(messages) as MessageType[];
const peerTypes = allTypes.filter((type) => {
  const { opcode } = messages[type];
  return opcode >= 0x84 && opcode < 0xc0;
});

export interface Lies {
  readonly prng: Prng;
  /** How many frames of each are no longer what they were. */
  rate: number;
  count: number;
  /** Of what was said before. */
  readonly seen: Seen & { readonly numbers: number[] };
}

export function makeLies(prng: Prng, rate: number): Lies {
  const clients = ["0".repeat(32), "1".repeat(32)];
  const texts = ["alice", "bob", "#lobby", "alice2", "", "promised", "granted", "busy", "gap"];
  return { prng, rate, count: 0, seen: { texts, clients, numbers: [], hexes: [] } };
}

/** Whole frames in, as they are to be sent instead. */
export function lie(lies: Lies, bytes: Buffer): Buffer {
  const { prng } = lies;
  const out: Buffer[] = [];
  for (const frame of framesOf(bytes)) {
    const opcode = frame[0] as number;
    note(lies, frame);
    if (handshake.has(opcode) || !prng.chance(lies.rate)) {
      out.push(frame);
      continue;
    }
    lies.count += 1;
    const changed = prng.chance(0.7) ? changedFrame(lies, frame) : strangeFrames(lies, frame);
    if (prng.chance(0.1)) out.unshift(...changed);
    else out.push(...changed);
  }
  return Buffer.concat(out);
}

export function framesOf(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  while (at + frameHeaderBytes <= bytes.length) {
    const end = at + frameHeaderBytes + bytes.readUInt16BE(at + 1);
    frames.push(bytes.subarray(at, end));
    at = end;
  }
  return frames;
}

/** One field of it or two; of a record the command's. */
function changedFrame({ prng, seen }: Lies, frame: Buffer): Buffer[] {
  const opcode = frame[0] as number;
  if (opcode === recordOpcode) return [changedRecord(prng, seen, frame)];
  const decoded = decodePayload(opcode, frame.toString("latin1", frameHeaderBytes));
  if (!decoded.ok) return [frame];
  return [encoded(mutated(prng, decoded.message, seen)) ?? frame];
}

function changedRecord(prng: Prng, seen: Seen, frame: Buffer): Buffer {
  const record = decodeRecord(frame);
  if ("ok" in record) return frame;
  const fresh = anyMessage(prng, prng.pick(commandTypes), seen) as Command;
  const command = prng.chance(0.5) ? mutated(prng, record.command, seen) : fresh;
  const whole = encoded(command);
  if (whole === null || whole.length > framePayloadBytesMax - 128) return frame;
  const { ballot, op, atUs, client } = record;
  const moved = prng.chance(0.1) ? prng.pick([0, 1, 64, op + 1]) : op;
  const envelope = `${ballot}|${moved}|${atUs + prng.pick([0, 0, 0, 1, 1_000])}|${client}`;
  const payload = `${envelope}|${opcodeOf(command.type)}|`;
  return rawFrame(recordOpcode, Buffer.concat([Buffer.from(payload), whole.subarray(3)]));
}

function strangeFrames(lies: Lies, frame: Buffer): Buffer[] {
  const { prng, seen } = lies;
  switch (prng.below(7)) {
    case 0:
      return [];
    case 1:
      return [frame, frame];
    case 2:
    case 3:
    case 4: {
      const types = prng.chance(0.9) ? peerTypes : allTypes;
      return [frame, encoded(anyMessage(prng, prng.pick(types), seen)) ?? frame];
    }
    case 5: {
      const bytes = Buffer.from(frame);
      if (bytes.length > 4) bytes[3 + prng.below(bytes.length - 3)] = prng.below(256);
      return [bytes];
    }
    default: {
      const short = Buffer.from(frame.subarray(0, Math.max(3, frame.length - 1 - prng.below(4))));
      short.writeUInt16BE(short.length - frameHeaderBytes, 1);
      return [short];
    }
  }
}

function note({ prng, seen }: Lies, frame: Buffer): void {
  const type = typeOf(frame[0] as number);
  if (type === undefined || frame[0] === recordOpcode || frame.length > 2_000) return;
  const decoded = decodePayload(frame[0] as number, frame.toString("latin1", frameHeaderBytes));
  if (!decoded.ok) return;
  for (const value of Object.values(decoded.message)) {
    if (typeof value !== "number") continue;
    if (seen.numbers.length < 200) seen.numbers.push(value);
    else seen.numbers[prng.below(200)] = value;
  }
}

/** Null when it does not fit a frame. */
export function encoded(message: Message): Buffer | null {
  try {
    return encodeMessage(message);
  } catch {
    // Only its length is asserted there.
    return null;
  }
}

export function rawFrame(opcode: number, payload: Buffer): Buffer {
  const header = Buffer.from([opcode, payload.length >>> 8, payload.length & 0xff]);
  return Buffer.concat([header, payload]);
}
