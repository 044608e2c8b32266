// Conversations: after chat every line goes to one person or group, and what comes from there
// counts as read, until /leave. On a simulated cluster of the product's own servers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTalk } from "../../src/client/parse.ts";
import { promptFor } from "../../src/client/prompts.ts";
import { Cluster } from "../support/cluster.ts";
import { Person, Script } from "../support/simFaces.ts";

const password = "correct horse";

async function started(seed: number): Promise<Cluster> {
  const cluster = new Cluster({ seed });
  await cluster.start();
  await run(cluster, ["register bob", password, "group create team"]);
  return cluster;
}

async function run(cluster: Cluster, lines: readonly string[], json = false): Promise<Script> {
  const script = new Script(cluster, lines, { json });
  await cluster.until(() => script.exitCode !== null, "the script to end", 60_000);
  return script;
}

test("while a conversation is open a line is a message, and a slash makes it a command", () => {
  const send = { kind: "send", to: "bob", text: "quit", inTalk: true };
  assert.deepEqual(parseTalk(" quit ", "bob"), { kind: "command", command: send, questions: [] });
  const parsed = parseTalk("/quit", "bob");
  assert.equal(parsed.kind === "command" && parsed.command.kind, "quit");
  assert.equal(parseTalk("  ", "bob").kind, "nothing");
  assert.equal(promptFor("alice", 2, "", "#team"), "alice to #team (2 unread)> ");
});

test("a script talks to one person until it leaves", async () => {
  const cluster = await started(1);
  const lines = ["chat bob", "hello", "send nobody this", "/search b*", "/leave", "search b*"];
  const alice = await run(cluster, ["register alice", password, ...lines]);
  assert.deepEqual(alice.out.slice(1, -1), [
    "no messages between you and bob",
    "bob will get it at the next login",
    "bob will get it at the next login",
    "bob",
    "Left the conversation with bob.",
    "bob",
  ]);
  const bob = await run(cluster, ["login bob", password, "leave"], true);
  assert.deepEqual(
    bob.json("message").map(({ text }) => text),
    ["hello", "send nobody this"],
  );
  assert.equal(bob.json("error")[0]?.["code"], "no-conversation");
});

test("in a script what a line means does not hang on whether the conversation could be opened", async () => {
  const cluster = await started(2);
  const alice = await run(cluster, ["register alice", password, "chat nobody", "quit", "/leave"]);
  assert.deepEqual(alice.out.slice(1, 4), [
    "error: There is no user named nobody.",
    "error: There is no user named nobody.",
    "Left the conversation with nobody.",
  ]);
});

test("a conversation opens with its newest messages, and reads them and what follows", async () => {
  const cluster = await started(3);
  await run(cluster, ["register alice", password, "send bob one", "send bob two"]);
  const bob = new Person(cluster, { columns: 40 });
  const sees = (what: RegExp): Promise<void> =>
    cluster.until(() => what.test(bob.rows().join("\n")), String(what));
  bob.type("login bob\r");
  await sees(/password:/);
  bob.type(`${password}\r`);
  await sees(/bob \(2 unread\)> $|bob \(2 unread\)>$/);
  bob.type("chat ALICE\r");
  await sees(/bob to alice> ?$/);
  const rows = bob.rows();
  const at = rows.findLastIndex((row) => row === "— 2 unread —");
  assert.match(rows[at + 1] ?? "", /^\d\d:\d\d \[1\] alice: one$/);
  assert.equal(rows[at + 2], "      [2] alice: two");
  const alice = new Script(cluster, ["login alice", password, "send bob three"], {
    json: true,
    open: true,
  });
  await sees(/alice: three\n.*bob to alice> ?$/s);
  bob.type("answer\r");
  await cluster.until(() => alice.json("message").length === 1, "the answer");
  await cluster.until(() => alice.json("status").length >= 1, "word that three was read");
  assert.equal(alice.json("status").at(-1)?.["status"], "read");
  bob.type("/leave\r");
  await sees(/\nbob> ?$/);
  alice.close();
});

test("at a terminal a conversation with nobody is not opened", async () => {
  const cluster = await started(4);
  const bob = new Person(cluster, { columns: 60 });
  const sees = (what: RegExp): Promise<void> =>
    cluster.until(() => what.test(bob.rows().join("\n")), String(what));
  bob.type("login bob\r");
  await sees(/password:/);
  bob.type(`${password}\r`);
  await sees(/bob> ?$/);
  bob.type("chat nobody\r");
  await sees(/There is no user named nobody\.\nbob> ?$/);
  bob.type("chat #TEAM\r");
  await sees(/bob to #team> ?$/);
  bob.type("hi all\r");
  await sees(/you → #team: hi all ✓ sent to #team/);
});
