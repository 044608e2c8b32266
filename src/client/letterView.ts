// Messages of the servers, as they were read, as views: PURE. How a view looks is decided where it
// is rendered; this adds nothing to what came.

import type { MessageOf } from "../wire/messages.ts";
import type { Read } from "./sealing/reading.ts";
import type { LetterView } from "./views.ts";

/** Whether it belongs to that conversation. */
export function isOf({ from, group }: LetterView, partner: string | null): boolean {
  const room = group === "" ? from : group;
  return partner !== null && room.toLowerCase() === partner.toLowerCase();
}

export function letterView(
  letter: MessageOf<"message"> | MessageOf<"item"> | MessageOf<"entry">,
  { text, doubt, signedBy }: Read,
): LetterView {
  const { client, request, seq, from, to, group, atMs, own, late, format } = letter;
  const event = format === "e" ? text : "";
  const id = { client, request };
  const beside = { ...(doubt && { doubt }), ...(signedBy !== undefined && { signedBy }) };
  return { id, seq, from, to, group, text, atMs, own, event, late, ...beside };
}
