// The shortest way to what a sender is told most often: `status` straight to its frame's bytes,
// without the table's loop and without a string of its own. Gives exactly what the table gives.

import { writeUint } from "../base/digits.ts";
import { frameHeaderBytes, nameLettersMax } from "../base/limits.ts";
import { opcodeOf, writeFrameHeader } from "./codec.ts";
import { bar } from "./fields.ts";
import type { MessageOf } from "./messages.ts";
import { nameBytesMax, writeName } from "./plainSent.ts";

type Status = MessageOf<"status">;

const statusOpcode = opcodeOf("status");
const clientIdDigits = 32;
/** As long as "delivered": the other word is shorter. */
const wordBytesMax = 9;
/** The client's id, a number, the name, the word, three bars: no longer than a `sent`. */
export const statusFrameBytesMax =
  frameHeaderBytes + clientIdDigits + 16 + nameBytesMax + wordBytesMax + 3;

/** Whether its frame takes no more than that. */
export function isShortStatus({ to, status }: Status): boolean {
  return to.length <= nameLettersMax && status.length <= wordBytesMax;
}

/** Writes the frame at `start`; returns the offset behind it. */
export function writeStatusFrame(target: Buffer, start: number, status: Status): number {
  let at = writeName(target, start + frameHeaderBytes, status.client);
  target[at] = bar;
  at = writeUint(target, at + 1, status.request);
  target[at] = bar;
  at = writeName(target, at + 1, status.to);
  target[at] = bar;
  const end = writeName(target, at + 1, status.status);
  writeFrameHeader(target, start, { opcode: statusOpcode, end });
  return end;
}
