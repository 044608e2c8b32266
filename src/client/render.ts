// What there is to show, as lines: PURE. Two styles: plain for logs and screen readers, rich for a
// terminal (renderJson.ts is for scripts). Everything from outside leaves inert, whatever the
// server did. How lines get onto a screen, and what a half-typed line looks like, is decided
// elsewhere.

import { inert, isGroupAddress } from "../base/text.ts";
import { helpLines } from "./help.ts";
import { draftedLine, draftLines, unsentLines } from "./renderDrafts.ts";
import { groupedLine, groupLines, groupNoteLine, memberLines } from "./renderGroups.ts";
import { presenceLine } from "./renderPresence.ts";
import { historyLines, inboxLines, letterLine, markedLine } from "./renderLetters.ts";
import { verifyLines } from "./renderVerify.ts";
import { settingNames, settingTable, valuesOf } from "./settings.ts";
import { bold, dim, green, red, type Style } from "./style.ts";
import { isTalkView, type TalkView } from "./talkViews.ts";
import type { NoticeView, ServerView, View } from "./views.ts";

/** The time last shown, so that it is shown again only when it has changed. */
export interface TimeShown {
  readonly day: string;
  readonly minute: string;
}

export function renderLines(
  view: View,
  style: Style,
  shown: TimeShown,
): { readonly lines: readonly string[]; readonly shown: TimeShown } {
  const lines = plainLines(view, style);
  const atMs = timeOf(view, style);
  if (atMs === null || lines.length === 0) return { lines, shown };
  const time = style.tellTime(atMs);
  if (!style.rich) return { lines: lines.map((line) => `${time.minute} ${line}`), shown };
  const isSame = time.minute === shown.minute && time.day === shown.day;
  const column = isSame ? " ".repeat(time.minute.length) : dim(time.minute, style);
  const dated = time.day === shown.day ? [] : [dim(`— ${time.day} —`, style)];
  return { lines: [...dated, ...lines.map((line) => `${column} ${line}`)], shown: time };
}

/** When it happened, where that is worth a column. */
function timeOf(view: View, { rich, times }: Style): number | null {
  if (!times) return null;
  if (view.kind === "message") return view.letter.atMs;
  return view.kind === "sent" && rich ? view.atMs : null;
}

function plainLines(view: View, style: Style): readonly string[] {
  if (isTalkView(view)) return talkLines(view, style);
  switch (view.kind) {
    case "registered":
      return [...besidesLines(view, style), `registered ${inert(view.user)}; you are logged in`];
    case "passwordChanged":
      return ["password changed; your other terminals have to log in anew"];
    case "loggedIn":
      return [...besidesLines(view, style), welcomeLine(inert(view.user), view.unread)];
    case "message":
      return [letterLine(view.letter, style)];
    case "sent":
      return [sentLine(view, style)];
    case "status":
      return statusLines(view, style);
    case "search":
      return searchLines(view, style);
    case "users":
      return usersLines(view, style);
    case "cluster":
      return clusterLines(view, style);
    case "loggedOut":
      return [`logged out; good-bye ${inert(view.user)}`];
    case "deleted":
      return [`deleted the account ${inert(view.user)}`];
    case "help":
      return helpLines(view.about, style.columns ?? null);
    case "error":
      return [errorLine(view, style)];
    case "verify":
      return verifyLines(view, style);
    case "note":
      return [dim(inert(view.text), style)];
    case "notice":
      return [dim(inert(view.message), style)];
    case "reconnecting":
    case "connected":
      return [];
  }
}

function talkLines(view: TalkView, style: Style): readonly string[] {
  switch (view.kind) {
    case "blocked": {
      const name = inert(view.name);
      if (!view.on) return [view.wasOn ? `${name} is shown again` : `${name} was not blocked`];
      if (view.wasOn) return [`${name} was blocked already`];
      return [`nothing that ${name} writes from now on is shown; what came before stays`];
    }
    case "blockList":
      return view.names.length === 0 ? ["you have blocked nobody"] : view.names.map(inert);
    case "presence":
      return [dim(presenceLine(view), style)];
    case "grouped":
      return [groupedLine(view)];
    case "groupNote":
      return [dim(groupNoteLine(view), style)];
    case "groups":
      return groupLines(view, style);
    case "members":
      return memberLines(view, style);
    case "drafted":
      return [draftedLine(view)];
    case "drafts":
      return draftLines(view, style);
    case "outbox":
      return unsentLines(view, style);
    case "marked":
      return [markedLine(view)];
    case "history":
      return historyLines(view, style);
    case "inbox":
      return inboxLines(view, style);
    case "settings":
      return settingLines(view, style);
  }
}

function besidesLines(
  { besides = [] }: { readonly besides?: readonly NoticeView[] },
  style: Style,
): readonly string[] {
  return besides.map(({ message }) => dim(inert(message), style));
}

function welcomeLine(user: string, unread: number): string {
  if (unread === 0) return `welcome ${user}, you have no new messages`;
  return `welcome ${user}, you have ${unread} new message${unread === 1 ? "" : "s"}:`;
}

function sentLine(view: View & { readonly kind: "sent" }, style: Style): string {
  const to = inert(view.to);
  const how = howSent(view, to);
  if (!style.rich) return how;
  const mark = view.status === "read" ? "✓✓" : "✓";
  return `you → ${bold(to, style)}: ${inert(view.text)} ${green(`${mark} ${how}`, style)}`;
}

/** With the message that was refused, where there is one: nothing else on the screen shows it. */
function errorLine(view: View & { readonly kind: "error" }, style: Style): string {
  const { message, unsent } = view;
  if (!style.rich) return red(`error: ${inert(message)}`, style);
  const what = unsent === undefined ? "" : `you → ${inert(unsent.to)}: ${excerpt(unsent.text)} `;
  return `${what}${red(`✗ ${inert(message)}`, style)}`;
}

/** A group's members are many: it is said that all will have it, and of nobody that he has. */
function howSent({ status }: View & { readonly kind: "sent" }, to: string): string {
  if (isGroupAddress(to)) return `sent to ${to}`;
  if (status === "read") return `read by ${to}`;
  return status === "delivered" ? `delivered to ${to}` : `${to} will get it at the next login`;
}

function statusLines(view: View & { readonly kind: "status" }, style: Style): readonly string[] {
  if (view.text === null) return [];
  const to = inert(view.to);
  const which = `"${excerpt(view.text)}"`;
  const said = view.status === "read" ? `${to} has read ${which}` : `delivered to ${to}: ${which}`;
  if (!style.rich) return [said];
  return [green(`${view.status === "read" ? "✓✓" : "✓"} ${said}`, style)];
}

const excerptLetters = 24;

function excerpt(text: string): string {
  const letters = [...inert(text)];
  if (letters.length <= excerptLetters) return letters.join("");
  return `${letters.slice(0, excerptLetters).join("")}…`;
}

function searchLines(view: View & { readonly kind: "search" }, style: Style): readonly string[] {
  if (view.names.length === 0) return ["no usernames matched your query"];
  const online = new Set(view.online);
  const mark = style.rich ? ` ${green("●", style)} online` : " (online)";
  const lines = view.names.map((name) => `${inert(name)}${online.has(name) ? mark : ""}`);
  return view.more ? [...lines, dim("… and more; narrow the pattern", style)] : lines;
}

function usersLines(view: View & { readonly kind: "users" }, style: Style): readonly string[] {
  if (view.users.length === 0) return ["no usernames matched your query"];
  const lines = view.users.map(({ name, seenMs }) => `${inert(name)}  ${seenText(seenMs, style)}`);
  return view.more ? [...lines, dim("… and more; narrow the pattern", style)] : lines;
}

function seenText(seenMs: number | null, style: Style): string {
  if (seenMs === null) return style.rich ? `${green("●", style)} online` : "online";
  const { day, minute } = style.tellTime(seenMs);
  return `last seen ${day}, ${minute}`;
}

function settingLines(
  { settings }: View & { readonly kind: "settings" },
  style: Style,
): readonly string[] {
  const width = Math.max(...settingNames.map((name) => name.length));
  const valueWidth = Math.max(...[...settings.values()].map((value) => value.length));
  return [...settings].map(([name, value]) => {
    const { does } = settingTable[name];
    const about = `${does} (${valuesOf(name).join(", ")})`;
    const gap = " ".repeat(valueWidth - value.length);
    return `${name.padEnd(width)} ${bold(inert(value), style)}${gap}  ${dim(about, style)}`;
  });
}

function clusterLines(view: View & { readonly kind: "cluster" }, style: Style): readonly string[] {
  const copies = `${view.copies} ${view.copies === 1 ? "copy" : "copies"} of everything`;
  const changes = `${view.op} ${view.op === 1 ? "change" : "changes"}`;
  const verified = view.verified ? "verified" : "NOT verified: newer messages may be missing";
  return [
    ...view.servers.map((server) => serverLine(server)),
    `view ${view.view}, ${verified}; ${changes}, ${copies}`,
    ...(view.outlook === "" ? [] : [bold(inert(view.outlook), style)]),
  ];
}

function serverLine({ id, host, state, lagOps }: ServerView): string {
  const lag = lagOps === 0 ? "" : `, ${lagOps} behind`;
  return `server ${id}  ${inert(host)}  ${inert(state)}${lag}`;
}
