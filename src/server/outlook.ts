// Whether the chat goes on, and what one more failure would mean, in words for people (`cluster`).
// PURE. Goes by who is up now and by what has to be held before it is confirmed; what each server
// is doing at the moment is listed beside it.

import type { ServerId } from "../base/ids.ts";
import { copiesNeeded, standstillOf, type Strength } from "../replica/strength.ts";
import { are, comingIn, naming, remedy, ruleOf, whyStill } from "./standstillWords.ts";

export interface Standing extends Strength {
  /** Whoever says so leads; else there is nothing to foretell. */
  readonly leads: boolean;
  readonly verified: boolean;
  /** Whose disks or memory are almost full. */
  readonly low: readonly ServerId[];
  /** Nothing that grows is taken for their sake. */
  readonly isShort: boolean;
}

export function outlook(standing: Standing): string {
  const { servers, up, confirming, verified, low, isShort } = standing;
  const missing = servers.filter((id) => !up.includes(id));
  const others = servers.filter((id) => !confirming.includes(id));
  const goesOn = standing.leads && standstillOf(standing) === null;
  const words = [...prospect(standing)];
  const coming = goesOn ? comingIn(standing) : [];
  if (coming.length > 0) words.push(`${started(coming)} ${are(coming, "is", "are")} catching up.`);
  if (missing.length > 0) words.push(`${started(missing)} ${are(missing, "is", "are")} missing.`);
  if (standing.leads) words.push(remedy(standing));
  if (!verified) {
    const who = others.length > 0 ? started(others) : "Another server";
    words.push(`Not verified: ${who} may hold newer messages, which will be merged.`);
  }
  if (low.length > 0) {
    const refusal = "no messages are taken until there is room";
    const what = isShort ? refusal : "the others go on meanwhile";
    words.push(`Almost no room on the disk or in memory of ${naming(low)}: ${what}.`);
  }
  return words.filter((sentence) => sentence !== "").join(" ");
}

function prospect(standing: Standing): readonly string[] {
  const { servers, confirming, leads } = standing;
  if (!leads) return ["The servers are just finding out who serves."];
  if (standstillOf(standing) !== null) return [stillness(standing)];
  return [holders(confirming.length, servers.length), consequence(standing)];
}

function stillness(standing: Standing): string {
  const rule = standstillOf(standing) === "too-few" ? ` (${ruleOf(standing)})` : "";
  return `The chat stands still: ${whyStill(standing)}${rule}. Nothing confirmed is lost.`;
}

function holders(count: number, all: number): string {
  if (count === 1) {
    return all === 1 ? "The only server holds all messages." : `One of ${all} servers holds all.`;
  }
  return count === all
    ? `All ${all} servers hold every message.`
    : `${count} of ${all} servers hold every message.`;
}

function consequence(standing: Standing): string {
  const needed = copiesNeeded(standing);
  const spare = standing.confirming.length - needed;
  const rule = needed === 1 ? "" : `, for ${needed} are needed (${ruleOf(standing)})`;
  if (spare <= 0) {
    const until = "until the server is back";
    return `One more failure stops the chat ${until}${rule}; nothing confirmed is lost.`;
  }
  const survived =
    spare === 1
      ? `One more failure is survived; a second one stops the chat${rule}.`
      : `${spare} more failures are survived, one after the other${rule}.`;
  const isBound = standing.strict && !standing.majority && needed === 1;
  return isBound ? `${survived} ${silence}` : survived;
}

/** Of two, the higher may not leave out a lower one that it cannot prove dead. */
const silence =
  "With --strict, one of the last two that falls silent without having ended may stop it.";

/** At the start of a sentence. */
function started(ids: readonly ServerId[]): string {
  const text = naming(ids);
  return `S${text.slice(1)}`;
}
