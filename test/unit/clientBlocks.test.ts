// block, unblock and users as people use them, on a simulated cluster of the product's own servers:
// who is blocked cannot tell, neither by words nor by what his terminal is sent.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Cluster } from "../support/cluster.ts";
import { Script } from "../support/simFaces.ts";

const password = "correct horse";

async function started(seed: number): Promise<Cluster> {
  const cluster = new Cluster({ seed });
  await cluster.start();
  await run(cluster, ["register alice", password]);
  return cluster;
}

async function run(cluster: Cluster, lines: readonly string[], json = false): Promise<Script> {
  const script = new Script(cluster, lines, { json });
  await cluster.until(() => script.exitCode !== null, "the script to end", 60_000);
  return script;
}

test("a blocked sender is told what he would be told of somebody who is away", async () => {
  const cluster = await started(1);
  const bob = new Script(cluster, ["register bob", password, "block alice"], {
    json: true,
    open: true,
  });
  await cluster.until(() => bob.json("blocked").length === 1, "bob to block alice");
  assert.deepEqual(bob.json("blocked"), [{ type: "blocked", user: "alice", on: true }]);
  const alice = await run(cluster, ["login alice", password, "send bob psst"], true);
  assert.deepEqual(
    alice.json("sent").map(({ status }) => status),
    ["stored"],
  );
  bob.type("unblock alice");
  bob.type("send bob a note");
  bob.type("wait 1");
  await run(cluster, ["login alice", password, "send bob hello again"]);
  bob.close();
  await cluster.until(() => bob.exitCode !== null, "bob to leave", 60_000);
  assert.deepEqual(
    bob.json("message").map(({ text }) => text),
    ["a note", "hello again"],
  );
});

test("what a blocked sender's terminal has sent meanwhile is not told as missing", async () => {
  const cluster = await started(7);
  const open = { json: true, open: true };
  const bob = new Script(cluster, ["register bob", password], open);
  await cluster.until(() => bob.json("registered").length === 1, "bob");
  const alice = new Script(cluster, ["login alice", password, "send bob before"], open);
  const comes = (count: number): Promise<void> => {
    return cluster.until(() => bob.json("message").length === count, `message ${count}`);
  };
  await comes(1);
  bob.type("block alice");
  await cluster.until(() => bob.json("blocked").length === 1, "bob to block alice");
  alice.type("send bob psst");
  await cluster.until(() => alice.json("sent").length === 2, "what does not come");
  bob.type("unblock alice");
  await cluster.until(() => bob.json("blocked").length === 2, "bob to unblock alice");
  alice.type("send bob after");
  await comes(2);
  for (const one of [alice, bob]) one.close();
  assert.deepEqual(
    bob.json("message").map(({ text, warning }) => ({ text, warning })),
    [
      { text: "before", warning: undefined },
      { text: "after", warning: undefined },
    ],
  );
});

test("nowhere is somebody on for whom he has blocked, and no note tells of him", async () => {
  const cluster = await started(4);
  const alice = new Script(cluster, ["login alice", password, "set notes on"], {
    json: true,
    open: true,
  });
  await cluster.until(() => alice.json("settings").length === 1, "alice's setting");
  await cluster.run(6_000);
  const setUp = [
    "register bob",
    password,
    "block alice",
    "group create team",
    "group add team alice",
  ];
  const bob = new Script(cluster, setUp, { json: true, open: true });
  await cluster.until(() => bob.json("blocked").length === 1, "bob to block alice");
  await cluster.until(() => alice.json("group").length === 1, "alice to be in the group");
  for (const line of ["search bob", "users bob", "group members team"]) alice.type(line);
  await cluster.until(() => alice.json("members").length === 1, "the last answer");
  await cluster.run(6_000);
  const isOn = (type: string): unknown => alice.json(type).map(({ online }) => online);
  assert.deepEqual([isOn("search"), isOn("members")], [[[]], [["alice"]]]);
  const [users] = alice.json("users").flatMap((answer) => answer["users"] as { online: boolean }[]);
  assert.equal(users?.online, false);
  assert.deepEqual(alice.json("presence"), []);
});

test("block and unblock ask for the name, say what they did, and refuse in words", async () => {
  const cluster = await started(2);
  const lines = ["register bob", password, "block", "alice", "block alice", "unblock Alice"];
  const more = ["unblock alice", "block bob", "block nobody"];
  const bob = await run(cluster, [...lines, ...more]);
  assert.deepEqual(bob.out.slice(1, 7), [
    "nothing that alice writes from now on is shown; what came before stays",
    "alice was blocked already",
    "alice is shown again",
    "alice was not blocked",
    "error: You cannot block yourself.",
    "error: There is no user named nobody.",
  ]);
});

test("what came before a block stays, unread and to be read, as block says", async () => {
  const cluster = await started(8);
  await run(cluster, ["register bob", password]);
  await run(cluster, ["login alice", password, "send bob before"]);
  await run(cluster, ["login bob", password, "block alice"]);
  await run(cluster, ["login alice", password, "send bob after"]);
  const bob = await run(cluster, ["login bob", password, "block alice", "inbox", "help block"]);
  assert.equal(bob.out[1], "alice was blocked already");
  assert.equal(bob.out[2], "1 unread:");
  assert.match(bob.out[3] ?? "", /\[1\] alice: before$/);
  assert.match(bob.out.join("\n"), /What came before stays\.$/m);
  assert.ok(!bob.out.some((line) => line.includes("after")));
});

test("users takes a pattern, and says who is on and who was last seen when", async () => {
  const cluster = await started(3);
  const lines = ["register bob", password, "users", "users B*", "users x*", "users b* c*"];
  const bob = await run(cluster, lines);
  assert.match(bob.out[1] ?? "", /^alice  last seen \S+, \d\d:\d\d$/);
  assert.deepEqual(bob.out.slice(2, 5), [
    "bob  online",
    "bob  online",
    "no usernames matched your query",
  ]);
  assert.match(bob.out[5] ?? "", /^error: users takes one pattern/);
});
