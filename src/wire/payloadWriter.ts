// Fields as bytes, one behind the other: most are numbers, for which strings, each to be joined to
// the one before, would cost several times as much. Which fields a message has, the codec knows.

import { assert } from "../base/assert.ts";
import { writeUint } from "../base/digits.ts";
import { bar, encodeField, type FieldKind } from "./fields.ts";

/** A call out of the engine costs more than so few characters do. */
const shortTextMax = 24;
const uintBytesMax = 16;
const comma = 0x2c;

/** A message: an object each of whose fields may be asked for by its name. */
type Values = Readonly<Record<string, unknown>>;

export interface FieldList {
  readonly names: readonly string[];
  readonly kinds: readonly FieldKind[];
}

/** Writes the fields, joined by bars, and returns the offset behind them: they fit the target. */
export function writeFields(
  target: Buffer,
  start: number,
  { names, kinds }: FieldList,
  values: Values,
): number {
  let end = start;
  for (let at = 0; at < names.length; at += 1) {
    if (at > 0) target[end++] = bar;
    end = writeField(target, end, kinds[at] as FieldKind, values[names[at] as string]);
  }
  return end;
}

/**
 * Writes the first bytes of a payload as a text field, in which no bar may stand: three times as
 * many have room in the target. A payload is printable ASCII.
 */
export function writeEscaped(target: Buffer, start: number, payload: Buffer, end: number): number {
  let at = start;
  for (let from = 0; from < end; from += 1) {
    const byte = payload[from] as number;
    if (byte === bar || byte === percent) {
      target[at++] = percent;
      target[at++] = byte === bar ? 0x37 : 0x32;
      target[at++] = byte === bar ? 0x43 : 0x35;
    } else target[at++] = byte;
  }
  return at;
}

const percent = 0x25;

function writeField(target: Buffer, start: number, kind: FieldKind, value: unknown): number {
  if (typeof value === "number") return writeNumber(target, start, value);
  switch (kind) {
    case "flag":
      target[start] = value === true ? 0x31 : 0x30;
      return start + 1;
    case "uints":
    case "servers":
    case "incarnations":
      return writeList(target, start, value as readonly number[]);
    default:
      return writeText(target, start, encodeField(kind, value));
  }
}

function writeList(target: Buffer, start: number, values: readonly number[]): number {
  let end = start;
  for (let at = 0; at < values.length; at += 1) {
    if (at > 0) target[end++] = comma;
    end = writeNumber(target, end, values[at] as number);
  }
  return end;
}

function writeNumber(target: Buffer, start: number, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) return writeText(target, start, String(value));
  assert(start + uintBytesMax <= target.length, "it fits a frame");
  return writeUint(target, start, value);
}

function writeText(target: Buffer, start: number, text: string): number {
  const { length } = text;
  assert(start + length <= target.length, "it fits a frame");
  if (length > shortTextMax) return start + target.latin1Write(text, start, length);
  for (let at = 0; at < length; at += 1) target[start + at] = text.charCodeAt(at);
  return start + length;
}
