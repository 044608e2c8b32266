// What there is to show, as lines: PURE. Three styles: JSON for scripts, plain for logs and screen
// readers, rich for a terminal. Everything from outside leaves here inert, whatever the server did.
// How lines get onto a screen, and what a half-typed line looks like, is decided elsewhere.

import { inert } from "../base/text.ts";
import { helpLines } from "./help.ts";
import type { LetterView, MessageId, ServerView, View } from "./views.ts";

/** A moment in the reader's own time. */
export interface LocalTime {
  /** Such as "Saturday, 31 January 2026". */
  readonly day: string;
  /** Such as "12:03". */
  readonly minute: string;
}

export type TellTime = (atMs: number) => LocalTime;

export interface Style {
  readonly tellTime: TellTime;
  readonly rich: boolean;
  readonly colour: boolean;
}

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
function timeOf(view: View, { rich }: Style): number | null {
  if (view.kind === "message") return view.letter.atMs;
  return view.kind === "sent" && rich ? view.atMs : null;
}

function plainLines(view: View, style: Style): readonly string[] {
  switch (view.kind) {
    case "registered":
      return [`registered ${inert(view.user)}; you are logged in`];
    case "loggedIn":
      return [welcomeLine(inert(view.user), view.unread)];
    case "message":
      return [letterLine(view.letter, style)];
    case "sent":
      return [sentLine(view, style)];
    case "status":
      return statusLines(view, style);
    case "search":
      return searchLines(view, style);
    case "inbox":
      return inboxLines(view, style);
    case "users":
      return view.users.map(({ name, seenMs }) => `${inert(name)}  ${seenText(seenMs, style)}`);
    case "cluster":
      return clusterLines(view, style);
    case "loggedOut":
      return [`logged out; good-bye ${inert(view.user)}`];
    case "deleted":
      return [`deleted the account ${inert(view.user)}`];
    case "help":
      return helpLines(view.about);
    case "error":
      return [red(`${style.rich ? "✗ " : "error: "}${inert(view.message)}`, style)];
    case "note":
      return [dim(inert(view.text), style)];
    case "notice":
      return [dim(inert(view.message), style)];
    case "reconnecting":
    case "connected":
      return [];
  }
}

function welcomeLine(user: string, unread: number): string {
  if (unread === 0) return `welcome ${user}, you have no new messages`;
  return `welcome ${user}, you have ${unread} new message${unread === 1 ? "" : "s"}:`;
}

function letterLine(letter: LetterView, style: Style): string {
  const { from, to, own, group } = letter;
  const place = group === "" ? "" : ` in ${inert(group)}`;
  const late = letter.late ? " (delivered late)" : "";
  const arrow = style.rich ? "→" : "to";
  const who = own && to !== from ? `you ${arrow} ${inert(to)}` : inert(from);
  const number = dim(`[${letter.seq}]`, style);
  return `${number} ${bold(who, style)}${place}${late}: ${inert(letter.text)}`;
}

function sentLine(view: View & { readonly kind: "sent" }, style: Style): string {
  const to = inert(view.to);
  const how =
    view.status === "delivered" ? `delivered to ${to}` : `${to} will get it at the next login`;
  if (!style.rich) return how;
  return `you → ${bold(to, style)}: ${inert(view.text)} ${green(`✓ ${how}`, style)}`;
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

function inboxLines(view: View & { readonly kind: "inbox" }, style: Style): readonly string[] {
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

function seenText(seenMs: number | null, style: Style): string {
  if (seenMs === null) return style.rich ? `${green("●", style)} online` : "online";
  const { day, minute } = style.tellTime(seenMs);
  return `last seen ${day}, ${minute}`;
}

function clusterLines(view: View & { readonly kind: "cluster" }, style: Style): readonly string[] {
  const copies = `${view.copies} ${view.copies === 1 ? "copy" : "copies"} of everything`;
  const verified = view.verified ? "verified" : "NOT verified: newer messages may be missing";
  return [
    ...view.servers.map((server) => serverLine(server)),
    `view ${view.view}, ${verified}; ${view.op} changes, ${copies}`,
    ...(view.outlook === "" ? [] : [bold(inert(view.outlook), style)]),
  ];
}

function serverLine({ id, host, state, lagOps }: ServerView): string {
  const lag = lagOps === 0 ? "" : `, ${lagOps} behind`;
  return `server ${id}  ${inert(host)}  ${inert(state)}${lag}`;
}

/** One object, or null for what is for people alone. */
export function renderJson(view: View): string | null {
  const value = jsonOf(view);
  return value === null ? null : JSON.stringify(value).replace(hidden, escapeUnits);
}

function jsonOf(view: View): object | null {
  switch (view.kind) {
    case "registered":
    case "loggedOut":
    case "deleted":
      return { type: view.kind, user: view.user };
    case "loggedIn":
      return { type: "loggedIn", user: view.user, unread: view.unread };
    case "message":
      return { type: "message", ...letterJson(view.letter) };
    case "sent":
      return { type: "sent", to: view.to, id: idText(view.id), status: view.status };
    case "status":
      return { type: "status", id: idText(view.id), status: view.status };
    case "search":
      return { type: "search", names: view.names, online: view.online, more: view.more };
    case "inbox":
      return { type: "inbox", messages: view.letters.map(letterJson), unread: view.unread };
    case "users":
      return { type: "users", users: view.users.map(userJson), more: view.more };
    case "cluster": {
      const { servers, view: round, verified, op, copies, outlook } = view;
      return { type: "cluster", servers, view: round, verified, op, copies, outlook };
    }
    case "connected":
      return { type: "connected", server: view.server, ...(view.verified ? {} : unverified) };
    case "reconnecting":
      return { type: "reconnecting" };
    case "error":
      return { type: "error", command: view.command, code: view.code, message: view.message };
    case "notice":
      return { type: "notice", code: view.code, message: view.message };
    case "help":
      return { type: "help", lines: helpLines(view.about) };
    case "note":
      return null;
  }
}

const unverified = { verified: false };

function letterJson(letter: LetterView): object {
  const { from, to, text, group, own, late } = letter;
  return {
    id: idText(letter.id),
    from,
    to,
    text,
    at: new Date(letter.atMs).toISOString(),
    ...(group === "" ? {} : { group }),
    ...(own ? { own } : {}),
    ...(late ? { late } : {}),
  };
}

function userJson(user: { readonly name: string; readonly seenMs: number | null }): object {
  const { name, seenMs } = user;
  const lastSeen = seenMs === null ? null : new Date(seenMs).toISOString();
  return { name, online: seenMs === null, lastSeen };
}

export function idText({ client, request }: MessageId): string {
  return `${client}-${request}`;
}

/** The same to a JSON reader, and without effect on a terminal. */
const hidden = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

function escapeUnits(found: string): string {
  return Array.from({ length: found.length }, (_, at) => {
    return `\\u${found.charCodeAt(at).toString(16).padStart(4, "0")}`;
  }).join("");
}

const dim = painter(2, 22);
const bold = painter(1, 22);
const red = painter(31, 39);
const green = painter(32, 39);

function painter(on: number, off: number): (text: string, style: Style) => string {
  return (text, { colour }) => (colour ? `\x1b[${on}m${text}\x1b[${off}m` : text);
}
