// One record as its frame: ballot, op, atUs, client and the command's opcode, and behind them the
// command's own fields as they came. Written and read byte by byte, without a string for the whole:
// every server does this for every message. What a record means is decided elsewhere.

import { readUint, writeUint } from "../base/digits.ts";
import type { Ballot, ClientId, Op } from "../base/ids.ts";
import { isClientId } from "../base/ids.ts";
import { frameHeaderBytes } from "../base/limits.ts";
import type { LoggedRecord, RecordEnvelope } from "./batch.ts";
import { decodePayload, opcodeOf } from "./codec.ts";
import { bar, barFrom } from "./fields.ts";
import type { Command } from "./messages.ts";
import { commandTypes, recordFields } from "./messages.ts";
import { readPlainSend } from "./plainSend.ts";
import type { WireRefusal } from "./refusals.ts";
import { refuse } from "./refusals.ts";
import { TextCache } from "./textCache.ts";

export const commandOpcodes = new Set<number>(commandTypes.map(opcodeOf));
/** Digits of three numbers and an opcode, a client id, five bars: an envelope never needs more. */
export const envelopeBytesMax = 16 * 3 + 3 + 32 + recordFields.length;

const clientLetters = 32;
const sendOpcode = opcodeOf("send");
const clients = new TextCache(isClientId);

/** Writes all of a frame at `start` but its payload; returns where that begins. */
export function beginRecordFrame(
  target: Buffer,
  start: number,
  envelope: RecordEnvelope & { readonly opcode: number },
): number {
  const { client } = envelope;
  let at = writeUint(target, start + frameHeaderBytes, envelope.ballot);
  target[at] = bar;
  at = writeUint(target, at + 1, envelope.op);
  target[at] = bar;
  at = writeUint(target, at + 1, envelope.atUs);
  target[at++] = bar;
  for (let letter = 0; letter < clientLetters; letter += 1) {
    target[at++] = client.charCodeAt(letter);
  }
  target[at] = bar;
  at = writeUint(target, at + 1, envelope.opcode);
  target[at] = bar;
  return at + 1;
}

/** The record whose frame lies in [start, end). */
export function readRecordFrame(
  bytes: Buffer,
  start: number,
  end: number,
): LoggedRecord | WireRefusal {
  const first = barFrom(bytes, start + frameHeaderBytes, end);
  const second = barFrom(bytes, first + 1, end);
  const third = barFrom(bytes, second + 1, end);
  const fourth = third + 1 + clientLetters;
  const fifth = barFrom(bytes, fourth + 1, end);
  if (fifth >= end) return refuse("wrong-field-count", "A record's envelope is cut short.");
  const ballot = readUint(bytes, start + frameHeaderBytes, first);
  const op = readUint(bytes, first + 1, second);
  const atUs = readUint(bytes, second + 1, third);
  const client = bytes[fourth] === bar ? clients.read(bytes, third + 1, fourth) : null;
  const opcode = readUint(bytes, fourth + 1, fifth);
  if (ballot < 0 || op < 1 || atUs < 0 || client === null || !commandOpcodes.has(opcode)) {
    return refuse("bad-field", "A record's envelope is not valid.");
  }
  const send = opcode === sendOpcode ? readPlainSend(bytes, fifth + 1, end) : null;
  if (send !== null) {
    // All of it was checked above.
    return {
      ballot: ballot as Ballot,
      op: op as Op,
      atUs,
      client: client as ClientId,
      command: send,
    };
  }
  const decoded = decodePayload(opcode, bytes.latin1Slice(fifth + 1, end));
  if (!decoded.ok) return decoded;
  // Only opcodes of commands pass the check above.
  const command = decoded.message as Command;
  return { ballot: ballot as Ballot, op: op as Op, atUs, client: client as ClientId, command };
}
