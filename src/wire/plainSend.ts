// The shortest way to the most frequent message: a `send` in which nothing is escaped, without the
// table's loop. Gives exactly what the table gives, or null, and then the table decides.

import { parseUint } from "./fields.ts";
import type { MessageOf } from "./messages.ts";

const printable = /^[\x20-\x7e]*$/;

export function readPlainSend(payload: string): MessageOf<"send"> | null {
  if (payload.includes("%") || !printable.test(payload)) return null;
  const first = payload.indexOf("|");
  const second = payload.indexOf("|", first + 1);
  const third = payload.indexOf("|", second + 1);
  const fourth = payload.indexOf("|", third + 1);
  if (first < 0 || second < 0 || third < 0 || fourth < 0) return null;
  if (payload.includes("|", fourth + 1)) return null;
  const request = parseUint(payload.slice(0, first));
  const received = parseUint(payload.slice(first + 1, second));
  if (request < 0 || received < 0) return null;
  return {
    type: "send",
    request,
    received,
    to: payload.slice(second + 1, third),
    format: payload.slice(third + 1, fourth),
    body: payload.slice(fourth + 1),
  };
}
