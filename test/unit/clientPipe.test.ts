// What scripts may rely on: lines eaten by their words alone, replies in order, exit codes that sum
// up. The client's own pipe face talks to a simulated cluster of the product's own servers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Cluster } from "../support/cluster.ts";
import { Script } from "../support/simFaces.ts";

async function started(seed: number): Promise<Cluster> {
  const cluster = new Cluster({ seed });
  await cluster.start();
  return cluster;
}

async function ended(cluster: Cluster, script: Script, limitMs = 30_000): Promise<Script> {
  await cluster.until(() => script.exitCode !== null, "the script to end", limitMs);
  return script;
}

async function run(cluster: Cluster, lines: readonly string[], json = false): Promise<Script> {
  return ended(cluster, new Script(cluster, lines, { json }));
}

const password = "correct horse";

test("each command of a script gets its reply, in order, and the end logs out", async () => {
  const cluster = await started(1);
  await run(cluster, ["register bob", password]);
  const lines = [
    "register",
    "alice",
    password,
    "send bob hi there",
    "SEND",
    "bob",
    "again",
    "/search b*",
  ];
  const script = await run(cluster, lines);
  assert.deepEqual(script.out, [
    "registered alice; you are logged in",
    "bob will get it at the next login",
    "bob will get it at the next login",
    "bob",
    "logged out; good-bye alice",
  ]);
  assert.equal(script.exitCode, 0);
});

test("a login tells how many messages are new, shows them, and shows them once", async () => {
  const cluster = await started(2);
  await run(cluster, ["register bob", password]);
  await run(cluster, ["register alice", password, "send bob one", "send bob two"]);
  const first = await run(cluster, ["login bob", password]);
  assert.equal(first.out[0], "welcome bob, you have 2 new messages:");
  assert.match(first.out[1] ?? "", /^\d\d:\d\d \[1\] alice: one$/);
  assert.match(first.out[2] ?? "", /^\d\d:\d\d \[2\] alice: two$/);
  const second = await run(cluster, ["login bob", password, "inbox", "inbox"]);
  assert.equal(second.out[0], "welcome bob, you have no new messages");
  assert.equal(second.out[1], "2 unread:");
  assert.equal(second.out[4], "no unread messages");
});

test("a refused registration eats its password all the same", async () => {
  const cluster = await started(3);
  await run(cluster, ["register alice", password]);
  const script = await run(cluster, [
    "register alice",
    "quit quit",
    "register no!name",
    "quit quit",
    "cluster",
  ]);
  assert.match(script.out[0] ?? "", /^error: The name alice is taken/);
  assert.match(script.out[1] ?? "", /^error: A name is 1 to 50 letters/);
  assert.match(script.out[2] ?? "", /^server 0/);
  assert.equal(script.exitCode, 1);
});

test("a login with too many words eats its password, and shows no word of it", async () => {
  const cluster = await started(4);
  const script = await run(cluster, ["login alice my secret", "my other secret", "help quit"]);
  assert.equal(script.out.length, 4);
  assert.ok(!script.out.join(" ").includes("secret"));
});

test("an unknown command is not quoted and not run, and the nearest is named", async () => {
  const cluster = await started(5);
  const script = await run(cluster, ["serach *", "hunter2 is my password"], true);
  const errors = script.json("error");
  assert.deepEqual(errors[0], {
    type: "error",
    command: "",
    code: "unknown-command",
    message: "There is no such command. Try search.",
  });
  assert.ok(!script.out.join(" ").includes("hunter2"));
  assert.equal(script.exitCode, 1);
});

test("a refused login counts for more than a refused command", async () => {
  const cluster = await started(6);
  await run(cluster, ["register bob", password]);
  const unknown = await run(cluster, ["login nobody", password, "foo"], true);
  const wrong = await run(cluster, ["foo", "login bob", "wrong horse"], true);
  assert.equal(unknown.exitCode, 4);
  assert.equal(wrong.exitCode, 4);
  const said = (script: Script): unknown =>
    script.json("error").find((one) => one["command"] === "login")?.["message"];
  assert.equal(said(unknown), said(wrong), "one answer for both");
});

test("--user logs in first, and a refused login runs no command", async () => {
  const cluster = await started(7);
  await run(cluster, ["register bob", password]);
  const entry = { name: "bob", password: null };
  const good = await ended(cluster, new Script(cluster, [password, "users"], { entry }));
  assert.equal(good.out[1], "bob  online");
  const bad = new Script(cluster, ["users"], { entry: { name: "bob", password: "wrong" } });
  assert.equal((await ended(cluster, bad)).exitCode, 4);
  assert.equal(bad.out.length, 1);
});

test("where no password comes none is tried, and it is said that the input ended before it", async () => {
  const cluster = await started(7);
  await run(cluster, ["register bob", password]);
  const words = "error: The input ended before the password came.";
  const entry = { name: "bob", password: null };
  const entered = await ended(cluster, new Script(cluster, [], { entry }));
  assert.deepEqual([entered.out, entered.exitCode], [[words], 1]);
  const typed = await run(cluster, ["login bob"]);
  assert.deepEqual([typed.out, typed.exitCode], [[words], 1]);
});

test("delivered is said when the recipient's client has it, stored when it has not", async () => {
  const cluster = await started(8);
  await run(cluster, ["register carol", password]);
  const bob = new Script(cluster, ["register bob", password, "wait 1"], { json: true, open: true });
  await cluster.until(() => bob.out.length === 2, "bob to register");
  const lines = ["register alice", password, "send bob hello", "send alice note to self"];
  lines.push("send carol hello");
  const alice = await run(cluster, lines, true);
  const sent = alice.json("sent");
  assert.deepEqual(
    sent.map((one) => [one["to"], one["status"]]),
    [
      ["bob", "delivered"],
      ["alice", "delivered"],
      ["carol", "stored"],
    ],
  );
  const [message] = bob.json("message");
  assert.equal(message?.["id"], sent[0]?.["id"]);
  assert.equal(message?.["text"], "hello");
  bob.close();
  assert.equal((await ended(cluster, bob)).exitCode, 0);
});

test("a receipt that comes late is a line of its own", async () => {
  const cluster = await started(9);
  await run(cluster, ["register bob", password]);
  const lines = ["register alice", password, "send bob hello"];
  const alice = new Script(cluster, lines, { json: true, open: true });
  await cluster.until(() => alice.json("sent").length === 1, "the message to be sent");
  await run(cluster, ["login bob", password, "inbox"]);
  await cluster.until(() => alice.json("status").length === 2, "both receipts");
  const id = alice.json("sent")[0]?.["id"];
  assert.deepEqual(alice.json("status"), [
    { type: "status", id, status: "delivered" },
    { type: "status", id, status: "read" },
  ]);
  alice.close();
  await ended(cluster, alice);
});

test("a wait ends when its messages have come, or when its time is over", async () => {
  const cluster = await started(10);
  const lines = ["register bob", password, "wait 2", "wait --for 3"];
  const bob = new Script(cluster, lines);
  await cluster.until(() => bob.out.length > 0, "bob to register");
  await run(cluster, ["register alice", password, "send bob one", "send bob two"]);
  await ended(cluster, bob);
  assert.equal(bob.exitCode, 1);
  assert.equal(bob.out.at(-2), "error: Only 0 of 1 messages came.");
});

test("an account goes only when its name is typed again", async () => {
  const cluster = await started(11);
  const script = await run(cluster, [
    "register alice",
    password,
    "delete",
    "bob",
    "delete",
    "alice",
  ]);
  assert.deepEqual(script.out.slice(1), [
    "error: That is not the name of your account. Nothing was deleted.",
    "deleted the account alice",
  ]);
  const again = await run(cluster, ["login alice", password]);
  assert.equal(again.exitCode, 4);
});

test("too long a message is refused with its length, and nothing is sent", async () => {
  const cluster = await started(12);
  const script = await run(cluster, ["register bob", password, `send bob ${"x".repeat(271)}`]);
  assert.equal(script.out[1], "error: 271 characters; the limit is 262 (9 too many)");
});

test("what needs a login says so, and an answer that is missing is not made up", async () => {
  const cluster = await started(13);
  const script = await run(cluster, ["send bob hi", "logout", "reply hi", "register carol"], true);
  const codes = script.json("error").map((one) => one["code"]);
  assert.deepEqual(codes, ["not-logged-in", "not-logged-in", "not-logged-in", "no-answer"]);
});

test("servers that die in the middle of a script cost it nothing", async () => {
  const cluster = await started(14);
  await run(cluster, ["register bob", password]);
  const texts = Array.from({ length: 40 }, (_, at) => `message ${at}`);
  const lines = ["register alice", password, ...texts.map((text) => `send bob ${text}`)];
  const alice = new Script(cluster, lines, { json: true });
  await cluster.until(() => alice.json("sent").length >= 10, "some messages");
  cluster.crash(0);
  await cluster.until(() => alice.json("sent").length >= 25, "more messages");
  cluster.crash(1);
  await ended(cluster, alice);
  assert.equal(alice.exitCode, 0);
  assert.equal(alice.json("sent").length, 40);
  assert.equal(alice.json("reconnecting").length, 2);
  const bob = await run(cluster, ["login bob", password], true);
  assert.deepEqual(
    bob.json("message").map((one) => one["text"]),
    texts,
  );
});

test("when no server answers for a minute, a script ends with 3 and says so", async () => {
  const cluster = new Cluster({ seed: 15 });
  const script = new Script(cluster, ["search *"]);
  await cluster.run(59_000);
  assert.equal(script.exitCode, null);
  await ended(cluster, script, 5_000);
  assert.equal(script.exitCode, 3);
  assert.deepEqual(script.errors, ["No server has answered for 60 seconds. Are they running?"]);
});

test("Ctrl+C ends a script with 130, also while it waits for the network", async () => {
  const cluster = await started(16);
  const waiting = new Script(cluster, ["register bob", password, "wait 1"], { json: true });
  await cluster.until(() => waiting.json("registered").length === 1, "bob to register");
  waiting.interrupt();
  assert.equal((await ended(cluster, waiting, 1_000)).exitCode, 130);
  cluster.crash(0, 1, 2);
  const cut = new Script(cluster, ["search *"]);
  await cluster.run(2_000);
  cut.interrupt();
  assert.equal((await ended(cluster, cut, 1_000)).exitCode, 130);
});

test("quit leaves the rest of the input alone", async () => {
  const cluster = await started(17);
  const script = await run(cluster, ["bye", "search *"]);
  assert.deepEqual([script.out, script.exitCode], [[], 0]);
});
