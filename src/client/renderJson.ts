// What there is to show, as JSON: PURE. One object a line; what stands here once stays as it is,
// since scripts are built upon it. Texts are exactly what was sent, and yet without effect on a
// terminal.

import { helpLines } from "./help.ts";
import { isTalkView, type TalkView } from "./talkViews.ts";
import type { DraftView, LetterView, MessageId, View, UnsentView } from "./views.ts";

/** One object, or null for what is for people alone. */
export function renderJson(view: View): string | null {
  const value = jsonOf(view);
  return value === null ? null : JSON.stringify(value).replace(hidden, escapeUnits);
}

function jsonOf(view: View): object | null {
  if (isTalkView(view)) return talkJson(view);
  switch (view.kind) {
    case "registered":
    case "loggedOut":
    case "deleted":
      return { type: view.kind, user: view.user };
    case "passwordChanged":
      return { type: "passwordChanged" };
    case "loggedIn":
      return { type: "loggedIn", user: view.user, unread: view.unread };
    case "message":
      return { type: view.letter.event === "" ? "message" : "group", ...letterJson(view.letter) };
    case "sent":
      return { type: "sent", to: view.to, id: idText(view.id), status: view.status };
    case "status":
      return { type: "status", id: idText(view.id), status: view.status };
    case "search":
      return { type: "search", names: view.names, online: view.online, more: view.more };
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
    case "verify": {
      const { user, number, verified, changed } = view;
      return { type: "verify", user, number, verified, changed };
    }
    case "note":
      return null;
  }
}

function talkJson(view: TalkView): object {
  switch (view.kind) {
    case "blocked":
      return { type: "blocked", user: view.name, on: view.on };
    case "blockList":
      return { type: "blockList", users: view.names };
    case "presence": {
      const { joined, joinedMore, left, leftMore } = view;
      return { type: "presence", joined, joinedMore, left, leftMore };
    }
    case "grouped":
      return { type: "grouped", group: view.group, change: view.change, member: view.member };
    case "groupNote": {
      const { group, change: event, member, by } = view;
      return { type: "group", group, event, member, by };
    }
    case "groups":
      return { type: "groups", groups: view.groups.map(groupJson) };
    case "members": {
      const { group, owner, names, online } = view;
      return { type: "members", group, owner: owner === "" ? null : owner, names, online };
    }
    case "drafted":
      return { type: "drafted", draft: view.draft, count: view.count };
    case "outbox":
      return { type: "outbox", unsent: view.unsent.map(unsentJson), underWay: view.underWay };
    case "drafts":
      return { type: "drafts", drafts: view.drafts.map(draftJson) };
    case "marked":
      return { type: "marked", mark: view.mark, count: view.count, unread: view.unread };
    case "history": {
      const messages = view.entries.map(({ letter, mark }) => ({ ...letterJson(letter), mark }));
      return { type: "history", with: view.with, messages, more: view.more };
    }
    case "inbox":
      return { type: "inbox", messages: view.letters.map(letterJson), unread: view.unread };
    case "settings":
      return { type: "settings", settings: Object.fromEntries(view.settings) };
  }
}

const unverified = { verified: false };

function letterJson(letter: LetterView): object {
  const { from, to, text, group, own, late, event } = letter;
  const at = new Date(letter.atMs).toISOString();
  if (event !== "") return { id: idText(letter.id), group, event, member: to, by: from, at };
  return {
    id: idText(letter.id),
    from,
    to,
    text,
    at,
    ...(group === "" ? {} : { group }),
    ...(own ? { own } : {}),
    ...(late ? { late } : {}),
    ...doubtJson(letter),
  };
}

/** Of what was sealed, and is as it should be, nothing is said. */
function doubtJson({ doubt }: Pick<LetterView, "doubt">): object {
  if (doubt === undefined) return {};
  return doubt.code === "plain" ? { sealed: false } : { warning: doubt.code };
}

function groupJson(group: {
  readonly name: string;
  readonly members: number;
  readonly isOwned: boolean;
}): object {
  return { group: group.name, members: group.members, owner: group.isOwned };
}

function draftJson({ number: draft, to, text, atMs, ...rest }: DraftView): object {
  return { draft, to, text, at: new Date(atMs).toISOString(), ...doubtJson(rest) };
}

function userJson(user: { readonly name: string; readonly seenMs: number | null }): object {
  const { name, seenMs } = user;
  const lastSeen = seenMs === null ? null : new Date(seenMs).toISOString();
  return { name, online: seenMs === null, lastSeen };
}

function idText({ client, request }: MessageId): string {
  return `${client}-${request}`;
}

/** The same to a JSON reader, and without effect on a terminal. */
const hidden = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

function escapeUnits(found: string): string {
  return Array.from({ length: found.length }, (_, at) => {
    return `\\u${found.charCodeAt(at).toString(16).padStart(4, "0")}`;
  }).join("");
}

function unsentJson({ to, text, atMs }: UnsentView): object {
  return { to, text, at: new Date(atMs).toISOString() };
}
