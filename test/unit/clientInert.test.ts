// Hostile names and texts in every place that can show them: whatever a server hands over, only
// what can be seen reaches the terminal, and rows stay rows. What is checked at the server's door
// is checked there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asClientId } from "../../src/base/ids.ts";
import { lineOf } from "../../src/client/line.ts";
import { promptFor } from "../../src/client/prompts.ts";
import { renderLines } from "../../src/client/render.ts";
import { renderJson } from "../../src/client/renderJson.ts";
import { pendingRows } from "../../src/client/sayings.ts";
import { layOut, nothingDrawn, paint } from "../../src/client/screen.ts";
import { Transcript } from "../../src/client/transcript.ts";
import type { LetterView, View } from "../../src/client/views.ts";
import { hostileTexts } from "../support/hostileTexts.ts";
import { ScreenEmulator } from "../support/screenEmulator.ts";
import { universalTime } from "../support/simFaces.ts";

const id = { client: asClientId("ab".repeat(16)), request: 1 };
const atMs = 1_000;

type Samples<Kind extends View["kind"]> = Readonly<Record<Kind, readonly View[]>>;

/** One of each kind there is, with this text wherever a text or a name may stand. */
function views(text: string): Samples<View["kind"]> {
  return { ...letterViews(text), ...listViews(text), ...plainViews(text) };
}

function lettersOf(text: string): { readonly letter: LetterView; readonly own: LetterView } {
  const people = { from: text, to: text, group: text };
  const letter = { id, seq: 1, ...people, text, atMs, own: false, event: "", late: true };
  return { letter, own: { ...letter, own: true, from: "bob" } };
}

type LetterKind = "message" | "sent" | "status" | "inbox" | "history" | "drafts" | "outbox";

function letterViews(text: string): Samples<LetterKind> {
  const { letter, own } = lettersOf(text);
  const draft = { number: 1, version: 1, atMs, to: text, text, key: null };
  const entries = [
    { letter, mark: "unread" },
    { letter: own, mark: "read" },
  ] as const;
  return {
    message: [letter, own, { ...letter, event: "added" }, { ...own, event: "owner" }].map((one) => {
      return { kind: "message", letter: one };
    }),
    sent: [{ kind: "sent", id, to: text, text, status: "stored", atMs }],
    status: [{ kind: "status", id: { ...id, request: 2 }, to: text, text, status: "read" }],
    inbox: [{ kind: "inbox", letters: [letter, own], unread: 3 }],
    history: [
      { kind: "history", with: text, entries: [], more: false, find: text, isOlder: true },
      { kind: "history", with: text, entries, more: true, find: text, isOlder: false },
    ],
    drafts: [{ kind: "drafts", drafts: [draft] }],
    outbox: [{ kind: "outbox", unsent: [draft], underWay: 2 }],
  };
}

type ListKind =
  | "search"
  | "users"
  | "grouped"
  | "groupNote"
  | "groups"
  | "members"
  | "blocked"
  | "blockList"
  | "presence"
  | "settings"
  | "cluster";

function listViews(text: string): Samples<ListKind> {
  const server = { id: 0, host: text, state: text, lagOps: 1 };
  const cluster = { view: 1, verified: false, op: 1, copies: 1, outlook: text };
  return {
    search: [{ kind: "search", names: [text], online: [text], more: true }],
    users: [{ kind: "users", users: [{ name: text, seenMs: null }], more: true }],
    grouped: [{ kind: "grouped", group: text, change: "add", member: text }],
    groupNote: ["added", "left", "joined", "owner"].map((change) => {
      return { kind: "groupNote", group: text, change, member: text, by: text };
    }),
    groups: [{ kind: "groups", groups: [{ name: text, members: 1, isOwned: true }] }],
    members: [{ kind: "members", group: text, owner: text, names: [text], online: [text] }],
    blocked: [{ kind: "blocked", name: text, on: true, wasOn: false }],
    blockList: [{ kind: "blockList", names: [text] }],
    presence: [
      { kind: "presence", joined: [text], joinedMore: 0, left: [`${text}2`], leftMore: 1 },
    ],
    settings: [{ kind: "settings", settings: new Map([["bell", text]]) }],
    cluster: [{ kind: "cluster", servers: [server], ...cluster }],
  };
}

function plainViews(text: string): Samples<Exclude<View["kind"], LetterKind | ListKind>> {
  return {
    registered: [{ kind: "registered", user: text }],
    loggedIn: [{ kind: "loggedIn", user: text, unread: 2 }],
    loggedOut: [{ kind: "loggedOut", user: text }],
    deleted: [{ kind: "deleted", user: text }],
    passwordChanged: [{ kind: "passwordChanged" }],
    verify: [{ kind: "verify", user: text, number: text, verified: false, changed: true }],
    marked: [{ kind: "marked", mark: "read", asked: 2, count: 1, unread: 1 }],
    drafted: [{ kind: "drafted", draft: 1, to: text, text, count: 1 }],
    help: [{ kind: "help", about: null }],
    error: [{ kind: "error", command: "send", code: "x", message: text }],
    notice: [{ kind: "notice", code: text, message: text }],
    note: [{ kind: "note", text }],
    reconnecting: [{ kind: "reconnecting" }],
    connected: [{ kind: "connected", server: 0, verified: true }],
  };
}

const ours = /\x1b\[(?:1|2|22|31|32|39)m/g;
const harmful =
  /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u;

test("no view lets anything through that a terminal would obey, in any style", () => {
  for (const [what, text] of hostileTexts) {
    for (const view of Object.values(views(text)).flat()) {
      for (const rich of [false, true]) {
        const style = { tellTime: universalTime, rich, colour: true, times: true };
        const { lines } = renderLines(view, style, { day: "", minute: "" });
        const shown = lines.join("").replace(ours, "");
        assert.ok(!harmful.test(shown), `${view.kind}: ${what}: ${JSON.stringify(shown)}`);
      }
      const json = renderJson(view) ?? "";
      assert.ok(!/[\x00-\x1f\x7f-\x9f\u2028-\u202e]/.test(json), `${view.kind}: ${what}`);
    }
  }
});

test("on a screen what is hostile takes the rows that are counted, and the prompt stays one", () => {
  for (const columns of [80, 40]) {
    for (const [what, text] of hostileTexts) {
      const screen = new ScreenEmulator({ columns, rows: 400 });
      const style = { tellTime: universalTime, rich: true, colour: true, times: true };
      const transcript = new Transcript(() => style, 0);
      const live = {
        pending: pendingRows([{ to: text, text }]),
        prompt: promptFor(text, 2, "reconnecting", text),
        line: lineOf(text),
        hidden: false,
      };
      let drawn = nothingDrawn;
      for (const view of [...Object.values(views(text)).flat(), noteOf("the end")]) {
        transcript.show(view, screen);
        const layout = layOut(live, screen);
        const said = transcript.take(screen, layout.rows.length);
        const painted = paint(drawn, said, layout, screen);
        drawn = painted.drawn;
        screen.write(painted.bytes);
      }
      const rows = [...screen.above, ...screen.lines()];
      const pendings = rows.filter((row) => row.startsWith("… you → ") && row.endsWith("…")).length;
      assert.ok(pendings <= 2, `${what}: the messages under way stand there ${pendings} times`);
      assert.equal(rows.filter((row) => row === "the end").length, 1, what);
      assert.equal(
        rows.filter((row) => row.includes("(reconnecting, 2 un")).length <= 1,
        true,
        what,
      );
      assert.equal(screen.bells, 0, what);
    }
  }
});

function noteOf(text: string): View {
  return { kind: "note", text };
}
