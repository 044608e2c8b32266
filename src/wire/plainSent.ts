// The shortest way to the most frequent reply: `sent` straight to its frame's bytes, with what is
// known only when it is spoken, without the table's loop and without a string for each number.
// Gives exactly what the table gives.

import { writeUint } from "../base/digits.ts";
import { frameHeaderBytes, nameLettersMax } from "../base/limits.ts";
import { opcodeOf, writeFrameHeader } from "./codec.ts";
import { bar, escapeText } from "./fields.ts";
import type { MessageOf } from "./messages.ts";

type Sent = MessageOf<"sent">;

const sentOpcode = opcodeOf("sent");
const digitZero = 0x30;
/** A letter takes at most four bytes, and a byte three characters. */
export const nameBytesMax = nameLettersMax * 12;
/** Four numbers, the name, a flag, five bars. */
export const sentFrameBytesMax = frameHeaderBytes + 4 * 16 + nameBytesMax + 1 + 5;

/** Whether its frame takes no more than that. */
export function isShortSent(reply: Sent): boolean {
  return reply.to.length <= nameLettersMax;
}

/**
 * Writes the frame of `reply` at `start`, but for how many hold it and whether the recipient is on;
 * returns the offset behind it.
 */
export function writeSentFrame(
  target: Buffer,
  start: number,
  reply: Sent,
  spoken: Pick<Sent, "copies" | "online">,
): number {
  let at = writeUint(target, start + frameHeaderBytes, reply.request);
  target[at] = bar;
  at = writeUint(target, at + 1, reply.op);
  target[at] = bar;
  at = writeUint(target, at + 1, spoken.copies);
  target[at] = bar;
  at = writeName(target, at + 1, reply.to);
  target[at] = bar;
  at = writeUint(target, at + 1, reply.atMs);
  target[at] = bar;
  target[at + 1] = spoken.online ? digitZero + 1 : digitZero;
  const end = at + 2;
  writeFrameHeader(target, start, { opcode: sentOpcode, end });
  return end;
}

/** A name as a field of a frame; returns the offset behind it. */
export function writeName(target: Buffer, start: number, name: string): number {
  const end = start + name.length;
  for (let at = start; at < end; at += 1) {
    const code = name.charCodeAt(at - start);
    if (!isPlain(code)) {
      const escaped = escapeText(name);
      return start + target.latin1Write(escaped, start, escaped.length);
    }
    target[at] = code;
  }
  return end;
}

/** Letters and digits, of which nearly all names are; the table may have to escape all else. */
function isPlain(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || isDigit(code);
}

function isDigit(code: number): boolean {
  return code >= digitZero && code <= 0x39;
}
