// What the words behind read, unread, remove and history mean: PURE. Whether there are such
// messages is not looked at here.

import { withWholeNames } from "./addressee.ts";
import type { Parsed } from "./parsed.ts";
import { listedIn, misused, takeOptions, understood, wholeNumber, type Words } from "./words.ts";

export function parseMark(kind: "read" | "unread" | "remove", { text }: Words): Parsed {
  const ids = listedIn(text);
  return understood({ kind, ids }, ids.length === 0 ? ["ids"] : []);
}

export function parseHistory({ rest }: Words): Parsed {
  const { rest: others, options, isCut } = takeOptions(rest, ["--before", "--find"]);
  const words = withWholeNames(others);
  const name = words[0] ?? null;
  const countWord = words[1];
  const count = countWord === undefined ? null : wholeNumber(countWord);
  const isSound = !isCut && words.length <= 2;
  if (isSound && (countWord === undefined || count !== null)) {
    const before = options.get("--before") ?? null;
    const find = options.get("--find") ?? null;
    const command = { kind: "history", with: name, count, before, find } as const;
    return understood(command, name === null ? ["partner"] : []);
  }
  const message = "history takes a name, a number, --before with a message, --find with a word.";
  return misused("history", message, name === null ? ["partner"] : []);
}
