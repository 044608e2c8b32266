// The draft command as people and scripts use it, on a simulated cluster of the product's own
// servers: what is asked for, what is said, and what a refusal leaves.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Cluster } from "../support/cluster.ts";
import { enter, shows } from "../support/seats.ts";
import { Person, Script } from "../support/simFaces.ts";

const password = "correct horse";

async function started(seed: number): Promise<Cluster> {
  const cluster = new Cluster({ seed });
  await cluster.start();
  const script = new Script(cluster, ["register bob", password]);
  await cluster.until(() => script.exitCode !== null, "bob to register");
  return cluster;
}

async function run(cluster: Cluster, lines: readonly string[], json = false): Promise<Script> {
  const script = new Script(cluster, lines, { json });
  await cluster.until(() => script.exitCode !== null, "the script to end", 60_000);
  return script;
}

test("a draft is written, edited, listed and sent; what is missing is asked for", async () => {
  const cluster = await started(1);
  const alice = await run(cluster, [
    "register alice",
    password,
    "draft new bob first words",
    "draft new",
    "bob",
    "second words",
    "draft edit 1",
    "better words",
    "draft list",
    "draft send 1",
    "draft edit",
    " 2 ",
    "third words",
    "draft",
  ]);
  assert.deepEqual(alice.out.slice(1, 4), [
    "kept as draft 1 to bob; draft send 1 sends it",
    "kept as draft 2 to bob; draft send 2 sends it",
    "kept as draft 1 to bob; draft send 1 sends it",
  ]);
  assert.match(alice.out[4] ?? "", /^\[1\] to bob: better words \(\S+, \d\d:\d\d\)$/);
  assert.match(alice.out[5] ?? "", /^\[2\] to bob: second words /);
  assert.equal(alice.out[6], "bob will get it at the next login");
  assert.equal(alice.out[7], "kept as draft 2 to bob; draft send 2 sends it");
  assert.match(alice.out[8] ?? "", /^\[2\] to bob: third words /);
  assert.equal(alice.exitCode, 0);
  const bob = await run(cluster, ["login bob", password]);
  assert.match(bob.out[1] ?? "", /\[1\] alice: better words$/);
});

test("drafts are there on a new terminal, and all are sent at once, in order", async () => {
  const cluster = await started(2);
  await run(cluster, ["register alice", password, "draft new bob one", "draft new bob two"]);
  const again = await run(cluster, ["login alice", password, "draft send all", "draft list"], true);
  assert.equal(again.json("sent").length, 2);
  assert.deepEqual(again.json("drafts"), [{ type: "drafts", drafts: [] }]);
  const bob = await run(cluster, ["login bob", password], true);
  assert.deepEqual(
    bob.json("message").map(({ text }) => text),
    ["one", "two"],
  );
});

test("a refused draft stays and says why, and those behind it are sent", async () => {
  const cluster = await started(3);
  const drafts = ["draft new nobody lost", "draft new bob found"];
  const lines = ["register alice", password, ...drafts, "draft send all", "draft list"];
  const alice = await run(cluster, lines);
  assert.equal(alice.out[3], "error: There is no user named nobody. Draft 1 is kept.");
  assert.equal(alice.out[4], "bob will get it at the next login");
  assert.match(alice.out[5] ?? "", /^\[1\] to nobody: lost/);
  assert.equal(alice.exitCode, 1);
});

test("drafts that are not there, and words that make no sense, are refused in words", async () => {
  const cluster = await started(4);
  const wrong = ["draft send 7", "draft edit 7 text", "draft remove all", "draft throw 1"];
  const more = ["draft edit", "one", "its text", "logout", "logout"];
  const alice = await run(cluster, ["register alice", password, ...wrong, ...more]);
  assert.deepEqual(alice.out.slice(1, 4), [
    "error: You have no draft 7. Type draft list to see those you have.",
    "error: You have no draft 7. Type draft list to see those you have.",
    "error: You have no drafts.",
  ]);
  assert.match(alice.out[4] ?? "", /^error: draft takes new \[to\] \[text\]/);
  assert.equal(alice.out[5], "error: Say which draft, by its number.");
  assert.equal(alice.out.at(-1), "error: You are not logged in.");
});

test("drafts in JSON have their numbers, and removals say how many are left", async () => {
  const cluster = await started(5);
  const drafts = ["draft new bob one", "draft new #team two", "draft list", "draft remove 1"];
  const alice = await run(cluster, ["register alice", password, ...drafts], true);
  assert.deepEqual(alice.json("drafted"), [
    { type: "drafted", draft: 1, count: 1 },
    { type: "drafted", draft: 2, count: 2 },
    { type: "drafted", draft: 0, count: 1 },
  ]);
  const [listed] = alice.json("drafts") as { drafts: Record<string, unknown>[] }[];
  assert.deepEqual(
    listed?.drafts.map(({ draft, to, text }) => [draft, to, text]),
    [
      [1, "bob", "one"],
      [2, "#team", "two"],
    ],
  );
});

test("a draft is sent once though the primary dies behind it", async () => {
  const cluster = await started(6);
  const alice = new Script(cluster, ["register alice", password, "draft new bob once"], {
    json: true,
    open: true,
  });
  await cluster.until(() => alice.json("drafted").length === 1, "the draft");
  alice.type("draft send 1");
  cluster.crash(0);
  alice.type("draft list");
  alice.close();
  await cluster.until(() => alice.exitCode !== null, "the script to end", 60_000);
  assert.equal(alice.exitCode, 0);
  assert.deepEqual(alice.json("drafts"), [{ type: "drafts", drafts: [] }]);
  const bob = await run(cluster, ["login bob", password, "draft list"], true);
  assert.deepEqual(
    bob.json("message").map(({ text }) => text),
    ["once"],
  );
});

/** Alice at a terminal, who has typed a draft to bob, the first one. */
function withDraft(cluster: Cluster): Person {
  const alice = new Person(cluster, { columns: 80 });
  const lines = ["register alice", password, password, "draft new bob first words"];
  for (const line of lines) alice.type(`${line}${enter}`);
  return alice;
}

test("at a terminal a draft that is edited stands in the line, to be changed", async () => {
  const cluster = await started(9);
  const alice = withDraft(cluster);
  alice.type(`draft edit 1${enter}`);
  await cluster.until(() => shows(alice, "text: first words"), "the draft in the line");
  alice.type(` and more${enter}`);
  await cluster.until(() => alice.rows().at(-1) === "alice>", "the prompt");
  alice.type(`draft list${enter}`);
  await cluster.until(() => shows(alice, "bob: first words and more"), "the draft");
});

test("a draft that there is not is refused before its text is asked for, and what is typed stays", async () => {
  const cluster = await started(10);
  const alice = withDraft(cluster);
  alice.type(`draft edit 2${enter}`);
  await cluster.until(() => shows(alice, "You have no draft 2"), "the refusal");
  assert.equal(shows(alice, "text:"), false);
  alice.type(`draft edit 1${enter}mine`);
  await cluster.until(() => shows(alice, "text: mine"), "the question");
  assert.equal(alice.rows().at(-1), "text: mine", "what was typed meanwhile is not touched");
});

test("a text that is typed ahead of a draft that there is not is no command", async () => {
  const cluster = await started(11);
  const alice = withDraft(cluster);
  alice.type(`draft edit 2${enter}help quit${enter}`);
  await cluster.until(() => shows(alice, "draft 2"), "the refusal");
  await cluster.run(200);
  assert.ok(!shows(alice, "log out and leave"), alice.rows().join("\n"));
});

test("whoever names no draft to edit is asked which, and then for the text", async () => {
  const cluster = await started(12);
  const alice = withDraft(cluster);
  alice.type(`draft edit${enter}`);
  await cluster.until(() => shows(alice, "which draft"), "the first question");
  alice.type(`1${enter}`);
  await cluster.until(() => shows(alice, "text: first words"), "the draft in the line");
});
