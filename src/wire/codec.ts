// Messages to frames and back, both driven by the table in messages.ts. Any byte string either
// decodes or is refused in words; nothing throws on what came from outside.

import { assert } from "../base/assert.ts";
import { frameBytesMax, frameHeaderBytes, framePayloadBytesMax } from "../base/limits.ts";
import type { FieldDecoder, FieldKind } from "./fields.ts";
import { decodeField, decoderOf } from "./fields.ts";
import type { Message, MessageType } from "./messages.ts";
import { messages } from "./messages.ts";
import { writeFields } from "./payloadWriter.ts";
import type { WireRefusal } from "./refusals.ts";
import { refuse } from "./refusals.ts";

interface Plan {
  readonly type: MessageType;
  readonly opcode: number;
  readonly names: readonly string[];
  readonly kinds: readonly FieldKind[];
  readonly decoders: readonly FieldDecoder[];
}

const plansByType = new Map<string, Plan>();
const plansByOpcode: (Plan | undefined)[] = [];
for (const [type, spec] of Object.entries(messages)) {
  const names = Object.keys(spec.fields);
  const kinds = Object.values(spec.fields) as FieldKind[];
  const decoders = kinds.map(decoderOf);
  const plan: Plan = { type: type as MessageType, opcode: spec.opcode, names, kinds, decoders };
  assert(plansByOpcode[spec.opcode] === undefined, `opcode ${spec.opcode} stands twice`);
  assert(names.length > 0, "a payload has at least one field", type);
  plansByType.set(type, plan);
  plansByOpcode[spec.opcode] = plan;
}

type Fields = Record<string, unknown>;

/**
 * Makes `{ type }` with room for the other fields: a literal that grows by more than a dozen
 * becomes a hash table to the engine, slow to fill and slower to read. Room is kept as the first
 * few need it, so those are the largest.
 */
const Blank = function (this: Fields, type: MessageType): void {
  this["type"] = type;
} as unknown as new (type: MessageType) => Fields;
Blank.prototype = Object.prototype;
for (const plan of [...plansByType.values()].sort((a, b) => b.names.length - a.names.length)) {
  const blank = new Blank(plan.type);
  for (const name of plan.names) blank[name] = null;
}

export type Decoded = { readonly ok: true; readonly message: Message } | WireRefusal;

const printable = /^[\x20-\x7e]*$/;

/** The whole frame: opcode, length, payload. */
export function encodeMessage(message: Message): Buffer {
  return Buffer.from(scratch.subarray(0, writeScratch(message)));
}

/** The same, a character a byte. */
export function encodeFrameText(message: Message): string {
  return scratch.latin1Slice(0, writeScratch(message));
}

/** Fields joined by "|"; printable ASCII, at most 65,535 bytes. */
export function encodePayload(message: Message): string {
  return scratch.latin1Slice(frameHeaderBytes, writeScratch(message));
}

/** The payload's bytes at `start`, where a frame has room; returns the offset behind them. */
export function writePayload(target: Buffer, start: number, message: Message): number {
  return writeFields(target, start, planOf(message), valuesOf(message));
}

/** Where one frame after the other is made; a number or bar more than fits is noticed behind it. */
const scratch = Buffer.allocUnsafeSlow(frameBytesMax + 32);

function writeScratch(message: Message): number {
  const plan = planOf(message);
  const end = writeFields(scratch, frameHeaderBytes, plan, valuesOf(message));
  assert(end <= frameBytesMax, "it fits a frame", message.type);
  writeFrameHeader(scratch, 0, { opcode: plan.opcode, end });
  return end;
}

function planOf({ type }: Message): Plan {
  const plan = plansByType.get(type);
  assert(plan !== undefined, "no such message", type);
  return plan;
}

function valuesOf(message: Message): Readonly<Record<string, unknown>> {
  return message as unknown as Readonly<Record<string, unknown>>;
}

/** Writes one frame at `offset` and returns the offset behind it. */
export function writeFrame(
  target: Buffer,
  offset: number,
  frame: { readonly opcode: number; readonly payload: string },
): number {
  const length = frame.payload.length;
  assert(length <= framePayloadBytesMax, "a frame's length fits its two bytes");
  target.latin1Write(frame.payload, offset + frameHeaderBytes, length);
  const end = offset + frameHeaderBytes + length;
  writeFrameHeader(target, offset, { opcode: frame.opcode, end });
  return end;
}

/** Of the frame whose payload stands behind the header's place and ends at `end`. */
export function writeFrameHeader(
  target: Uint8Array,
  start: number,
  { opcode, end }: { readonly opcode: number; readonly end: number },
): void {
  const length = end - start - frameHeaderBytes;
  target[start] = opcode;
  target[start + 1] = length >>> 8;
  target[start + 2] = length & 0xff;
}

export function opcodeOf(type: MessageType): number {
  return messages[type].opcode;
}

export function typeOf(opcode: number): MessageType | undefined {
  return plansByOpcode[opcode]?.type;
}

/** Decodes one payload, given as one character a byte (latin1). */
export function decodePayload(opcode: number, payload: string): Decoded {
  const plan = plansByOpcode[opcode];
  if (plan === undefined) {
    return refuse("unknown-opcode", `Opcode ${opcode} is not known here.`);
  }
  const values = new Blank(plan.type);
  const { length } = plan.names;
  let start = 0;
  for (let at = 0; at < length; at += 1) {
    const bar = payload.indexOf("|", start);
    const end = bar < 0 ? payload.length : bar;
    const value = (plan.decoders[at] as FieldDecoder)(payload, start, end);
    if (value === undefined || bar < 0 !== (at === length - 1)) return refusalOf(plan, payload);
    values[plan.names[at] as string] = value;
    start = end + 1;
  }
  // The table drove every field and its kind, so the object is of the message's type.
  return { ok: true, message: values as unknown as Message };
}

/** What is wrong with a payload that cannot be decoded. */
function refusalOf(plan: Plan, payload: string): WireRefusal {
  // No kind of field takes such a byte, so that those that decode need not be looked through.
  if (!printable.test(payload)) {
    return refuse("not-ascii", `A ${plan.type} frame holds bytes outside printable ASCII.`);
  }
  const fields = payload.split("|");
  const wanted = plan.names.length;
  if (fields.length !== wanted) {
    const message = `A ${plan.type} frame has ${wanted} fields; this one has ${fields.length}.`;
    return refuse("wrong-field-count", message);
  }
  const at = fields.findIndex((field, index) => {
    return decodeField(plan.kinds[index] as FieldKind, field) === undefined;
  });
  const name = plan.names[at] as string;
  const kind = plan.kinds[at] as FieldKind;
  return refuse("bad-field", `Field ${name} of a ${plan.type} frame is not a valid ${kind}.`);
}
