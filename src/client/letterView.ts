// Messages of the servers as views: PURE. How a view looks is decided where it is rendered; this
// adds nothing to what came.

import { unescapeText } from "../wire/fields.ts";
import type { MessageOf } from "../wire/messages.ts";
import type { LetterView } from "./views.ts";

/** Whether it belongs to that conversation. */
export function isOf({ from, group }: LetterView, partner: string | null): boolean {
  const room = group === "" ? from : group;
  return partner !== null && room.toLowerCase() === partner.toLowerCase();
}

export function letterView(
  letter: MessageOf<"message"> | MessageOf<"item"> | MessageOf<"entry">,
): LetterView {
  const { client, request, seq, from, to, group, atMs, own, late, format, body } = letter;
  // A body that is not canonical is shown as it came; inert either way.
  const text = unescapeText(body) ?? body;
  const event = format === "e" ? text : "";
  return { id: { client, request }, seq, from, to, group, text, atMs, own, event, late };
}
