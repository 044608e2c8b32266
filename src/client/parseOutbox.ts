// What the words behind outbox mean: PURE. Whether anything is in it is not looked at here. Without
// a word it lists.

import type { Parsed } from "./parsed.ts";
import { misused, understood, type Words } from "./words.ts";

export function parseOutbox({ rest }: Words): Parsed {
  const act = (rest[0] ?? "list").toLowerCase();
  if (rest.length > 1) return misused("outbox", message);
  if (act !== "list" && act !== "send" && act !== "drop") return misused("outbox", message);
  return understood({ kind: "outbox", act }, []);
}

const message = "outbox takes list, send or drop, or nothing for the list.";
