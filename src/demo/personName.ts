// What the person at the demo is called: PURE. The name by which the system knows him, as far as
// it can be a name here, and others to fall back to where somebody has it. It asks no server.

import { nameLettersMax } from "../base/limits.ts";
import { botName } from "./bot.ts";

const numbersMax = 9;

/** In the order in which they are to be tried, each a name that may be registered. */
export function namesFor(systemName: string): readonly string[] {
  const letters = systemName.replace(/[^A-Za-z0-9]/g, "").slice(0, nameLettersMax - 1);
  const isBots = letters.toLowerCase() === botName;
  return numbered(letters === "" || isBots ? "guest" : letters);
}

/** The name itself, and then with numbers behind it. */
export function numbered(name: string): readonly string[] {
  const others = Array.from({ length: numbersMax - 1 }, (_, at) => `${name}${at + 2}`);
  return [name, ...others];
}
