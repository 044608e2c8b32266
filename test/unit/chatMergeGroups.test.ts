// Groups after a fork: memberships are statements that unite, a removal takes away what it saw, and
// messages of the lost side reach those who are members on the side that goes on.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reply } from "../../src/chat/contract.ts";
import { chatDigest } from "../../src/chat/snapshot.ts";
import { ChatScript, codeOf } from "../support/chatScript.ts";
import { copyOf, Fork } from "../support/forkScript.ts";

function change(script: ChatScript, who: number, kind: string, group: string, of = ""): Reply {
  return script.do(who, { type: "groupChange", group, change: kind, member: of });
}

/** alice (1, the owner) and bob (2) are in #team; carol (3) and dave (4) are not. */
function forkedTeam(): Fork {
  const before = new ChatScript();
  for (const [at, name] of ["alice", "bob", "carol", "dave"].entries()) {
    before.register(at + 1, name);
  }
  change(before, 1, "create", "#team");
  change(before, 1, "add", "#team", "bob");
  return new Fork(before);
}

function members(script: ChatScript, group = "#team"): string[] {
  const of = script.chat.groups.named(group.slice(1))?.members.keys() ?? [];
  return [...of].map((id) => script.chat.nameOf(id));
}

function mail(script: ChatScript, who: string): string[] {
  const range = { after: 0, count: 99, unopened: false };
  const { letters } = script.chat.list(script.account(who), range);
  return letters.map(({ letter: { from, to, group, body, format, late } }) => {
    const said = format === "e" ? `${from} ${body} ${to} ${group}` : `${from} ${group}: ${body}`;
    return late ? `${said} (late)` : said;
  });
}

function mergeTwice({ merge, orphans }: Pick<Fork, "merge" | "orphans">): void {
  merge(orphans());
  merge(orphans());
}

test("who was joined on either side is in", () => {
  const { winner, loser, ...fork } = forkedTeam();
  change(loser, 2, "add", "#team", "carol");
  change(winner, 1, "add", "#team", "dave");
  mergeTwice(fork);
  assert.deepEqual(members(winner), ["alice", "bob", "dave", "carol"]);
  assert.deepEqual(mail(winner, "carol"), ["bob added carol #team (late)"]);
});

test("who was removed on either side is out, unless somebody joined him anew meanwhile", () => {
  const { winner, loser, ...fork } = forkedTeam();
  change(loser, 1, "remove", "#team", "bob");
  change(winner, 1, "remove", "#team", "bob");
  change(winner, 1, "add", "#team", "bob");
  mergeTwice(fork);
  assert.deepEqual(members(winner), ["alice", "bob"], "the removal had not seen the new joining");
  const other = forkedTeam();
  change(other.loser, 1, "remove", "#team", "bob");
  mergeTwice(other);
  assert.deepEqual(members(other.winner), ["alice"]);
  assert.deepEqual(mail(other.winner, "bob").at(-1), "alice removed bob #team (late)");
});

test("who was joined on both sides and removed on one stays by the other's word", () => {
  const { winner, loser, ...fork } = forkedTeam();
  for (const side of [winner, loser]) change(side, 1, "add", "#team", "carol");
  change(loser, 1, "remove", "#team", "carol");
  mergeTwice(fork);
  assert.deepEqual(members(winner), ["alice", "bob", "carol"]);
  change(winner, 1, "remove", "#team", "carol");
  mergeTwice(fork);
  assert.deepEqual(members(winner), ["alice", "bob"], "a merge once more brings nobody back");
});

test("a message of the lost side reaches the members, late, and nobody who was removed", () => {
  const { winner, loser, ...fork } = forkedTeam();
  change(loser, 1, "add", "#team", "carol");
  loser.send(2, "#team", "from the left");
  change(winner, 1, "remove", "#team", "bob");
  mergeTwice(fork);
  assert.equal(mail(winner, "alice").at(-1), "bob #team: from the left (late)");
  assert.equal(mail(winner, "carol").at(-1), "bob #team: from the left (late)");
  assert.deepEqual(mail(winner, "bob").slice(-1), ["bob #team: from the left (late)"], "his own");
  assert.deepEqual(mail(winner, "dave"), []);
});

test("a group of the same name on both sides: the lost one gets a number and keeps its mail", () => {
  const { winner, loser, ...fork } = forkedTeam();
  change(winner, 3, "create", "#club");
  change(loser, 4, "create", "#club");
  change(loser, 4, "add", "#club", "alice");
  loser.send(4, "#club", "hello");
  mergeTwice(fork);
  assert.deepEqual(members(winner, "#club"), ["carol"]);
  assert.deepEqual(members(winner, "#club2"), ["dave", "alice"]);
  assert.equal(mail(winner, "alice").at(-1), "dave #club2: hello (late)");
});

test("an owner who left on the lost side hands over here", () => {
  const { winner, loser, ...fork } = forkedTeam();
  change(loser, 1, "leave", "#team");
  change(winner, 1, "add", "#team", "carol");
  mergeTwice(fork);
  assert.deepEqual(members(winner), ["bob", "carol"]);
  assert.equal(mail(winner, "bob").at(-1), "alice owner bob #team (late)");
});

test("a message to a group that is gone here stays with who wrote it", () => {
  const { winner, loser, ...fork } = forkedTeam();
  loser.send(2, "#team", "anybody?");
  change(winner, 2, "leave", "#team");
  change(winner, 1, "leave", "#team");
  mergeTwice(fork);
  assert.equal(mail(winner, "bob").at(-1), "bob #team (gone): anybody? (late)");
  assert.equal(chatDigest(copyOf(winner.chat)), chatDigest(winner.chat));
});

test("who came into the lobby on the lost side is in, by joining or by writing", () => {
  const { winner, loser, ...fork } = forkedTeam();
  change(loser, 3, "join", "#lobby");
  loser.send(4, "#lobby", "hello all");
  winner.send(1, "#lobby", "first");
  mergeTwice(fork);
  assert.deepEqual(members(winner, "#lobby"), ["alice", "carol", "dave"]);
  assert.equal(mail(winner, "alice").at(-1), "dave #lobby: hello all (late)");
});

test("marks on a group's messages unite, though positions differ", () => {
  const before = forkedTeam();
  const { winner, loser, ...fork } = before;
  loser.send(1, "#team", "left");
  loser.mark(2, "removed", 2);
  winner.send(1, "#team", "right");
  mergeTwice(fork);
  assert.deepEqual(mail(winner, "bob").slice(1), ["alice #team: right"]);
});

test("an unconfirmed message to a group is refused as a new one would be", () => {
  const { winner, loser, ...fork } = forkedTeam();
  const confirmed = loser.chat.op;
  loser.send(2, "#team", "too late");
  const orphans = fork.orphans(confirmed);
  change(winner, 1, "remove", "#team", "bob");
  fork.merge(orphans);
  const request = loser.records.at(-1)?.command;
  const number = request !== undefined && "request" in request ? request.request : 0;
  const again = { type: "send", to: "#team", format: "p", body: "x", request: number } as const;
  assert.equal(codeOf(winner.do(2, again)), "not-a-member");
});

/** alice has a draft to #team, where bob is; carol is not. Sends it, on a side of the fork. */
function forkedDraft(): { readonly fork: Fork; readonly send: (side: ChatScript) => Reply } {
  const before = new ChatScript();
  for (const [at, name] of ["alice", "bob", "carol"].entries()) before.register(at + 1, name);
  change(before, 1, "create", "#team");
  change(before, 1, "add", "#team", "bob");
  const text = { to: "#team", format: "p", body: "at last" } as const;
  before.do(1, { type: "draftPut", draft: 0, ...text });
  const { version = 0 } = before.chat.drafts(before.account("alice"), 0)[0] ?? {};
  const send = (side: ChatScript): Reply =>
    side.do(1, { type: "draftSend", draft: 1, version, ...text });
  return { fork: new Fork(before), send };
}

test("a draft to a group that was sent on both sides is there once, and with whoever is a member", () => {
  const { fork, send } = forkedDraft();
  change(fork.loser, 1, "add", "#team", "carol");
  send(fork.loser);
  send(fork.winner);
  mergeTwice(fork);
  for (const name of ["alice", "bob", "carol"]) {
    const having = mail(fork.winner, name).filter((line) => line.includes("at last"));
    assert.equal(having.length, 1, name);
  }
});

test("a draft to a group that was sent on the lost side is gone, and the message there", () => {
  const { fork, send } = forkedDraft();
  send(fork.loser);
  mergeTwice(fork);
  assert.equal(mail(fork.winner, "bob").at(-1), "alice #team: at last (late)");
  assert.equal(fork.winner.chat.drafts(fork.winner.account("alice"), 0).length, 0);
});
