// Texts that people of a random run write: each begins with words of its own, by which it is known,
// and goes on with whatever is hard on a codec. All of them may be sent.

import type { Prng } from "../../src/base/prng.ts";

const pieces = [
  "|",
  "%",
  "%7C",
  "é",
  "ß",
  "日本",
  "👩‍👩‍👧",
  "{}",
  '"',
  "\\",
  "a".repeat(40),
  " ",
  "%25|%",
];

export function inventText(beginning: string, prng: Prng): string {
  let text = `${beginning}:`;
  for (let count = prng.pick([0, 0, 1, 3, 5]); count > 0; count -= 1) text += prng.pick(pieces);
  return `${text}.`;
}
