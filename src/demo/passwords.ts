// The passwords of the demo's accounts: functions of the folder's secret, so that they are the same
// each time in the same folder, and known to nobody else. The person's is short, since he may want
// to type it; nothing is kept.

import { createHmac } from "node:crypto";

const letters = "abcdefghijkmnpqrstuvwxyz23456789";
const personLetters = 8;

export interface Passwords {
  readonly bot: string;
  /** Such as k3f9-x2ma. */
  readonly person: string;
}

export function passwordsFrom(secret: string): Passwords {
  const bot = createHmac("sha256", secret).update("the demo's bot").digest("hex");
  const bytes = createHmac("sha256", secret).update("the demo's person").digest();
  const typed = [...bytes.subarray(0, personLetters)]
    .map((byte) => letters[byte % letters.length] ?? "")
    .join("");
  return { bot, person: `${typed.slice(0, personLetters / 2)}-${typed.slice(personLetters / 2)}` };
}
