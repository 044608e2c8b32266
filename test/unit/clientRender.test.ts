// The lines that people and scripts get, word for word. A change here is a change of what others
// have built upon: of --json, which is stable, most of all.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asClientId } from "../../src/base/ids.ts";
import { renderLines } from "../../src/client/render.ts";
import { renderJson } from "../../src/client/renderJson.ts";
import type { Style } from "../../src/client/style.ts";
import type { LetterView, View } from "../../src/client/views.ts";
import { universalTime } from "../support/simFaces.ts";

const client = asClientId("ab".repeat(16));
const id = { client, request: 17 };
const atMs = Date.UTC(2026, 0, 31, 12, 3);
const letter: LetterView = {
  id,
  seq: 4,
  from: "alice",
  to: "bob",
  group: "",
  text: "hi",
  atMs,
  own: false,
  event: "",
  late: false,
};
const plain: Style = { tellTime: universalTime, rich: false, colour: false, times: true };
const rich: Style = { tellTime: universalTime, rich: true, colour: false, times: true };

function lines(view: View, style: Style): readonly string[] {
  return renderLines(view, style, { day: "2026-01-31", minute: "" }).lines;
}

const sent = { kind: "sent", id, to: "bob", text: "hi", atMs } as const;
const status = { kind: "status", id, to: "bob", text: "hi" } as const;
const search = { kind: "search", names: ["alice", "bob"], online: ["bob"], more: false } as const;

const people = `"id":"${client}-17","from":"alice","to":"bob"`;
const textAndTime = '"text":"hi","at":"2026-01-31T12:03:00.000Z"';

const golden: readonly (readonly [View, string, readonly string[], readonly string[]])[] = [
  [
    { kind: "registered", user: "alice" },
    '{"type":"registered","user":"alice"}',
    ["registered alice; you are logged in"],
    ["registered alice; you are logged in"],
  ],
  [
    { kind: "loggedIn", user: "alice", unread: 3 },
    '{"type":"loggedIn","user":"alice","unread":3}',
    ["welcome alice, you have 3 new messages:"],
    ["welcome alice, you have 3 new messages:"],
  ],
  [
    { ...sent, status: "delivered" },
    `{"type":"sent","to":"bob","id":"${client}-17","status":"delivered"}`,
    ["delivered to bob"],
    ["12:03 you → bob: hi ✓ delivered to bob"],
  ],
  [
    { ...sent, status: "stored" },
    `{"type":"sent","to":"bob","id":"${client}-17","status":"stored"}`,
    ["bob will get it at the next login"],
    ["12:03 you → bob: hi ✓ bob will get it at the next login"],
  ],
  [
    { kind: "message", letter },
    `{"type":"message",${people},${textAndTime}}`,
    ["12:03 [4] alice: hi"],
    ["12:03 [4] alice: hi"],
  ],
  [
    { kind: "message", letter: { ...letter, own: true, late: true } },
    `{"type":"message",${people},${textAndTime},"own":true,"late":true}`,
    ["12:03 [4] you to bob (delivered late): hi"],
    ["12:03 [4] you → bob (delivered late): hi"],
  ],
  [
    { ...status, status: "read" },
    `{"type":"status","id":"${client}-17","status":"read"}`,
    ['bob has read "hi"'],
    ['✓✓ bob has read "hi"'],
  ],
  [
    search,
    '{"type":"search","names":["alice","bob"],"online":["bob"],"more":false}',
    ["alice", "bob (online)"],
    ["alice", "bob ● online"],
  ],
  [
    { ...search, names: [], online: [] },
    '{"type":"search","names":[],"online":[],"more":false}',
    ["no usernames matched your query"],
    ["no usernames matched your query"],
  ],
  [
    { kind: "loggedOut", user: "alice" },
    '{"type":"loggedOut","user":"alice"}',
    ["logged out; good-bye alice"],
    ["logged out; good-bye alice"],
  ],
  [
    { kind: "deleted", user: "alice" },
    '{"type":"deleted","user":"alice"}',
    ["deleted the account alice"],
    ["deleted the account alice"],
  ],
  [{ kind: "reconnecting" }, '{"type":"reconnecting"}', [], []],
  [{ kind: "connected", server: 1, verified: true }, '{"type":"connected","server":1}', [], []],
  [
    { kind: "error", command: "send", code: "no-such-user", message: "There is no user bob." },
    '{"type":"error","command":"send","code":"no-such-user","message":"There is no user bob."}',
    ["error: There is no user bob."],
    ["✗ There is no user bob."],
  ],
];

test("each event has its line in JSON, in plain words, and on a terminal", () => {
  for (const [view, json, plainLines, richLines] of golden) {
    assert.equal(renderJson(view), json);
    assert.deepEqual(lines(view, plain), plainLines);
    assert.deepEqual(lines(view, rich), richLines);
  }
});

test("one new message is not several", () => {
  const first = (unread: number): string =>
    lines({ kind: "loggedIn", user: "bob", unread }, plain)[0] ?? "";
  assert.equal(first(1), "welcome bob, you have 1 new message:");
  assert.equal(first(0), "welcome bob, you have no new messages");
});

test("on a terminal the time stands only where it has changed, and a new day has a line", () => {
  const view: View = { kind: "message", letter };
  const first = renderLines(view, rich, { day: "2026-01-30", minute: "12:03" });
  assert.deepEqual(first.lines, ["— 2026-01-31 —", "12:03 [4] alice: hi"]);
  assert.deepEqual(renderLines(view, rich, first.shown).lines, ["      [4] alice: hi"]);
});

test("colours stand only where they are wanted, and always end", () => {
  const coloured: Style = { ...rich, colour: true };
  const line = lines({ kind: "message", letter }, coloured)[0] ?? "";
  assert.equal(line, "\x1b[2m12:03\x1b[22m \x1b[2m[4]\x1b[22m \x1b[1malice\x1b[22m: hi");
});

test("whatever comes from outside is inert in every style, names and errors included", () => {
  const evil = "\x1b]0;x\x07\u202e\u200b\x9b";
  const views: readonly View[] = [
    { kind: "message", letter: { ...letter, from: evil, to: evil, text: evil, group: evil } },
    { kind: "message", letter: { ...letter, own: true, to: evil, text: evil } },
    { ...sent, to: evil, text: evil, status: "stored" },
    { ...status, to: evil, text: evil, status: "read" },
    { kind: "search", names: [evil], online: [evil], more: true },
    { kind: "inbox", letters: [{ ...letter, from: evil, text: evil }], unread: 1 },
    { kind: "users", users: [{ name: evil, seenMs: atMs }], more: false },
    { kind: "loggedIn", user: evil, unread: 1 },
    { kind: "registered", user: evil },
    { kind: "loggedOut", user: evil },
    { kind: "deleted", user: evil },
    { kind: "error", command: "", code: "x", message: evil },
    { kind: "note", text: evil },
    {
      kind: "cluster",
      servers: [{ id: 0, host: evil, state: evil, lagOps: 1 }],
      view: 1,
      verified: false,
      op: 1,
      copies: 1,
      outlook: evil,
    },
  ];
  for (const view of views) {
    for (const style of [plain, rich]) {
      const text = lines(view, style).join("");
      assert.ok(text.length > 0 && !/[\x00-\x1f\x7f-\x9f\u202e\u200b]/.test(text), view.kind);
    }
    const json = renderJson(view) ?? "{}";
    assert.ok(!/[\x00-\x1f\x7f-\x9f\u202e\u200b]/.test(json), view.kind);
    assert.equal(typeof JSON.parse(json), "object");
  }
});

test("of one change and one copy it is spoken as of one", () => {
  const said = (count: number): string => {
    const about = { view: 1, verified: true, op: count, copies: count, outlook: "" };
    return lines({ kind: "cluster", servers: [], ...about }, plain).join("\n");
  };
  assert.equal(said(1), "view 1, verified; 1 change, 1 copy of everything");
  assert.equal(said(2), "view 1, verified; 2 changes, 2 copies of everything");
});

test("in JSON a text is exactly what was sent", () => {
  const text = 'emoji 👩‍👩‍👧 "quoted" \u202e \x1b | % \\';
  const json = renderJson({ kind: "message", letter: { ...letter, text } }) ?? "";
  assert.equal((JSON.parse(json) as { text: string }).text, text);
});

test("in a group the reader's own name stands out, as a word of its own, in what others write", () => {
  const style: Style = { ...rich, colour: true, user: "bob" };
  const said = (more: Partial<LetterView>): string =>
    lines({ kind: "message", letter: { ...letter, group: "#team", ...more } }, style)[0] ?? "";
  assert.ok(said({ text: "ask @Bob or kebob" }).endsWith("ask \x1b[1m@Bob\x1b[22m or kebob"));
  assert.ok(said({ text: "ask bob", group: "" }).endsWith(": ask bob"));
  assert.ok(said({ text: "ask bob", own: true }).endsWith(": ask bob"));
});
