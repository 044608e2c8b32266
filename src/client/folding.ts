// Notes of one kind that follow each other, as one line: PURE. What people write is never folded.
// Whether two notes do follow each other on the screen is known in transcript.ts.

import { inert } from "../base/text.ts";
import { foldedPresence, presenceLine } from "./renderPresence.ts";
import { dim, green, type Style } from "./style.ts";
import type { View } from "./views.ts";

/** Equal for notes that fold into one; null for what stands alone. */
export function foldKey(view: View): string | null {
  switch (view.kind) {
    case "status":
      return view.text === null ? null : `${view.status} ${view.to}`;
    case "groupNote":
      return folding.has(view.change) ? `${view.change} ${view.group}` : null;
    case "presence":
      return "presence";
    default:
      return null;
  }
}

const folding: ReadonlySet<string> = new Set(["joined", "left"]);
const namesShownMax = 5;

/** Two or more of one key. */
export function foldedLines(views: readonly View[], style: Style): readonly string[] {
  const newest = views.at(-1);
  if (newest?.kind === "status") {
    const to = inert(newest.to);
    const isRead = newest.status === "read";
    const done = isRead ? `${to} has read` : `delivered to ${to}:`;
    return [green(`${isRead ? "✓✓" : "✓"} ${done} ${views.length} messages`, style)];
  }
  if (newest?.kind === "presence") {
    const notes = views.flatMap((view) => (view.kind === "presence" ? [view] : []));
    return [dim(presenceLine(foldedPresence(notes)), style)];
  }
  if (newest?.kind !== "groupNote") return [];
  const names = views.map((view) => (view.kind === "groupNote" ? inert(view.member) : ""));
  return [dim(`${listOf(names)} ${newest.change} ${inert(newest.group)}`, style)];
}

/** The newest few by name. */
function listOf(names: readonly string[]): string {
  const shown = [...new Set(names)].slice(-namesShownMax);
  const others = new Set(names).size - shown.length;
  if (others > 0) return `${shown.join(", ")} and ${others} more`;
  const last = shown.at(-1) ?? "";
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(", ")} and ${last}`;
}
