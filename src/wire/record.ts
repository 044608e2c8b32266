// Batches of records: built once by the primary from its clients' commands; the same bytes go to
// the journal, to the other servers and into memory. Cuts them, and finds a record in them. How
// one record lies in its frame stands in recordFrame.ts.

import { assert } from "../base/assert.ts";
import { readUint } from "../base/digits.ts";
import type { Ballot, Chain, ClientId, Op } from "../base/ids.ts";
import { asOp } from "../base/ids.ts";
import { frameHeaderBytes, framePayloadBytesMax } from "../base/limits.ts";
import { requestPayloadBytesMax } from "../base/limits.ts";
import type { Batch, DecodedRecord, LoggedRecord } from "./batch.ts";
import { chainAt } from "./batch.ts";
import { batchBytes } from "./batchMemory.ts";
import { extendChain } from "./checksum.ts";
import { decodePayload, opcodeOf, writeFrameHeader } from "./codec.ts";
import { barFrom } from "./fields.ts";
import type { Command } from "./messages.ts";
import { recordFields, recordOpcode } from "./messages.ts";
import type { PlainSend } from "./plainSend.ts";
import { sendOf } from "./plainSend.ts";
import { beginRecordFrame, commandOpcodes, envelopeBytesMax } from "./recordFrame.ts";
import { readRecordFrame } from "./recordFrame.ts";
import type { WireRefusal } from "./refusals.ts";
import { refuse } from "./refusals.ts";

/** A command on its way into a record: its opcode and its payload as it came. */
export interface CommandBytes {
  readonly client: ClientId;
  readonly opcode: number;
  readonly payload: string | PlainSend;
  /** What a payload of text says, when it has been read before. */
  readonly command?: Command;
}

const viewOpcode = opcodeOf("view");

assert(
  requestPayloadBytesMax + envelopeBytesMax <= framePayloadBytesMax,
  "any request fits a record with its envelope",
);

export interface BatchStart {
  readonly ballot: Ballot;
  readonly firstOp: Op;
  /** Of the record before. */
  readonly atUsBefore: number;
  readonly chainBefore: Chain;
  readonly wallUs: number;
}

/** Builds the records of `commands` in order; `lastAtUs` is the last record's time. */
export function buildBatch(
  start: BatchStart,
  commands: readonly CommandBytes[],
): { readonly batch: Batch; readonly lastAtUs: number } {
  assert(commands.length > 0, "a batch holds at least one record");
  let bytesMax = 0;
  for (const { payload } of commands) {
    bytesMax += frameHeaderBytes + envelopeBytesMax + payload.length;
  }
  const bytes = batchBytes(bytesMax);
  const ends = new Uint32Array(commands.length);
  const chains = new Uint32Array(commands.length);
  const records: LoggedRecord[] = [];
  const { ballot, firstOp } = start;
  let chain = start.chainBefore;
  let atUs = start.atUsBefore;
  let offset = 0;
  for (const { client, opcode, payload, command } of commands) {
    atUs = Math.max(atUs + 1, start.wallUs);
    const index = records.length;
    const op = asOp(firstOp + index);
    const at = beginRecordFrame(bytes, offset, { ballot, op, atUs, client, opcode });
    let end: number;
    if (typeof payload === "string") {
      end = at + bytes.latin1Write(payload, at, payload.length);
      const said = command ?? ownCommand(opcode, payload);
      records.push({ ballot, op, atUs, client, command: said });
    } else {
      end = payload.moveTo(bytes, at);
      records.push({ ballot, op, atUs, client, command: payload });
    }
    writeFrameHeader(bytes, offset, { opcode: recordOpcode, end });
    chain = extendChain(chain, bytes, offset, end);
    ends[index] = end;
    chains[index] = chain;
    offset = end;
  }
  const batch: Batch = {
    firstOp,
    lastOp: asOp(firstOp + commands.length - 1),
    bytes: bytes.subarray(0, offset),
    ends,
    chainBefore: start.chainBefore,
    chains,
    records,
  };
  return { batch, lastAtUs: atUs };
}

function ownCommand(opcode: number, payload: string): Command {
  const decoded = decodePayload(opcode, payload);
  assert(decoded.ok && commandOpcodes.has(opcode), "what goes into a record can be read");
  // Only opcodes of commands pass the check above.
  return decoded.message as Command;
}

/**
 * Cuts received bytes into a batch; refuses what is not consecutive records, each readable and
 * later than the one before: what is appended can be applied.
 */
export function batchFromBytes(
  bytes: Buffer,
  start: { readonly firstOp: Op; readonly chainBefore: Chain },
): { readonly ok: true; readonly batch: Batch } | WireRefusal {
  const count = countFrames(bytes);
  const ends = new Uint32Array(count);
  const chains = new Uint32Array(count);
  const records: LoggedRecord[] = [];
  let chain = start.chainBefore;
  let offset = 0;
  let atUs = -1;
  while (offset < bytes.length) {
    const end = offset + frameBytesAt(bytes, offset);
    if (bytes[offset] !== recordOpcode || end > bytes.length) {
      return refuse("unexpected", `Byte ${offset} of a batch does not begin a whole record.`);
    }
    const record = readRecordFrame(bytes, offset, end);
    if ("ok" in record) return record;
    const index = records.length;
    if (record.op !== start.firstOp + index || record.atUs <= atUs) {
      return refuse("unexpected", `Record ${record.op} of a batch does not follow the one before.`);
    }
    ({ atUs } = record);
    records.push(record);
    chain = extendChain(chain, bytes, offset, end);
    ends[index] = end;
    chains[index] = chain;
    offset = end;
  }
  if (count === 0) return refuse("unexpected", "A batch without a record came.");
  const { firstOp, chainBefore } = start;
  const lastOp = asOp(firstOp + count - 1);
  return { ok: true, batch: { firstOp, lastOp, bytes, ends, chainBefore, chains, records } };
}

/** The records behind `after`, or the batch itself when all are. */
export function batchBehind(batch: Batch, after: Op): Batch {
  const skip = after - batch.firstOp + 1;
  if (skip <= 0) return batch;
  assert(skip < batch.ends.length, "a batch is cut inside");
  const cut = batch.ends[skip - 1] as number;
  return {
    firstOp: asOp(after + 1),
    lastOp: batch.lastOp,
    bytes: batch.bytes.subarray(cut),
    ends: batch.ends.slice(skip).map((end) => end - cut),
    chainBefore: chainAt(batch, after),
    chains: batch.chains.slice(skip),
    records: batch.records === null ? null : batch.records.slice(skip),
  };
}

/** The records through `through`, or the batch itself when all are. */
export function batchThrough(batch: Batch, through: Op): Batch {
  if (through >= batch.lastOp) return batch;
  const kept = through - batch.firstOp + 1;
  assert(kept > 0, "a batch is cut inside");
  return {
    firstOp: batch.firstOp,
    lastOp: through,
    bytes: batch.bytes.subarray(0, batch.ends[kept - 1]),
    ends: batch.ends.slice(0, kept),
    chainBefore: batch.chainBefore,
    chains: batch.chains.slice(0, kept),
    records: batch.records === null ? null : batch.records.slice(0, kept),
  };
}

/** The frame of one op of the batch, shared, not copied. */
export function frameAt(batch: Batch, op: Op): Buffer {
  const index = op - batch.firstOp;
  const end = batch.ends[index];
  assert(end !== undefined, "not in the batch: op", op);
  return batch.bytes.subarray(index === 0 ? 0 : (batch.ends[index - 1] as number), end);
}

export function decodeRecordAt(batch: Batch, op: Op): DecodedRecord | WireRefusal {
  const record = loggedRecordAt(batch, op);
  return "ok" in record ? record : decodedRecord(record);
}

/** What is in its bytes as the table reads it. */
function decodedRecord(record: LoggedRecord): DecodedRecord {
  const { command } = record;
  const { ballot, op, atUs, client } = record;
  const said = command.type === "plainSend" ? sendOf(command) : command;
  return { ballot, op, atUs, client, command: said };
}

/** As it is applied. */
export function loggedRecordAt(batch: Batch, op: Op): LoggedRecord | WireRefusal {
  const index = op - batch.firstOp;
  const end = batch.ends[index];
  assert(end !== undefined, "not in the batch: op", op);
  const start = index === 0 ? 0 : (batch.ends[index - 1] as number);
  const record = readRecordFrame(batch.bytes, start, end);
  if (!("ok" in record) && record.op !== op) {
    return refuse("bad-field", `Op ${record.op} stands where op ${op} is due.`);
  }
  return record;
}

/** A whole record frame (its opcode included). */
export function decodeRecord(frame: Buffer): DecodedRecord | WireRefusal {
  if (frame[0] !== recordOpcode) return refuse("unexpected", "This frame is not a record.");
  const record = readRecordFrame(frame, 0, frame.length);
  return "ok" in record ? record : decodedRecord(record);
}

/** At most, and exactly if all of them are whole. */
function countFrames(bytes: Buffer): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at += frameBytesAt(bytes, at)) count += 1;
  return count;
}

function frameBytesAt(bytes: Buffer, offset: number): number {
  if (bytes.length - offset < frameHeaderBytes) return frameHeaderBytes;
  const length = ((bytes[offset + 1] as number) << 8) | (bytes[offset + 2] as number);
  return frameHeaderBytes + length;
}

/** The opcode of the command in one record of a batch that was built or checked before. */
export function commandOpcodeAt(batch: Batch, op: Op): number {
  const index = op - batch.firstOp;
  let at = (index === 0 ? 0 : (batch.ends[index - 1] as number)) + frameHeaderBytes;
  for (let bars = 0; bars < recordFields.length - 1; bars += 1) {
    at = batch.bytes.indexOf(0x7c, at) + 1;
  }
  let opcode = 0;
  while (batch.bytes[at] !== 0x7c) {
    opcode = opcode * 10 + ((batch.bytes[at] as number) - 0x30);
    at += 1;
    if (at >= batch.bytes.length) return 0;
  }
  return opcode;
}

/** Whether one record of a batch that was built or checked before is a view's. */
export function isViewAt(batch: Batch, op: Op): boolean {
  const record = batch.records?.[op - batch.firstOp];
  if (record !== undefined) return record.command.type === "view";
  return commandOpcodeAt(batch, op) === viewOpcode;
}

/** The time of the batch's last record, microseconds since 1970; -1 when it cannot be read. */
export function lastAtUsOf(batch: Batch): number {
  const frame = frameAt(batch, batch.lastOp);
  const { length } = frame;
  const op = barFrom(frame, frameHeaderBytes, length) + 1;
  const atUs = barFrom(frame, op, length) + 1;
  return readUint(frame, atUs, barFrom(frame, atUs, length));
}
