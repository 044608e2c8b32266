// The group command as people and scripts use it, on a simulated cluster of the product's own
// servers: who is told what, what absent members find, and what stays through failures.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Cluster } from "../support/cluster.ts";
import { Person, Script } from "../support/simFaces.ts";

const password = "correct horse";

/** bob and carol have accounts and are away. */
async function started(seed: number): Promise<Cluster> {
  const cluster = new Cluster({ seed });
  await cluster.start();
  for (const name of ["bob", "carol"]) await run(cluster, [`register ${name}`, password]);
  return cluster;
}

async function run(cluster: Cluster, lines: readonly string[], json = false): Promise<Script> {
  const script = new Script(cluster, lines, { json });
  await cluster.until(() => script.exitCode !== null, "the script to end", 60_000);
  return script;
}

const makesTeam = ["register alice", password, "group create team", "group add #team bob carol"];

test("a group is made, filled and looked at; what is missing is asked for", async () => {
  const cluster = await started(1);
  const lines = [...makesTeam, "send #team hello all", "group", "group members", "team"];
  const alice = await run(cluster, lines);
  assert.deepEqual(alice.out.slice(1, -1), [
    "made the group #team; group add #team [name] takes others in",
    "added bob to #team",
    "added carol to #team",
    "sent to #team",
    "#team  3 members, yours",
    "#team, 3 members:",
    "alice (owner) (online)",
    "bob",
    "carol",
  ]);
  assert.equal(alice.exitCode, 0);
});

test("absent members find at login that they were added, and every message since", async () => {
  const cluster = await started(2);
  await run(cluster, [...makesTeam, "send #team one", "send #team two"]);
  const bob = await run(cluster, ["login bob", password, "send #team three", "history #team"]);
  assert.equal(bob.out[0], "welcome bob, you have 3 new messages:");
  assert.match(bob.out[1] ?? "", /\[1\] alice added you to #team$/);
  assert.match(bob.out[2] ?? "", /\[2\] alice in #team: one$/);
  assert.match(bob.out[3] ?? "", /\[3\] alice in #team: two$/);
  assert.equal(bob.out[4], "sent to #team");
  assert.match(bob.out[9] ?? "", /\[4\] you to #team: three \(stored\)$/);
});

test("who is on hears a message and a change of the group at once, also as JSON", async () => {
  const cluster = await started(3);
  const bob = new Script(cluster, ["login bob", password], { json: true, open: true });
  await cluster.until(() => bob.json("loggedIn").length === 1, "bob to log in");
  await run(cluster, [...makesTeam, "send #team hi", "group remove #team carol"]);
  await cluster.until(() => bob.json("group").length === 3, "word of the changes");
  const [added, carolIn, carolOut] = bob.json("group");
  assert.deepEqual([added?.["event"], added?.["member"], added?.["by"]], ["added", "bob", "alice"]);
  assert.match(String(added?.["id"]), /^[0-9a-f]{32}-\d+$/);
  const note = { type: "group", group: "#team", member: "carol", by: "alice" };
  assert.deepEqual(carolIn, { ...note, event: "added" });
  assert.deepEqual(carolOut, { ...note, event: "removed" });
  const [message] = bob.json("message");
  assert.deepEqual(
    [message?.["text"], message?.["group"], message?.["to"]],
    ["hi", "#team", "#team"],
  );
  bob.close();
});

test("a message to a group says stored, and no receipt follows, whoever is on", async () => {
  const cluster = await started(4);
  const bob = new Script(cluster, ["login bob", password], { json: true, open: true });
  await cluster.until(() => bob.json("loggedIn").length === 1, "bob to log in");
  const alice = await run(cluster, [...makesTeam, "send #team hi", "wait --for 2"], true);
  assert.deepEqual(
    alice.json("sent").map(({ to, status }) => [to, status]),
    [["#team", "stored"]],
  );
  assert.deepEqual(alice.json("status"), []);
  bob.close();
});

test("what outsiders ask of a group is refused in words", async () => {
  const cluster = await started(5);
  await run(cluster, makesTeam);
  await run(cluster, ["login carol", password, "group leave #team"]);
  const asks = ["send #team hi", "group members #team", "group add #team carol", "history #team"];
  const carol = await run(cluster, ["login carol", password, ...asks, "group join team"]);
  const errors = carol.out.filter((line) => line.startsWith("error"));
  assert.deepEqual(errors, [
    "error: You are not a member of #team.",
    "error: You are not a member of #team.",
    "error: You are not a member of #team.",
    "error: #team is not open to all. Ask one of its members to add you.",
  ]);
  assert.ok(
    carol.out.some((line) => line.includes("added you to #team")),
    "its past is hers",
  );
});

test("who was never in a group is told so when he asks for its history, if there is one", async () => {
  const cluster = await started(25);
  await run(cluster, makesTeam);
  const lines = ["register mallory", password, "history #team", "history #none"];
  const mallory = await run(cluster, lines);
  assert.deepEqual(mallory.out.slice(1, 3), [
    "error: You are not a member of #team.",
    "error: There is no group named #none.",
  ]);
});

test("the lobby is open: who writes there is in it, and who joined hears it", async () => {
  const cluster = await started(6);
  const bob = await run(cluster, ["login bob", password, "group join #lobby", "group list"]);
  assert.deepEqual(bob.out.slice(1, 3), ["joined #lobby", "#lobby  1 member"]);
  await run(cluster, ["login carol", password, "send #lobby anybody here?"]);
  const again = await run(cluster, ["login bob", password]);
  assert.match(again.out[1] ?? "", /carol in #lobby: anybody here\?$/);
});

test("a group and its messages outlive two servers", async () => {
  const cluster = await started(7);
  const alice = new Script(cluster, [...makesTeam, "send #team one"], { json: true, open: true });
  await cluster.until(() => alice.json("sent").length === 1, "the first message");
  cluster.crash(0);
  alice.type("send #team two");
  await cluster.until(() => alice.json("sent").length === 2, "the second message", 30_000);
  cluster.crash(1);
  alice.type("send #team three");
  alice.close();
  await cluster.until(() => alice.exitCode !== null, "alice to leave", 60_000);
  const bob = await run(cluster, ["login bob", password], true);
  assert.deepEqual(
    bob.json("message").map(({ text }) => text),
    ["one", "two", "three"],
  );
});

test("on a narrow terminal a group's messages and changes stand whole above the line", async () => {
  const cluster = await started(8);
  const bob = new Person(cluster, { columns: 40 });
  const sees = (text: string): Promise<void> =>
    cluster.until(() => bob.rows().join("").includes(text), text);
  bob.type("login bob\r");
  await sees("password:");
  bob.type(`${password}\r`);
  await sees("bob>");
  bob.type("send #team half a li");
  await run(cluster, [...makesTeam, "send #team a message that does not fit one row"]);
  await sees("alice in #team: a message");
  await sees("alice added carol to #team");
  assert.match(bob.rows().at(-1) ?? "", /bob \(2 unread\)> send #team half a li/);
});
