// Who has come and gone, in one line: PURE. How much time it covers, and how many are named in it,
// is decided by the server that tells it.

import { presenceNamesMax } from "../base/talkLimits.ts";
import { inert } from "../base/text.ts";
import type { View } from "./views.ts";

type Note = View & { readonly kind: "presence" };

export function presenceLine(view: Note): string {
  const { joined, joinedMore, left, leftMore } = view;
  const parts = [
    joined.length === 0 ? "" : `${listed(joined, joinedMore)} came online`,
    left.length === 0 ? "" : `${listed(left, leftMore)} left`,
  ];
  return parts.filter(Boolean).join("; ");
}

/** Several as one: of each name what happened last. */
export function foldedPresence(notes: readonly Note[]): Note {
  const isOn = new Map<string, boolean>();
  let [joinedMore, leftMore] = [0, 0];
  for (const note of notes) {
    for (const name of [...note.joined, ...note.left]) isOn.delete(name);
    for (const name of note.joined) isOn.set(name, true);
    for (const name of note.left) isOn.set(name, false);
    joinedMore += note.joinedMore;
    leftMore += note.leftMore;
  }
  const named = (on: boolean): string[] => {
    return [...isOn].flatMap(([name, is]) => (is === on ? [name] : []));
  };
  return { kind: "presence", joined: named(true), joinedMore, left: named(false), leftMore };
}

/** Such as "alice, bob and 3 others". */
function listed(names: readonly string[], more: number): string {
  const shown = names.slice(-presenceNamesMax).map(inert);
  const count = more + names.length - shown.length;
  const others = `${count} other${count === 1 ? "" : "s"}`;
  const all = count === 0 ? shown : [...shown, others];
  if (all.length === 1) return all.join("");
  return `${all.slice(0, -1).join(", ")} and ${all.at(-1) ?? ""}`;
}
