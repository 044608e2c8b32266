// How one value becomes one field and back: printable ASCII, with "|", "%" and every byte outside
// 0x20–0x7E as %XX of its UTF-8 bytes (DESIGN §4). A field that is not canonical is refused,
// so that equal values have equal bytes. Never throws on what came from outside.

import type { AccountId, Ballot, Chain, ClientId, Incarnation, Op } from "../base/ids.ts";
import type { ServerId } from "../base/ids.ts";
import { isClientId } from "../base/ids.ts";

/** What each kind of field is in memory. */
export interface FieldTypes {
  /** Whole number from 0 to 2^53 - 1. */
  uint: number;
  op: Op;
  ballot: Ballot;
  server: ServerId;
  incarnation: Incarnation;
  chain: Chain;
  account: AccountId;
  /** Any text. */
  text: string;
  /** Text that stays as it stands on the wire; `unescapeText` gives what people read. */
  escaped: string;
  /** Bytes as lower-case hexadecimal digits. */
  hex: string;
  /** Bytes as base64. */
  bytes: Buffer;
  flag: boolean;
  client: ClientId;
  /** Whole numbers joined by commas. */
  uints: readonly number[];
  servers: readonly ServerId[];
  incarnations: readonly Incarnation[];
  /** Non-empty texts joined by commas. */
  texts: readonly string[];
}

export type FieldKind = keyof FieldTypes;

const plainText = /^[\x20-\x24\x26-\x7b\x7d\x7e]*$/;
const printable = /^[\x20-\x7e]*$/;
const escapedText = /^(?:[\x20-\x24\x26-\x7b\x7d\x7e]|%[0-9A-F]{2})*$/;
const percent = 0x25;
const digits = "0123456789ABCDEF";
const uintDigitsMax = 16;
const hexDigits = /^(?:[0-9a-f]{2})*$/;

export function escapeText(text: string): string {
  if (plainText.test(text)) return text;
  if (printable.test(text)) return text.replaceAll("%", "%25").replaceAll("|", "%7C");
  const bytes = Buffer.from(text, "utf8");
  const escaped = Buffer.allocUnsafe(3 * bytes.length);
  let length = 0;
  for (const byte of bytes) {
    if (byte >= 0x20 && byte <= 0x7e && byte !== bar && byte !== percent) {
      escaped[length++] = byte;
      continue;
    }
    escaped[length++] = percent;
    escaped[length++] = digits.charCodeAt(byte >> 4);
    escaped[length++] = digits.charCodeAt(byte & 0xf);
  }
  return escaped.latin1Slice(0, length);
}

/** The text, or null when the field is not exactly what `escapeText` makes of one. */
export function unescapeText(field: string): string | null {
  if (plainText.test(field)) return field;
  if (!escapedText.test(field)) return null;
  const bytes = Buffer.allocUnsafe(field.length);
  let length = 0;
  for (let at = 0; at < field.length; at += 1, length += 1) {
    const code = field.charCodeAt(at);
    if (code !== percent) {
      bytes[length] = code;
      continue;
    }
    bytes[length] = 16 * digitAt(field, at + 1) + digitAt(field, at + 2);
    at += 2;
  }
  const text = bytes.toString("utf8", 0, length);
  return escapeText(text) === field ? text : null;
}

/** Of a number in hexadecimal that has capital letters. */
function digitAt(field: string, at: number): number {
  const code = field.charCodeAt(at);
  return code <= 0x39 ? code - 0x30 : code - 0x37;
}

/** Text that stays escaped in memory is checked for form alone, which is enough to pass it on. */
export function isEscapedText(field: string): boolean {
  return plainText.test(field) || escapedText.test(field);
}

/** The wire's number, or -1. */
export function parseUint(field: string): number {
  return parseUintIn(field, 0, field.length);
}

/** Of the field that stands in [start, end). */
function parseUintIn(payload: string, start: number, end: number): number {
  const length = end - start;
  if (length <= 0 || length > uintDigitsMax) return -1;
  let value = payload.charCodeAt(start) - 0x30;
  if (value === 0) return length === 1 ? 0 : -1;
  if (value < 0 || value > 9) return -1;
  for (let at = start + 1; at < end; at += 1) {
    const digit = payload.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value <= Number.MAX_SAFE_INTEGER ? value : -1;
}

export function encodeField(kind: FieldKind, value: unknown): string {
  switch (kind) {
    case "text":
      return escapeText(value as string);
    case "flag":
      return value === true ? "1" : "0";
    case "uints":
    case "servers":
    case "incarnations":
      return (value as readonly number[]).join(",");
    case "texts":
      return (value as readonly string[]).map(escapeItem).join(",");
    case "bytes":
      return (value as Buffer).toString("base64");
    default:
      return String(value);
  }
}

/**
 * The value of the field that stands in [start, end), or undefined when it is not of its kind. Most
 * fields are numbers, which need no string of their own.
 */
export type FieldDecoder = (payload: string, start: number, end: number) => unknown;

/** Looked up once by whoever decodes many fields of a kind. */
export function decoderOf(kind: FieldKind): FieldDecoder {
  return decoders[kind];
}

export function decodeField(kind: FieldKind, field: string): unknown {
  return decoders[kind](field, 0, field.length);
}

/** The highest id that a server may have. */
export const serverMax = 63;

const decodeNumber: FieldDecoder = (payload, start, end) => {
  const value = parseUintIn(payload, start, end);
  return value < 0 ? undefined : value;
};

const decodePositive: FieldDecoder = (payload, start, end) => {
  const value = parseUintIn(payload, start, end);
  return value < 1 ? undefined : value;
};

const decodeFlag: FieldDecoder = (payload, start, end) => {
  if (end - start !== 1) return undefined;
  const digit = payload.charCodeAt(start);
  return digit === 0x31 ? true : digit === 0x30 ? false : undefined;
};

const decoders: Readonly<Record<FieldKind, FieldDecoder>> = {
  uint: decodeNumber,
  op: decodeNumber,
  ballot: decodeNumber,
  server: numberUpTo(serverMax),
  incarnation: decodePositive,
  chain: numberUpTo(0xffff_ffff),
  account: decodePositive,
  text: decodeOf((field) => unescapeText(field) ?? undefined),
  escaped: decodeOf((field) => (isEscapedText(field) ? field : undefined)),
  hex: decodeOf((field) => (hexDigits.test(field) ? field : undefined)),
  bytes: decodeOf(decodeBytes),
  flag: decodeFlag,
  client: decodeOf((field) => (isClientId(field) ? field : undefined)),
  uints: numbersBetween(0, Number.MAX_SAFE_INTEGER),
  servers: numbersBetween(0, serverMax),
  incarnations: numbersBetween(1, Number.MAX_SAFE_INTEGER),
  texts: decodeOf(decodeTexts),
};

/** Of what needs the field as a string. */
function decodeOf(decode: (field: string) => unknown): FieldDecoder {
  return (payload, start, end) => decode(payload.slice(start, end));
}

function numberUpTo(max: number): FieldDecoder {
  return (payload, start, end) => {
    const value = parseUintIn(payload, start, end);
    return value < 0 || value > max ? undefined : value;
  };
}

function numbersBetween(min: number, max: number): FieldDecoder {
  return (payload, fieldStart, fieldEnd) => {
    const values: number[] = [];
    for (let start = fieldStart; start < fieldEnd;) {
      const end = commaFrom(payload, start, fieldEnd);
      const value = parseUintIn(payload, start, end);
      if (value < min || value > max || end + 1 === fieldEnd) return undefined;
      values.push(value);
      start = end + 1;
    }
    return values;
  };
}

/** Where the next comma stands, or `end`. */
function commaFrom(payload: string, start: number, end: number): number {
  let at = start;
  while (at < end && payload.charCodeAt(at) !== 0x2c) at += 1;
  return at;
}

function decodeBytes(field: string): Buffer | undefined {
  const bytes = Buffer.from(field, "base64");
  return bytes.toString("base64") === field ? bytes : undefined;
}

function decodeTexts(field: string): readonly string[] | undefined {
  if (field === "") return [];
  const texts: string[] = [];
  for (const item of field.split(",")) {
    const text = item === "" ? null : unescapeText(item.replaceAll("%2C", ","));
    if (text === null || escapeItem(text) !== item) return undefined;
    texts.push(text);
  }
  return texts;
}

function escapeItem(text: string): string {
  return escapeText(text).replaceAll(",", "%2C");
}

/** Ends every field of a payload but the last. */
export const bar = 0x7c;

/** Where the next bar stands from `start` on; `end` when none does. */
export function barFrom(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== bar) at += 1;
  return at;
}
