// Small pieces of a terminal's screen, in words: messages under way, and what a paste will do.
// PURE. What is said of messages once they are confirmed stands in render.ts.

import { unreachable } from "../base/assert.ts";
import { inert } from "../base/text.ts";
import type { Parsed } from "./parsed.ts";
import type { Pending } from "./sending.ts";

const pendingRowsMax = 3;

/** The newest few, one row each, behind a count of the others. */
export function pendingRows(pending: readonly Pending[]): readonly string[] {
  const newest = pending.slice(-pendingRowsMax);
  const rows = newest.map(({ to, text }) => `… you → ${inert(to)}: ${inert(text)}`);
  const others = pending.length - newest.length;
  return others === 0 ? rows : [`… and ${others} more`, ...rows];
}

/**
 * What Enter would make of several lines that stand there as one. text: an answer, or what is kept.
 * command: one that is no message, or is refused.
 */
export type PasteFate = "message" | "text" | "command" | "unknown";

export function pasteFate(parsed: Parsed): PasteFate {
  if (parsed.kind === "misused") return "command";
  if (parsed.kind !== "command") return "unknown";
  const { command } = parsed;
  if (command.kind === "send" || command.kind === "reply") {
    return command.text === null ? "command" : "message";
  }
  const isDraft = command.kind === "draft" && "text" in command.act && command.act.text !== null;
  return isDraft ? "text" : "command";
}

export function pasteNote(rows: number, fate: PasteFate): string {
  const pasted = `${rows} lines were pasted`;
  switch (fate) {
    case "message":
      return `${pasted} as one message: Enter sends it, Ctrl+C drops it.`;
    case "text":
      return `${pasted} as one text: Enter takes it, Ctrl+C drops it.`;
    case "command":
      return `${pasted} as one command, not line by line; Ctrl+C drops it.`;
    case "unknown":
      return `${pasted} as no command: put send [to] in front; Ctrl+C drops them.`;
    default:
      return unreachable(fate);
  }
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
