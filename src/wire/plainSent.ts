// The shortest way to the most frequent reply: `sent` straight to its payload, with what is known
// only when it is spoken, without the table's loop. Gives exactly what the table gives.

import { escapeText } from "./fields.ts";
import type { MessageOf } from "./messages.ts";

type Sent = MessageOf<"sent">;

/** Of `reply`, but for how many hold it and whether the recipient is on. */
export function sentPayload(reply: Sent, spoken: Pick<Sent, "copies" | "online">): string {
  const { request, op, to, atMs } = reply;
  const online = spoken.online ? 1 : 0;
  return `${request}|${op}|${spoken.copies}|${escapeText(to)}|${digitsOf(atMs)}|${online}`;
}

let lastMs = 0;
let lastDigits = "0";

/** Of a time: many messages share it, and the digits of a large number take long to make. */
function digitsOf(atMs: number): string {
  if (atMs !== lastMs) {
    lastMs = atMs;
    lastDigits = String(atMs);
  }
  return lastDigits;
}
