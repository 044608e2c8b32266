// Who comes and goes, as it is told to those who have set notes on, and to nobody else; and whom
// one has blocked. The servers are a simulated cluster of the product's own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { presenceNamesMax } from "../../src/base/talkLimits.ts";
import { unkeptSettings } from "../../src/client/settings.ts";
import type { Cluster } from "../support/cluster.ts";
import { bobAt, enter, password, run, shows, started } from "../support/seats.ts";
import { Script } from "../support/simFaces.ts";

/** Logged in, and there until they are closed. */
async function allOn(cluster: Cluster, names: readonly string[]): Promise<readonly Script[]> {
  const scripts = names.map((name) => {
    return new Script(cluster, [`register ${name}`, password], { json: true, open: true });
  });
  const areOn = (): boolean => scripts.every((one) => one.json("registered").length === 1);
  await cluster.until(areOn, `${names.join(" ")} to be on`);
  return scripts;
}

async function onAs(cluster: Cluster, name: string): Promise<Script> {
  const [script] = await allOn(cluster, [name]);
  assert.ok(script !== undefined);
  return script;
}

async function watching(cluster: Cluster): Promise<Script> {
  const watcher = await onAs(cluster, "wanda");
  watcher.type("set notes on");
  await cluster.until(() => watcher.json("settings").length === 1, "the setting");
  await cluster.run(6_000);
  return watcher;
}

function notes(watcher: Script): string[] {
  return watcher.json("presence").map(({ joined, left }) => `+${joined} -${left}`);
}

test("nothing is told of who comes and goes until one sets notes on, and nothing after off", async () => {
  const cluster = await started(70);
  const wanda = await onAs(cluster, "wanda");
  await cluster.run(6_000);
  await run(cluster, ["register alice", password]);
  await cluster.run(6_000);
  assert.deepEqual(notes(wanda), []);
  wanda.type("set notes on");
  await run(cluster, ["login alice", password, "wait --for 2"]);
  await cluster.until(() => notes(wanda).length === 2, "alice's coming and going");
  wanda.type("set notes off");
  await cluster.run(1_000);
  await run(cluster, ["login alice", password, "wait --for 2"]);
  await cluster.run(6_000);
  assert.deepEqual(notes(wanda), ["+alice -", "+ -alice"]);
});

test("several who come or go within a moment are one line", async () => {
  const cluster = await started(71);
  const bob = await bobAt(cluster, { columns: 40 });
  bob.type(`set notes on${enter}`);
  await cluster.run(6_000);
  const others = await allOn(cluster, ["alice", "carol", "dave"]);
  await cluster.until(() => shows(bob, "alice, carol and dave came online"), "the note");
  for (const other of others) other.close();
  await cluster.until(() => shows(bob, " left"), "their going");
  const told = bob.rows().filter((row) => /came online| left/.test(row));
  assert.deepEqual(told, ["alice, carol and dave left"]);
});

test("what follows is folded into the line before: of each name what happened last", async () => {
  const cluster = await started(77);
  const bob = await bobAt(cluster, { columns: 60 });
  bob.type(`set notes on${enter}`);
  await cluster.run(6_000);
  await allOn(cluster, ["alice"]);
  await cluster.until(() => shows(bob, "alice came online"), "the first note");
  const carol = await onAs(cluster, "carol");
  await cluster.until(() => shows(bob, "alice and carol came online"), "the second note");
  carol.close();
  await cluster.until(() => shows(bob, "alice came online; carol left"), "the third note");
  assert.equal(bob.screen.lines().filter((row) => row.includes("came online")).length, 1);
});

test("of many who come at once a few are named, and the others counted", async () => {
  const cluster = await started(72);
  const wanda = await watching(cluster);
  const count = presenceNamesMax + 3;
  const names = Array.from({ length: count }, (_, at) => `p${at}`);
  await allOn(cluster, names);
  await cluster.until(() => notes(wanda).length > 0, "the note");
  const [{ joined, joinedMore } = {}] = wanda.json("presence");
  assert.equal((joined as string[]).length, presenceNamesMax);
  assert.equal(joinedMore, 3);
});

test("a failover tells of nobody, and who goes afterwards is told", async () => {
  const cluster = await started(73);
  const wanda = await watching(cluster);
  const alice = await onAs(cluster, "alice");
  await cluster.until(() => notes(wanda).length === 1, "alice's coming");
  cluster.crash(0);
  await cluster.run(20_000);
  assert.deepEqual(notes(wanda), ["+alice -"]);
  alice.close();
  await cluster.until(() => notes(wanda).length === 2, "alice's going");
  assert.deepEqual(notes(wanda), ["+alice -", "+ -alice"]);
});

test("who is back in a moment has not been away", async () => {
  const cluster = await started(74);
  const wanda = await watching(cluster);
  const alice = await onAs(cluster, "alice");
  await cluster.until(() => notes(wanda).length === 1, "alice's coming");
  alice.type("logout");
  alice.type("login alice");
  alice.type(password);
  await cluster.run(10_000);
  assert.deepEqual(notes(wanda), ["+alice -"]);
});

test("nothing is told of oneself, nor of whom one has blocked", async () => {
  const cluster = await started(75);
  const settings = unkeptSettings();
  const alice = await onAs(cluster, "alice");
  const setUp = ["register wanda", password, "set notes on", "block alice"];
  await run(cluster, setUp, { settings });
  alice.close();
  await cluster.run(6_000);
  const lines = ["login wanda", password];
  const wanda = new Script(cluster, lines, { json: true, open: true, settings });
  await cluster.until(() => wanda.json("loggedIn").length === 1, "wanda");
  const again = new Script(cluster, lines, { json: true, open: true });
  await allOn(cluster, ["carol"]);
  await run(cluster, ["login alice", password, "wait --for 2"]);
  again.close();
  await cluster.run(8_000);
  assert.deepEqual(notes(wanda), ["+carol -"], "the setting was kept for the login");
});

test("who deletes his account is gone for all but those whom he had blocked", async () => {
  const cluster = await started(77);
  const wanda = await watching(cluster);
  const [alice, carol] = await allOn(cluster, ["alice", "carol"]);
  assert.ok(alice !== undefined && carol !== undefined);
  await cluster.until(() => notes(wanda).length === 1, "their coming");
  alice.type("block wanda");
  await cluster.until(() => alice.json("blocked").length === 1, "the block");
  for (const [one, name] of [
    [alice, "alice"],
    [carol, "carol"],
  ] as const) {
    for (const line of ["delete", name]) one.type(line);
    await cluster.until(() => one.json("deleted").length === 1, "the deletion");
  }
  await cluster.run(8_000);
  assert.deepEqual(notes(wanda), ["+alice,carol -", "+ -carol"]);
});

test("whom one has blocked is listed by name, until he is unblocked or his account is gone", async () => {
  const cluster = await started(76);
  for (const name of ["carol", "Alice", "bob"]) await run(cluster, [`register ${name}`, password]);
  const blocks = ["block carol", "block alice", "block bob", "blocked"];
  const wanda = await run(cluster, ["register wanda", password, "blocked", ...blocks]);
  assert.equal(wanda.out[1], "you have blocked nobody");
  assert.deepEqual(wanda.out.slice(-4, -1), ["Alice", "bob", "carol"]);
  await run(cluster, ["login bob", password, "delete", "bob"]);
  const lines = ["login wanda", password, "unblock carol", "blocked"];
  const later = await run(cluster, lines, { json: true });
  assert.deepEqual(later.json("blockList"), [{ type: "blockList", users: ["Alice"] }]);
});
