// The chat on a terminal that is not drawn on: lines in, lines out, one prompt for each line that
// is awaited, and nobody at the keyboard waits for a server that is not there. Servers are a
// simulated cluster.

import assert from "node:assert/strict";
import { test } from "node:test";
import { noOutbox } from "../../src/client/outbox.ts";
import { Cluster } from "../support/cluster.ts";
import { password, run, started } from "../support/seats.ts";
import { PlainPerson, type PlainPersonOptions } from "../support/simPlain.ts";

async function bobAt(cluster: Cluster, options: PlainPersonOptions = {}): Promise<PlainPerson> {
  const bob = new PlainPerson(cluster, options);
  for (const line of ["register bob", password, password]) {
    bob.line(line);
    await cluster.run(50);
  }
  await cluster.until(() => bob.shows("bob> "), "bob to be in");
  bob.clear();
  return bob;
}

test("at a plain terminal each line has one prompt, and each event one line", async () => {
  const cluster = await started(301);
  await run(cluster, ["register alice", password]);
  const bob = await bobAt(cluster);
  bob.line("send alice hello");
  await cluster.until(() => bob.rows().at(-1) === "bob> ", "the prompt");
  assert.deepEqual(bob.rows(), [
    "bob> send alice hello",
    "alice will get it at the next login",
    "bob> ",
  ]);
  bob.clear();
  await run(cluster, ["login alice", password, "send bob hi"]);
  await cluster.until(() => bob.shows("alice: hi"), "the message");
  const untimed = bob.rows().map((row) => row.replace(/^\d\d:\d\d /, ""));
  assert.deepEqual(untimed, ["bob> ", 'delivered to alice: "hello"', "[2] alice: hi", ""]);
  bob.line("reply hello again");
  await cluster.until(() => bob.rows().at(-1) === "bob (1 unread)> ", "the prompt");
});

test("at a plain terminal passwords are hidden and asked twice, and Ctrl+D leaves", async () => {
  const cluster = await started(302);
  const bob = new PlainPerson(cluster);
  await cluster.run(50);
  for (const line of ["register bob", password, "correct house"]) {
    bob.line(line);
    await cluster.run(50);
  }
  const refusal = "error: The two passwords differ.";
  await cluster.until(() => bob.shows(refusal), "the refusal");
  assert.deepEqual(bob.rows(), ["> register bob", "password: ", "password again: ", refusal, "> "]);
  bob.close();
  await cluster.until(() => bob.exitCode !== null, "bob to leave");
  assert.equal(bob.exitCode, 0);
});

test("a message at whose heels Ctrl+D comes to a plain terminal is sent first", async () => {
  const cluster = await started(310);
  await run(cluster, ["register alice", password]);
  const bob = await bobAt(cluster);
  bob.line("send alice before I go");
  bob.close();
  await cluster.until(() => bob.exitCode !== null, "bob to leave", 5_000);
  assert.equal(bob.exitCode, 0);
  assert.ok(bob.shows("alice will get it at the next login"), bob.rows().join("\n"));
  assert.deepEqual(bob.rows().slice(-2), ["logged out; good-bye bob", ""]);
});

test("at a plain terminal Ctrl+D in mid-line does nothing, and Ctrl+C drops the line", async () => {
  const cluster = await started(311);
  const bob = await bobAt(cluster);
  bob.type("send bob never mind\x04");
  await cluster.run(50);
  bob.cancel();
  await cluster.run(50);
  assert.deepEqual(bob.rows(), ["bob> send bob never mind^C", "bob> "]);
  bob.close();
  await cluster.until(() => bob.exitCode !== null, "bob to leave", 5_000);
  assert.deepEqual(bob.rows().slice(1), ["bob> ", "logged out; good-bye bob", ""]);
});

test("a login at a plain terminal shows what came before it prompts again", async () => {
  const cluster = await started(303);
  const bob = await bobAt(cluster);
  bob.line("logout");
  await cluster.run(500);
  await run(cluster, ["register alice", password, "send bob one", "send bob two"]);
  bob.clear();
  bob.line("login bob");
  await cluster.run(50);
  bob.line(password);
  await cluster.until(() => bob.rows().at(-1) === "bob (2 unread)> ", "the prompt");
  const prompts = bob.rows().filter((row) => row.startsWith("bob"));
  assert.deepEqual(prompts, ["bob (2 unread)> "]);
});

test("who sits at a plain terminal is told that no server answers, and is not thrown out", async () => {
  const cluster = new Cluster({ seed: 15 });
  const person = new PlainPerson(cluster);
  await cluster.run(70_000);
  assert.equal(person.exitCode, null);
  const said = ["No server answers; still trying (Ctrl+C to quit).", "Connected again."];
  const shown = (): string[] => said.filter((line) => person.shows(line));
  assert.deepEqual(shown(), said.slice(0, 1));
  await cluster.start();
  await cluster.until(() => shown().length === 2, "the connection", 10_000);
});

test("in an outage help answers at once, also behind a command that waits", async () => {
  const cluster = await started(304);
  const bob = await bobAt(cluster);
  cluster.crash(0, 1, 2);
  await cluster.run(500);
  bob.line("search *");
  await cluster.run(100);
  bob.line("/help quit");
  await cluster.run(100);
  assert.ok(bob.shows("quit - log out and leave"), bob.rows().join("\n"));
  bob.line("set notes on");
  await cluster.run(100);
  assert.ok(bob.shows("notes on"), bob.rows().join("\n"));
  bob.line("sned alice hi");
  await cluster.run(100);
  assert.ok(bob.shows("Did you mean send?"), bob.rows().join("\n"));
  bob.line("quit");
  await cluster.until(() => bob.exitCode !== null, "bob to leave", 3_000);
  assert.equal(bob.exitCode, 0);
});

test("in an outage Ctrl+C ends the wait, then asks, and the prompt stands there once", async () => {
  const cluster = await started(305);
  const bob = await bobAt(cluster);
  cluster.crash(0, 1, 2);
  await cluster.run(2_000);
  for (const line of ["search *", "users", "cluster"]) {
    bob.line(line);
    await cluster.run(100);
  }
  bob.clear();
  bob.cancel();
  await cluster.run(100);
  bob.cancel();
  await cluster.run(100);
  assert.deepEqual(bob.rows(), [
    "bob (reconnecting)> ^C",
    "Cancelled. Not begun, and not done: users; cluster",
    "bob (reconnecting)> ^C",
    "Press Ctrl+C again to leave.",
    "bob (reconnecting)> ",
  ]);
  bob.cancel();
  await cluster.until(() => bob.exitCode !== null, "bob to leave", 3_000);
  assert.equal(bob.exitCode, 130);
});

test("who leaves a plain terminal in an outage is told what is kept, and no more", async () => {
  const cluster = await started(309);
  const kept: string[] = [];
  const keep = ({ client }: { readonly client: string }): null => (kept.push(client), null);
  const outbox = { ...noOutbox(), keep };
  const bob = await bobAt(cluster, { outbox });
  cluster.crash(0, 1, 2);
  await cluster.run(2_000);
  bob.line("send bob not lost");
  await cluster.run(200);
  bob.clear();
  bob.line("quit");
  await cluster.run(100);
  bob.cancel();
  await cluster.until(() => bob.exitCode !== null, "bob to leave", 3_000);
  assert.equal(new Set(kept).size, 1);
  assert.deepEqual(bob.rows(), [
    "bob (reconnecting)> quit",
    "Waiting for 1 message to be confirmed (Ctrl+C to leave at once).",
    "^C",
    "1 message was not confirmed. Kept here; your next login offers to send it.",
    "",
  ]);
});

test("lines pasted at a plain terminal are one message to confirm, not commands", async () => {
  const cluster = await started(306);
  await run(cluster, ["register alice", password]);
  const bob = await bobAt(cluster);
  for (const line of ["send alice first", "logout", "delete"]) bob.line(line);
  await cluster.run(100);
  const note = "3 lines were pasted as one message: Enter sends it, Ctrl+C drops it.";
  assert.deepEqual(bob.rows().slice(3), [note, "bob> "]);
  bob.line("");
  await cluster.until(() => bob.shows("alice will get it"), "the message");
  const alice = await run(cluster, ["login alice", password]);
  assert.ok(
    alice.out.some((line) => line.includes("first␊logout␊delete")),
    alice.out.join("\n"),
  );
  for (const line of ["one", "two"]) bob.line(line);
  await cluster.run(100);
  assert.ok(bob.shows("2 lines were pasted as no command: put send [to] in front"));
  bob.cancel();
  await cluster.run(100);
  bob.line("");
  await cluster.run(100);
  assert.ok(bob.shows("Cancelled."));
  assert.ok(!bob.shows("There is no such command."));
});

test("answers typed ahead at a plain terminal are answers", async () => {
  const cluster = await started(307);
  const bob = new PlainPerson(cluster);
  for (const line of ["register bob", password, password, "help quit"]) bob.line(line);
  await cluster.until(() => bob.shows("registered bob"), "bob to be in");
  await cluster.until(() => bob.shows("quit - log out and leave"), "the help");
});

test("lines with a colon are the demo's, also while a command waits at a plain terminal", async () => {
  const cluster = await started(308);
  const taken: string[] = [];
  const bob = await bobAt(cluster, { colonLine: (line) => taken.push(line) });
  cluster.crash(0, 1, 2);
  await cluster.run(500);
  bob.line("search *");
  await cluster.run(50);
  bob.line(":start 0");
  await cluster.run(50);
  assert.deepEqual(taken, [":start 0"]);
});

test("a smiley is nobody's command: in a conversation it is said", async () => {
  const cluster = await started(309);
  const taken: string[] = [];
  const bob = await bobAt(cluster, { colonLine: (line) => taken.push(line) });
  for (const line of ["chat bob", ":-)", ":D", ":help"]) {
    bob.line(line);
    await cluster.run(200);
  }
  assert.equal(bob.rows().filter((row) => row === "delivered to bob").length, 2);
  assert.deepEqual(taken, [":help"]);
});
