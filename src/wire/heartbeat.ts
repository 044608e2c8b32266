// The shortest way of what servers say most: a heartbeat straight to its frame's bytes and back,
// without the table's loop, a string of the whole, or an object that is filled by name. It writes
// exactly what the table writes; what is not in its only form is the table's to refuse in words.

import { writeUint } from "../base/digits.ts";
import type { Ballot, Incarnation, Op, ServerId } from "../base/ids.ts";
import { frameHeaderBytes } from "../base/limits.ts";
import { opcodeOf, writeFrameHeader } from "./codec.ts";
import { bar, barFrom, decodeField, serverMax } from "./fields.ts";
import type { MessageOf } from "./messages.ts";
import { writeName } from "./plainSent.ts";
import { TextCache } from "./textCache.ts";

type Heartbeat = MessageOf<"heartbeat">;

export const heartbeatOpcode = opcodeOf("heartbeat");

const digitZero = 0x30;
const digitOne = 0x31;
const comma = 0x2c;
const uintDigitsMax = 16;
const roomLettersMax = 16;
/** Every id once, each with a comma. */
const serversLettersMax = 3 * (serverMax + 1);
/** Ten numbers, four flags, two lists, a word of which every byte may be escaped, and bars. */
const frameBytesMax =
  frameHeaderBytes + 10 * uintDigitsMax + 4 + 2 * serversLettersMax + 12 * roomLettersMax + 15;
/** Frames are cut from pieces of memory of this size, one behind the other. */
const pieceBytes = 16_384;

const rooms = new TextCache((word) => /^[a-z]+$/.test(word));
const listTexts = new TextCache((text) => text.length <= serversLettersMax);
/** What lists that came lately say, by their text: they seldom change. */
const lists = new Map<string, readonly ServerId[]>();
const listsMax = 1_024;
let piece = Buffer.allocUnsafeSlow(0);
let usedBytes = 0;

/** Its frame; null where it says more than any honest one. */
export function heartbeatFrame(heartbeat: Heartbeat): Buffer | null {
  const { leases, hears, room } = heartbeat;
  if (Math.max(leases.length, hears.length) > serverMax + 1) return null;
  if (room.length > roomLettersMax) return null;
  if (piece.length - usedBytes < frameBytesMax) {
    piece = Buffer.allocUnsafeSlow(pieceBytes);
    usedBytes = 0;
  }
  const start = usedBytes;
  usedBytes = writeHeartbeat(piece, start, heartbeat);
  return piece.subarray(start, usedBytes);
}

/** Returns the offset behind it. */
function writeHeartbeat(target: Buffer, start: number, heartbeat: Heartbeat): number {
  let at = writeNumber(target, start + frameHeaderBytes, heartbeat.sentAtMs);
  at = writeNumber(target, at, heartbeat.incarnation);
  at = writeNumber(target, at, heartbeat.receiver);
  at = writeFlag(target, at, heartbeat.normal);
  at = writeNumber(target, at, heartbeat.ballot);
  at = writeFlag(target, at, heartbeat.active);
  at = writeNumber(target, at, heartbeat.primary);
  at = writeNumber(target, at, heartbeat.promised);
  at = writeNumber(target, at, heartbeat.lastOp);
  at = writeNumber(target, at, heartbeat.committed);
  at = writeServers(target, at, heartbeat.leases);
  at = writeServers(target, at, heartbeat.hears);
  at = writeNumber(target, at, heartbeat.answers);
  at = writeFlag(target, at, heartbeat.granted);
  at = writeFlag(target, at, heartbeat.wants);
  const end = writeName(target, at, heartbeat.room);
  writeFrameHeader(target, start, { opcode: heartbeatOpcode, end });
  return end;
}

// Each of these writes a field and the bar behind it.

function writeNumber(target: Buffer, start: number, value: number): number {
  const end = writeUint(target, start, value);
  target[end] = bar;
  return end + 1;
}

function writeFlag(target: Buffer, start: number, value: boolean): number {
  target[start] = value ? digitOne : digitZero;
  target[start + 1] = bar;
  return start + 2;
}

function writeServers(target: Buffer, start: number, servers: readonly ServerId[]): number {
  let end = start;
  for (let at = 0; at < servers.length; at += 1) {
    if (at > 0) target[end++] = comma;
    end = writeUint(target, end, servers[at] as number);
  }
  target[end] = bar;
  return end + 1;
}

/** Null when the payload in [start, end) is not one in its only form, or says an odd word. */
export function readHeartbeat(bytes: Buffer, start: number, end: number): Heartbeat | null {
  cursor.begin(bytes, start, end);
  const heartbeat: Heartbeat = {
    type: "heartbeat",
    sentAtMs: cursor.number(0),
    incarnation: cursor.number(1) as Incarnation,
    receiver: cursor.number(1) as Incarnation,
    normal: cursor.flag(),
    ballot: cursor.number(0) as Ballot,
    active: cursor.flag(),
    primary: cursor.number(0),
    promised: cursor.number(0) as Ballot,
    lastOp: cursor.number(0) as Op,
    committed: cursor.number(0) as Op,
    leases: cursor.servers(),
    hears: cursor.servers(),
    answers: cursor.number(0),
    granted: cursor.flag(),
    wants: cursor.flag(),
    room: cursor.lastWord(),
  };
  return cursor.isSound ? heartbeat : null;
}

/** Takes one field after the other, each with the bar behind it. */
class Cursor {
  /** Every field so far was of its kind. */
  isSound = true;
  private bytes: Buffer = piece;
  private at = 0;
  private end = 0;

  begin(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.isSound = true;
  }

  /** A whole number, no less than `min`. */
  number(min: number): number {
    const value = this.digits();
    if (value < min || value > Number.MAX_SAFE_INTEGER) this.isSound = false;
    this.pass(bar);
    return value;
  }

  flag(): boolean {
    const digit = this.at < this.end ? this.bytes[this.at] : undefined;
    if (digit !== digitZero && digit !== digitOne) this.isSound = false;
    this.at += 1;
    this.pass(bar);
    return digit === digitOne;
  }

  servers(): readonly ServerId[] {
    const start = Math.min(this.at, this.end);
    this.at = barFrom(this.bytes, start, this.end);
    const text = listTexts.read(this.bytes, start, this.at);
    const servers = text === null ? undefined : listOf(text);
    if (servers === undefined) this.isSound = false;
    this.pass(bar);
    return servers ?? [];
  }

  /** What is left, in small letters. */
  lastWord(): string {
    if (!this.isSound || this.at > this.end) return "";
    const word = rooms.read(this.bytes, this.at, this.end);
    if (word === null) this.isSound = false;
    return word ?? "";
  }

  /** A number in its only form, of as many digits as one may have; -1 for anything else. */
  private digits(): number {
    const { bytes, end, at: start } = this;
    let at = start;
    let value = 0;
    for (; at < end; at += 1) {
      const digit = (bytes[at] as number) - digitZero;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    this.at = at;
    const length = at - start;
    const isPadded = length > 1 && bytes[start] === digitZero;
    return length < 1 || length > uintDigitsMax || isPadded ? -1 : value;
  }

  private isAt(byte: number): boolean {
    return this.at < this.end && this.bytes[this.at] === byte;
  }

  private pass(byte: number): void {
    if (!this.isAt(byte)) this.isSound = false;
    this.at += 1;
  }
}

const cursor = new Cursor();

function listOf(text: string): readonly ServerId[] | undefined {
  const known = lists.get(text);
  if (known !== undefined) return known;
  const servers = decodeField("servers", text) as readonly ServerId[] | undefined;
  if (lists.size >= listsMax) lists.clear();
  if (servers !== undefined) lists.set(text, servers);
  return servers;
}
