// Small pieces of a terminal's screen, in words: messages under way, and what a paste will do.
// PURE. What is said of messages once they are confirmed stands in render.ts.

import { inert } from "../base/text.ts";
import type { Pending } from "./sending.ts";

const pendingRowsMax = 3;

/** The newest few, one row each, behind a count of the others. */
export function pendingRows(pending: readonly Pending[]): readonly string[] {
  const newest = pending.slice(-pendingRowsMax);
  const rows = newest.map(({ to, text }) => `… you → ${inert(to)}: ${inert(text)}`);
  const others = pending.length - newest.length;
  return others === 0 ? rows : [`… and ${others} more`, ...rows];
}

/** isUnderstood: Enter would make something of it. */
export function pasteNote(rows: number, isUnderstood: boolean): string {
  const pasted = `${rows} lines were pasted`;
  if (isUnderstood) return `${pasted} as one message: Enter sends it, Ctrl+C drops it.`;
  return `${pasted} as no command: put send [to] in front; Ctrl+C drops them.`;
}

/** Nothing was done, and nothing will be. */
export const cancelledNote = "Cancelled.";

/** On leaving with messages that nobody has confirmed. */
export function keptNote(count: number, problem: string | null): string {
  const what = count === 1 ? "1 message was" : `${count} messages were`;
  if (problem !== null) return `${what} not confirmed, and could not be kept here: ${problem}`;
  const them = count === 1 ? "it" : "them";
  return `${what} not confirmed. Kept here; your next login offers to send ${them}.`;
}
