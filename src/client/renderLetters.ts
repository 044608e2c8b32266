// How messages stand in lines: one, an inbox, a history. PURE. When a line gets a time of its own
// in front is decided in render.ts.

import { inert, isGroupAddress } from "../base/text.ts";
import { bold, dim, green, type Style } from "./style.ts";
import type { LetterView, View } from "./views.ts";

export function letterLine(letter: LetterView, style: Style): string {
  const { from, to, own, group } = letter;
  if (letter.event !== "") return eventLine(letter, style);
  const place = group === "" || own ? "" : ` in ${inert(group)}`;
  const late = letter.late ? " (delivered late)" : "";
  const arrow = style.rich ? "→" : "to";
  const who = own && to !== from ? `you ${arrow} ${inert(to)}` : inert(from);
  const number = dim(`[${letter.seq}]`, style);
  return `${number} ${bold(who, style)}${place}${late}: ${inert(letter.text)}`;
}

/** What is told of a membership, to whom it is about and to who did it. */
function eventLine(letter: LetterView, style: Style): string {
  const { from, to, own, group, event } = letter;
  const number = dim(`[${letter.seq}]`, style);
  const late = letter.late ? " (delivered late)" : "";
  const who = own ? "you" : inert(from);
  const whom = own ? inert(to) : "you";
  const room = inert(group);
  if (event === "added") return `${number} ${who} added ${whom} to ${room}${late}`;
  if (event === "removed") return `${number} ${who} removed ${whom} from ${room}${late}`;
  const owner = own ? `${inert(to)} owns it now` : "you own it now";
  return `${number} ${who} left ${room}; ${owner}${late}`;
}

export function inboxLines(
  view: View & { readonly kind: "inbox" },
  style: Style,
): readonly string[] {
  const { letters, unread } = view;
  if (letters.length === 0) return ["no unread messages"];
  const lines = letters.map((letter) => {
    const { day, minute } = style.tellTime(letter.atMs);
    return `${dim(`${day}, ${minute}`, style)} ${letterLine(letter, style)}`;
  });
  const title = style.rich ? `— ${letters.length} unread —` : `${letters.length} unread:`;
  return [
    dim(title, style),
    ...lines,
    ...(unread === 0 ? [] : [dim(`${unread} more unread`, style)]),
  ];
}

const marks = { stored: "", delivered: "✓", read: "✓✓", unread: "" } as const;

/** Of each message the day where it changes, the time, and what became of it. */
export function historyLines(
  view: View & { readonly kind: "history" },
  style: Style,
): readonly string[] {
  const { entries, more, find } = view;
  const partner = inert(view.with);
  if (entries.length === 0) {
    const what = find === null ? "" : ` with "${inert(find)}" in it`;
    const where = isGroupAddress(partner) ? `in ${partner}` : `between you and ${partner}`;
    return [`no messages ${where}${what}`];
  }
  const lines: string[] = [];
  let dayBefore = "";
  for (const { letter, mark } of entries) {
    const { day, minute } = style.tellTime(letter.atMs);
    if (day !== dayBefore) lines.push(dim(style.rich ? `— ${day} —` : `${day}:`, style));
    dayBefore = day;
    const said = style.rich ? green(marks[mark], style) : letter.own ? `(${mark})` : "";
    const isNew = mark === "unread" ? dim(style.rich ? " • unread" : " (unread)", style) : "";
    const end = letter.own && said !== "" ? ` ${said}` : isNew;
    lines.push(`${dim(minute, style)} ${letterLine(letter, style)}${end}`);
  }
  const oldest = entries[0]?.letter.seq ?? 0;
  const goOn = `older ones: history ${partner} --before ${oldest}`;
  return more ? [dim(goOn, style), ...lines] : lines;
}

export function markedLine(view: View & { readonly kind: "marked" }): string {
  const { mark, asked, count, unread } = view;
  const messages = (number: number): string => `${number} message${number === 1 ? "" : "s"}`;
  const done = mark === "removed" ? "removed" : `marked as ${mark}`;
  const before =
    count === asked ? "" : ` (${asked - count} ${asked - count === 1 ? "was" : "were"} so before)`;
  return `${messages(count)} ${done}${before}; ${unread} unread`;
}
