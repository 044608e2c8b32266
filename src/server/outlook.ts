// What one more failure would mean, in words for people (`cluster`). PURE.
// Counts servers; what they are doing at the moment is listed beside it.

import type { ServerId } from "../base/ids.ts";

export interface Standing {
  readonly configured: readonly ServerId[];
  readonly members: readonly ServerId[];
  readonly verified: boolean;
  /** Only a majority of all configured servers may go on. */
  readonly majority: boolean;
  /** Whose disks are almost full. */
  readonly low: readonly ServerId[];
  /** Nothing that grows is taken for their sake. */
  readonly isShort: boolean;
}

export function outlook(standing: Standing): string {
  const { configured, members, verified, low, isShort } = standing;
  const missing = configured.filter((id) => !members.includes(id));
  const words = [holders(members.length, configured.length), consequence(standing)];
  if (missing.length > 0) words.push(`${names(missing)} ${are(missing)} missing.`);
  if (!verified) {
    const others = missing.length > 0 ? names(missing) : "Another server";
    words.push(`Not verified: ${others} may hold newer messages, which will be merged.`);
  }
  if (low.length > 0) {
    const refusal = "no messages are taken until there is room";
    const what = isShort ? refusal : "the others go on meanwhile";
    words.push(`Almost no room on the disk of ${names(low).toLowerCase()}: ${what}.`);
  }
  return words.join(" ");
}

function holders(count: number, all: number): string {
  if (count === 1) {
    return all === 1 ? "The only server holds all messages." : `One of ${all} servers holds all.`;
  }
  return count === all
    ? `All ${all} servers hold every message.`
    : `${count} of ${all} servers hold every message.`;
}

function consequence({ configured, members, majority }: Standing): string {
  const quorum = Math.floor(configured.length / 2) + 1;
  const spare = majority ? members.length - quorum : members.length - 1;
  if (spare <= 0) {
    return "One more failure stops the chat until the server is back; nothing confirmed is lost.";
  }
  return spare === 1
    ? "One more failure is survived; a second one stops the chat."
    : `${spare} more failures are survived, one after the other.`;
}

function names(ids: readonly ServerId[]): string {
  return ids.length === 1 ? `Server ${ids[0]}` : `Servers ${ids.join(", ")}`;
}

function are(ids: readonly ServerId[]): string {
  return ids.length === 1 ? "is" : "are";
}
