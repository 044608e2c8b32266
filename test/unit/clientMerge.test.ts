// What the client's core does when servers that had been apart are one again: its session goes on,
// what it asked by position is not repeated, and what is said of it is said once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mergePatienceMs } from "../../src/base/limits.ts";
import type { ChatClient } from "../../src/client/api.ts";
import { LetterIds } from "../../src/client/letterIds.ts";
import type { SessionEvent } from "../../src/client/sessionTypes.ts";
import {
  answerChallenge,
  answerLogin,
  answerResumption,
  connectTo,
  letter,
  loggedInScript,
  only,
  textTo,
  welcome,
} from "../support/sessionScript.ts";
import type { Script } from "../support/sessionScript.ts";

/** The connection breaks, and the next server takes this client in, saying this of itself. */
function moveOn(script: Script, server: number, verified: boolean): void {
  script.put({ kind: "closed" });
  script.put({ kind: "connected" });
  script.say({ ...welcome(server), verified });
}

function notices(script: Script): string[] {
  return script.events
    .filter((event): event is SessionEvent & { kind: "notice" } => event.kind === "notice")
    .map(({ code }) => code);
}

test("marks and acknowledgements wait until the mailbox is known to be the same one", () => {
  const script = loggedInScript();
  script.say(letter(1));
  script.put({ kind: "request", ticket: 7, draft: { type: "mark", mark: "read", seqs: [1] } });
  script.put({ kind: "request", ticket: 8, draft: textTo("bob", "hello") });
  script.sent();
  script.put({ kind: "closed" });
  connectTo(script, 1);
  const first = script.sent();
  assert.deepEqual(
    first.map(({ type }) => type).filter((type) => type !== "hello"),
    ["resume", "send"],
  );
  const { query } = only(first, "resume");
  script.say({ type: "resumed", query, name: "alice", unopened: 0, from: 1 });
  assert.deepEqual(
    script.sent().map(({ type }) => type),
    ["acknowledge", "mark"],
  );
});

test("what spoke of positions that hold other messages now is not repeated, and told so", () => {
  const script = loggedInScript();
  for (const seq of [1, 2]) script.say(letter(seq));
  script.put({ kind: "request", ticket: 7, draft: { type: "mark", mark: "removed", seqs: [2] } });
  script.put({ kind: "closed" });
  connectTo(script, 1);
  const { query } = only(script.sent(), "resume");
  script.say({ type: "resumed", query, name: "alice", unopened: 0, from: 0 });
  const again = script.sent().map(({ type }) => type);
  assert.equal(again.includes("mark") || again.includes("acknowledge"), false);
  const [outcome] = script.outcomes(7);
  assert.ok(outcome !== undefined && !outcome.ok);
  assert.equal(outcome.code, "outcome-unknown");
  assert.match(outcome.message, /had been apart.*mark again/);
});

test("a mark that was asked for while no server was there is not sent to other messages", () => {
  const script = loggedInScript();
  for (const seq of [1, 2]) script.say(letter(seq));
  script.put({ kind: "closed" });
  script.put({ kind: "request", ticket: 7, draft: textTo("bob", "hello") });
  script.put({ kind: "request", ticket: 8, draft: { type: "mark", mark: "removed", seqs: [2] } });
  connectTo(script, 1);
  const { query } = only(script.sent(), "resume");
  script.say({ type: "resumed", query, name: "alice", unopened: 0, from: 0 });
  assert.deepEqual(
    script.sent().map(({ type }) => type),
    ["send"],
  );
  const [outcome] = script.outcomes(8);
  assert.ok(outcome !== undefined && !outcome.ok);
  assert.equal(outcome.code, "numbers-changed", "it has not been done");
  assert.match(outcome.message, /had been apart.*mark again/);
});

test("numbers from before a merge mean nothing until they are shown anew", async () => {
  const script = loggedInScript();
  for (const seq of [1, 2, 3]) script.say(letter(seq));
  script.put({ kind: "closed" });
  connectTo(script, 1);
  const { query } = only(script.sent(), "resume");
  script.say({ type: "resumed", query, name: "alice", unopened: 0, from: 2 });
  assert.equal(script.events.filter(({ kind }) => kind === "renumbered").length, 1);
  const ids = new LetterIds();
  for (const seq of [1, 2, 3]) ids.note(`${"a".repeat(32)}-${seq}`, seq);
  assert.deepEqual(await ids.resolve(nobody, ["3", "5"]), [3, 5]);
  ids.renumber();
  ids.note(`${"b".repeat(32)}-1`, 2);
  assert.deepEqual(await ids.resolve(nobody, ["2", "4"]), [2, 4]);
  for (const words of [["1"], ["2", "3"]]) {
    const why = await ids.resolve(nobody, words);
    assert.ok("code" in why && why.code === "numbers-changed", "refused");
  }
  ids.forget();
  assert.deepEqual(await ids.resolve(nobody, ["1"]), [1], "another login's");
});

/** Who is asked nothing. */
const nobody = {} as ChatClient;

for (const verified of [false, true]) {
  const what = verified ? "is sent again" : "is not sent again while anything is unverified";
  test(`a mark whose session nobody knew, and was renewed, ${what}`, () => {
    const script = loggedInScript();
    script.say(letter(1));
    script.put({ kind: "request", ticket: 7, draft: { type: "mark", mark: "read", seqs: [1] } });
    script.sent();
    moveOn(script, 1, verified);
    const { query } = only(script.sent(), "resume");
    script.say({ ...refusal, query });
    answerChallenge(script);
    answerLogin(script, { delivered: 1 });
    const isSent = answerResumption(script).some(({ type }) => type === "mark");
    assert.equal(isSent, verified);
    assert.equal(script.outcomes(7).length, verified ? 0 : 1);
  });
}

test("a name that a merge has changed is the session's name from then on", () => {
  const script = loggedInScript();
  script.put({ kind: "closed" });
  connectTo(script, 1);
  const { query } = only(script.sent(), "resume");
  script.say({ type: "resumed", query, name: "alice2", unopened: 0, from: 0 });
  assert.equal(script.state.session?.name, "alice2");
});

test("a session that a merge ends behind its own deletion's back is over", () => {
  const script = loggedInScript();
  script.put({ kind: "request", ticket: 7, draft: { type: "delete", name: "alice" } });
  const { request } = only(script.sent(), "delete");
  script.say({ type: "refused", request, code: "not-logged-in", message: "Log in first." });
  const [outcome] = script.outcomes(7);
  assert.ok(outcome !== undefined && !outcome.ok);
  assert.equal(outcome.code, "not-logged-in");
  assert.equal(script.state.session, null);
  const ended = script.events.filter(({ kind }) => kind === "sessionEnded");
  assert.equal(ended.length, 1, "and said so");
});

for (const verified of [false, true]) {
  const what = verified ? "ends at once where nothing is missing" : "is tried again for a while";
  test(`a session that nobody knows ${what}`, () => {
    const script = loggedInScript();
    moveOn(script, 1, verified);
    const { query } = only(script.sent(), "resume");
    script.say({ type: "queryRefused", query, code: "not-logged-in", message: "no" });
    const challenge = only(script.sent(), "challenge");
    const strange = { salt: "00".repeat(16), cost: 16_384, blockSize: 8, parallelism: 5 };
    script.say({ type: "challenged", query: challenge.query, ...strange });
    const hasEnded = script.events.some(({ kind }) => kind === "sessionEnded");
    assert.equal(hasEnded, verified);
    if (verified) return;
    assert.equal(script.state.session?.name, "alice", "it still has its session");
    script.nowMs += mergePatienceMs;
    script.pass(300);
    script.put({ kind: "connected" });
    script.say({ ...welcome(2), verified });
    const second = only(script.sent(), "resume");
    script.say({ ...refusal, query: second.query });
    const next = only(script.sent(), "challenge");
    script.say({ type: "challenged", query: next.query, ...strange });
    assert.ok(
      script.events.some(({ kind }) => kind === "sessionEnded"),
      "not for ever",
    );
  });
}

const refusal = { type: "queryRefused", code: "not-logged-in", message: "no" } as const;

/** What becomes of a message that is refused so, by a server that says this of its history. */
function refusedAs(
  code: string,
  how: { readonly isRepeated: boolean; readonly verified: boolean },
): string {
  const script = loggedInScript();
  script.put({ kind: "request", ticket: 7, draft: textTo("bob", "hello") });
  const { request } = only(script.sent(), "send");
  if (how.isRepeated) moveOn(script, 1, how.verified);
  script.say({ type: "refused", request, code, message: "It cannot be." });
  const [outcome] = script.outcomes(7);
  assert.ok(outcome !== undefined && !outcome.ok);
  return outcome.code;
}

test("what is turned away for want of room, and was sent before, may yet be merged", () => {
  assert.equal(refusedAs("no-room", { isRepeated: false, verified: true }), "no-room");
  assert.equal(refusedAs("no-room", { isRepeated: true, verified: true }), "outcome-unknown");
});

test("what was sent before, and is refused where messages may be missing, may yet be merged", () => {
  const code = "no-such-user";
  assert.equal(refusedAs(code, { isRepeated: true, verified: true }), code);
  assert.equal(refusedAs(code, { isRepeated: true, verified: false }), "outcome-unknown");
});

test("that messages may be missing is said once, and once that none are any more", () => {
  const script = loggedInScript();
  for (const [server, verified] of [
    [1, false],
    [2, false],
    [0, true],
    [1, true],
  ] as const) {
    moveOn(script, server, verified);
    const { query } = only(script.sent(), "resume");
    script.say({ type: "resumed", query, name: "alice", unopened: 0, from: 0 });
  }
  assert.deepEqual(notices(script), ["unverified", "verified"]);
  script.say({ type: "notice", code: "unverified", message: "words" });
  script.say({ type: "notice", code: "unverified", message: "words" });
  script.say({ type: "notice", code: "renamed", message: "words" });
  assert.deepEqual(notices(script).slice(2), ["unverified", "renamed"]);
});
