// What the words behind verify mean: PURE. A name alone shows the number; yes behind it marks who
// was compared with, no forgets what was known. Whose key it is is not looked at here.

import { withWholeNames } from "./addressee.ts";
import type { Parsed, Question } from "./parsed.ts";
import { misused, understood, type Words } from "./words.ts";

export function parseVerify({ rest }: Words): Parsed {
  const words = withWholeNames(rest);
  const [name = null, word = ""] = words;
  const questions: readonly Question[] = name === null ? ["whom"] : [];
  const mark = word.toLowerCase();
  if (words.length > 2 || (mark !== "" && mark !== "yes" && mark !== "no")) {
    return misused("verify", message);
  }
  return understood({ kind: "verify", name, mark: mark === "" ? null : mark }, questions);
}

const message = "verify takes one name, and behind it yes (the number is the same) or no (forget).";
