// A line of somebody's mailbox, as the judges look at it: what it says, and where it stands. They
// know letters by their texts alone.

import { unescapeText } from "../../src/wire/fields.ts";
import type { MessageOf } from "../../src/wire/messages.ts";

export interface Listed {
  readonly seq: number;
  readonly text: string;
  readonly own: boolean;
  readonly opened: boolean;
  readonly late: boolean;
}

export function listedOf(item: MessageOf<"item">): Listed {
  const { seq, body, own, opened, late } = item;
  return { seq, text: unescapeText(body) ?? body, own, opened, late };
}
