// The shortest way from a letter's line to what is sent of it: the frame that shows it, and the
// identity that its sender is told of. Bytes to bytes: reading the line into strings, and an object
// of them, would cost a delivery more than all the rest. Gives exactly what letterLine.ts and the
// table give. It marks nothing, and knows no group's letters.

import { assert } from "../base/assert.ts";
import { copyShort } from "../base/bytes.ts";
import { leadingUint, writeUint } from "../base/digits.ts";
import type { ClientId } from "../base/ids.ts";
import { frameHeaderBytes } from "../base/limits.ts";
import { opcodeOf, writeFrameHeader } from "../wire/codec.ts";
import { writeName } from "../wire/plainSent.ts";
import type { Account, Accounts } from "./accounts.ts";
import { groupMarkByte } from "./groupLine.ts";
import type { LetterIdentity } from "./letterLine.ts";
import { senderSkipBytes } from "./letterLine.ts";
import type { LetterAddress, LetterStore } from "./letters.ts";

const messageOpcode = opcodeOf("message");
const bar = 0x7c;
const newline = 0x0a;
const digitZero = 0x30;
const shortIdLetters = 22;
const longIdDigits = 32;

/** What each letter of base64url stands for. */
const sextets = new Uint8Array(128);
for (const [index, letter] of [
  ..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
].entries()) {
  sextets[letter.charCodeAt(0)] = index;
}
const hexDigits = Buffer.from("0123456789abcdef");

export class LetterFrames {
  readonly #accounts: Accounts;
  readonly #letters: LetterStore;
  readonly #id = Buffer.alloc(longIdDigits);

  constructor(accounts: Accounts, letters: LetterStore) {
    this.#accounts = accounts;
    this.#letters = letters;
  }

  /**
   * Writes the frame at `start` and returns the offset behind it; `start` for an own copy of what
   * the client `echoOf` (in short form) has sent; -1 for a letter of a group.
   */
  write(target: Buffer, start: number, owner: Account, seq: number, echoOf: string): number {
    const address = owner.mailbox.addressAt(seq);
    const slab = this.#letters.slabOf(address);
    const line = this.#letters.startOf(slab, address);
    if (slab[line] === groupMarkByte) return -1;
    const from = leadingUint(slab, line + senderSkipBytes);
    const toAt = behindBar(slab, line + senderSkipBytes);
    const to = leadingUint(slab, toAt);
    const timeAt = behindBar(slab, behindBar(slab, behindBar(slab, toAt)));
    const lateAt = behindBar(slab, timeAt);
    const clientAt = lateAt + 2;
    const isOwn = from === owner.id;
    if (isOwn && from !== to && isClient(slab, clientAt, echoOf)) return start;
    const requestAt = clientAt + shortIdLetters + 1;
    const formatAt = behindBar(slab, requestAt);
    let at = writeUint(target, start + frameHeaderBytes, seq);
    target[at] = bar;
    at = writeLongId(target, at + 1, slab, clientAt);
    target[at] = bar;
    at = copyShort(slab, requestAt, formatAt, target, at + 1);
    at = writeName(target, at, this.#accounts.nameOf(from));
    target[at] = bar;
    at = writeName(target, at + 1, this.#accounts.nameOf(to));
    target[at] = bar;
    // No group.
    target[at + 1] = bar;
    at = copyShort(slab, timeAt, clientAt, target, at + 2);
    target[at] = isOwn ? digitZero + 1 : digitZero;
    target[at + 1] = bar;
    // The format and the body.
    const end = copyShort(slab, formatAt, slab.indexOf(newline, formatAt), target, at + 2);
    writeFrameHeader(target, start, { opcode: messageOpcode, end });
    return end;
  }

  /** Who sent it in which request; null for a letter of a group. */
  identityAt(address: LetterAddress): LetterIdentity | null {
    const slab = this.#letters.slabOf(address);
    const line = this.#letters.startOf(slab, address);
    if (slab[line] === groupMarkByte) return null;
    let at = line + senderSkipBytes;
    for (let field = 0; field < fieldsBeforeLate; field += 1) at = behindBar(slab, at);
    const clientAt = at + 2;
    const idEnd = writeLongId(this.#id, 0, slab, clientAt);
    assert(idEnd === longIdDigits, "an id is whole");
    // It has digits alone, as many as it takes: to look for others would cost as much as the rest.
    const client = this.#id.latin1Slice(0, idEnd) as ClientId;
    return { client, request: leadingUint(slab, clientAt + shortIdLetters + 1) };
  }
}

/** from, to, both positions, the time. */
const fieldsBeforeLate = 5;

/** Behind the next bar: where a line's next field begins. */
export function behindBar(bytes: Buffer, start: number): number {
  let at = start;
  while (bytes[at] !== bar) at += 1;
  return at + 1;
}

function isClient(bytes: Buffer, start: number, short: string): boolean {
  if (short.length !== shortIdLetters) return false;
  for (let index = 0; index < shortIdLetters; index += 1) {
    if (bytes[start + index] !== short.charCodeAt(index)) return false;
  }
  return true;
}

/** 128 bits: the last of the 22 letters holds two of them. */
function writeLongId(target: Buffer, start: number, source: Buffer, shortAt: number): number {
  let bits = 0;
  let count = 0;
  let at = start;
  for (let index = shortAt; index < shortAt + shortIdLetters; index += 1) {
    bits = (bits << 6) | (sextets[source[index] as number] as number);
    count += 6;
    while (count >= 4 && at < start + longIdDigits) {
      count -= 4;
      target[at] = hexDigits[(bits >>> count) & 15] as number;
      at += 1;
    }
    bits &= 15;
  }
  return at;
}
