// How messages stand in lines: one, an inbox, a history. PURE. When a line gets a time of its own
// in front is decided in render.ts.

import { checkName, inert, isGroupAddress } from "../base/text.ts";
import { doubtNote, letterText } from "./renderVerify.ts";
import { bold, dim, green, type Style } from "./style.ts";
import type { HistoryEntryView, LetterView, View } from "./views.ts";

export function letterLine(letter: LetterView, style: Style): string {
  const { from, to, own, group } = letter;
  if (letter.event !== "") return eventLine(letter, style);
  const place = group === "" || own ? "" : ` in ${inert(group)}`;
  const late = letter.late ? " (delivered late)" : "";
  const arrow = style.rich ? "→" : "to";
  const who = own && to !== from ? `you ${arrow} ${inert(to)}` : inert(from);
  const number = dim(`[${letter.seq}]`, style);
  const shown = letterText(letter, style);
  const text = own || group === "" ? shown : mentioning(shown, style);
  return `${number} ${bold(who, style)}${place}${late}${doubtNote(letter)}: ${text}`;
}

/** The reader's own name stands out in what groups write. */
function mentioning(text: string, style: Style): string {
  const { user = "" } = style;
  // Letters and digits mean themselves in a pattern; what is no name is not looked for.
  if (checkName(user) !== null) return text;
  const name = new RegExp(`(?<![A-Za-z0-9])@?${user}(?![A-Za-z0-9])`, "gi");
  return text.replace(name, (found) => bold(found, style));
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
  const more = unread === 0 ? [] : [dim(`${unread} more unread`, style)];
  if (style.rich) {
    const times = new Times(style);
    const lines = letters.flatMap((letter) => times.lines(letter, letterLine(letter, style)));
    return [unreadTitle(letters.length, style), ...lines, ...more];
  }
  const lines = letters.map((letter) => {
    const { day, minute } = style.tellTime(letter.atMs);
    return `${day}, ${minute} ${letterLine(letter, style)}`;
  });
  return [`${letters.length} unread:`, ...lines, ...more];
}

function unreadTitle(count: number, style: Style): string {
  return dim(`— ${count} unread —`, style);
}

/** Of each message the day where it changes, the time, and what became of it. */
export function historyLines(
  view: View & { readonly kind: "history" },
  style: Style,
): readonly string[] {
  const { entries, more, find, isOlder } = view;
  const partner = inert(view.with);
  if (entries.length === 0) {
    const what = find === null ? "" : ` with "${inert(find)}" in it`;
    const where = isGroupAddress(partner) ? `in ${partner}` : `between you and ${partner}`;
    return [`no ${isOlder ? "older " : ""}messages ${where}${what}`];
  }
  const oldest = entries[0]?.letter.seq ?? 0;
  const search = find === null ? "" : ` --find ${inert(find)}`;
  const goOn = `older ones: history ${partner} --before ${oldest}${search}`;
  const lines = style.rich ? richHistory(entries, style) : plainHistory(entries, style);
  return more ? [dim(goOn, style), ...lines] : lines;
}

function plainHistory(entries: readonly HistoryEntryView[], style: Style): readonly string[] {
  let dayBefore = "";
  return entries.flatMap(({ letter, mark }) => {
    const { day, minute } = style.tellTime(letter.atMs);
    const dated = day === dayBefore ? [] : [`${day}:`];
    dayBefore = day;
    const said = letter.own || mark === "unread" ? ` (${mark})` : "";
    return [...dated, `${minute} ${letterLine(letter, style)}${said}`];
  });
}

const marks = { stored: "", delivered: "✓", read: "✓✓", unread: "" } as const;

/** Where all from one on are unread, a line says so; else each of them does. */
function richHistory(entries: readonly HistoryEntryView[], style: Style): readonly string[] {
  const times = new Times(style);
  const first = entries.findIndex(({ mark }) => mark === "unread");
  const news = first < 0 ? [] : entries.slice(first).filter(({ letter }) => !letter.own);
  const isMarked = news.every(({ mark }) => mark === "unread");
  return entries.flatMap(({ letter, mark }, at) => {
    const title = at === first && isMarked ? [unreadTitle(news.length, style)] : [];
    const said = letter.own ? green(marks[mark], style) : "";
    const isToTell = mark === "unread" && !isMarked;
    const end = isToTell ? dim(" • unread", style) : said === "" ? "" : ` ${said}`;
    return times.lines(letter, `${letterLine(letter, style)}${end}`, title);
  });
}

/** Times in front of lines, days between them: each only where it changes. */
class Times {
  readonly #style: Style;
  #day = "";
  #minute = "";

  constructor(style: Style) {
    this.#style = style;
  }

  /** `title`: between the day and the line. */
  lines({ atMs }: LetterView, line: string, title: readonly string[] = []): readonly string[] {
    const { day, minute } = this.#style.tellTime(atMs);
    const isSameDay = day === this.#day;
    const isSame = isSameDay && minute === this.#minute;
    this.#day = day;
    this.#minute = minute;
    const column = isSame ? " ".repeat(minute.length) : dim(minute, this.#style);
    const dated = isSameDay ? [] : [dim(`— ${day} —`, this.#style)];
    return [...dated, ...title, `${column} ${line}`];
  }
}

export function markedLine(view: View & { readonly kind: "marked" }): string {
  const { mark, asked, count, unread } = view;
  const messages = (number: number): string => `${number} message${number === 1 ? "" : "s"}`;
  const done = mark === "removed" ? "removed" : `marked as ${mark}`;
  const rest = asked - count;
  const orOwn = mark === "unread" ? ", or your own" : "";
  const before = rest === 0 ? "" : ` (${rest} ${rest === 1 ? "was" : "were"} so before${orOwn})`;
  return `${messages(count)} ${done}${before}; ${unread} unread`;
}
