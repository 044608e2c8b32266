// What reply sends goes to whoever wrote what is answered, and to nobody who has the name since.
// Everything else that changes about somebody (his password, his terminals) keeps no answer back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { refuseOtherKey } from "../../src/client/sealing/meantFor.ts";
import { identityFrom } from "../../src/client/sealing/identity.ts";
import { unkeptPins } from "../../src/client/sealing/pins.ts";
import type { Cluster } from "../support/cluster.ts";
import { plainUser, run, said } from "../support/sealedScript.ts";
import { enter, password, shows, started } from "../support/seats.ts";
import { Person, Script, type ScriptOptions } from "../support/simFaces.ts";

const heldBack = "error: What you answer was signed with another key than gus has now";

async function eveIn(
  cluster: Cluster,
  lines: readonly string[] = ["register eve", password],
  options: ScriptOptions = {},
): Promise<Script> {
  const eve = new Script(cluster, lines, { ...options, open: true });
  await cluster.until(() => eve.out.length > 0, "eve to be in");
  await cluster.run(200);
  return eve;
}

/** Who has written is gone, and the name is somebody else's. */
async function gusAnew(cluster: Cluster): Promise<Script> {
  await run(cluster, ["login gus", password, "delete", "gus"]);
  const gus = new Script(cluster, ["register gus", password], { open: true });
  await cluster.until(() => gus.out.length > 0, "the other gus to be in");
  await cluster.run(200);
  return gus;
}

/** Eve has shown a message of the first gus, and the name is the second one's. */
async function twoOfOneName(
  seed: number,
  before: readonly string[] = [],
): Promise<{ readonly cluster: Cluster; readonly eve: Script; readonly gus: Script }> {
  const cluster = await started(seed);
  const eve = await eveIn(cluster);
  await run(cluster, ["register gus", password, "send eve what is the code?"]);
  await cluster.until(() => said(eve, "gus: what is the code?"), "the question");
  for (const line of before) eve.type(line);
  await cluster.run(500);
  return { cluster, eve, gus: await gusAnew(cluster) };
}

test("an answer to whoever had the name before does not go to whoever has it now", async () => {
  const { cluster, eve, gus } = await twoOfOneName(1);
  eve.type("reply secret");
  await cluster.until(() => said(eve, heldBack), "the refusal");
  assert.ok(said(eve, "send gus [text] writes to whoever has it now; verify gus shows"));
  eve.type("reply secret");
  eve.type("send gus who are you?");
  await cluster.until(() => said(eve, "delivered to gus"), "what is sent to the name");
  assert.deepEqual(
    gus.out.filter((line) => line.includes("eve: ")).map((line) => line.replace(/^.*eve: /, "")),
    ["who are you?"],
  );
  assert.equal(eve.out.filter((line) => line.startsWith(heldBack)).length, 2);
  assert.equal(eve.out.filter((line) => line.startsWith("gus's key has changed")).length, 1);
  gus.type("send eve somebody else");
  await cluster.until(() => said(eve, "gus: somebody else"), "his own message");
  eve.type("reply then hello");
  await cluster.until(() => said(gus, "eve: then hello"), "the answer to him");
  assert.ok(!said(gus, "secret"));
});

test("nor does it where the first one's key is still at hand: servers refuse what is sealed with it", async () => {
  const { cluster, eve, gus } = await twoOfOneName(2, ["reply which one?"]);
  eve.type("reply secret");
  await cluster.until(() => said(eve, heldBack), "the refusal");
  assert.equal(eve.out.filter((line) => line.includes("key has changed")).length, 1);
  eve.type("send gus hello");
  await cluster.until(() => said(gus, "eve: hello"), "what is sent to the name");
  assert.ok(!said(gus, "secret") && !said(gus, "missing"), gus.out.join("\n"));
});

test("a terminal shows what was held back with its words, and the line can be had again", async () => {
  const cluster = await started(3);
  const eve = new Person(cluster, { columns: 160 });
  eve.type(`register${enter}eve${enter}${password}${enter}${password}${enter}`);
  await cluster.until(() => shows(eve, "eve>"), "eve to be in");
  await run(cluster, ["register gus", password, "send eve what is the code?"]);
  await cluster.until(() => shows(eve, "gus: what is the code?"), "the question");
  await gusAnew(cluster);
  eve.type(`reply secret${enter}`);
  await cluster.until(() => shows(eve, "you → gus: secret ✗ What you answer was signed"), "it");
  eve.type("\x1b[A");
  await cluster.until(() => shows(eve, "eve (1 unread)> reply secret"), "the line");
});

test("a pipe's refusal has a code, and makes its exit code 1", async () => {
  const cluster = await started(4);
  const eve = await eveIn(cluster, ["register eve", password], { json: true });
  await run(cluster, ["register gus", password, "send eve one"]);
  await cluster.until(() => eve.json("message").length === 1, "the message");
  await gusAnew(cluster);
  eve.type("reply secret");
  eve.close();
  await cluster.until(() => eve.exitCode !== null, "the end");
  const errors = eve.json("error").map(({ command, code }) => [command, code]);
  assert.deepEqual([errors, eve.exitCode], [[["reply", "other-key"]], 1]);
});

for (const [seed, which, to] of [
  [5, "a message that inbox has opened", "eve"],
  [6, "a group's message", "#team"],
] as const) {
  test(`${which} is answered to whoever wrote it alone, and not to another gus`, async () => {
    const cluster = await started(seed);
    await run(cluster, ["register eve", password]);
    const making = ["group create team", "group add team eve"];
    await run(cluster, ["register gus", password, ...making, `send ${to} what is the code?`]);
    if (to === "eve") await run(cluster, ["login eve", password]);
    const eve = await eveIn(cluster, ["login eve", password, "inbox"]);
    await cluster.until(() => said(eve, ": what is the code?"), "the question");
    const first = new Script(cluster, ["login gus", password], { open: true });
    await cluster.until(() => first.out.length > 0, "gus to be in");
    eve.type("reply which one?");
    await cluster.until(() => said(first, "eve: which one?"), "the answer to him alone");
    const gus = await gusAnew(cluster);
    eve.type("reply secret");
    await cluster.until(() => said(eve, heldBack), "the refusal");
    await cluster.run(500);
    assert.ok(!said(gus, "eve: "), gus.out.join("\n"));
  });
}

test("where the new one has no keys nothing goes out plain, whatever was forgotten", async () => {
  const cluster = await started(7);
  const eve = await eveIn(cluster);
  await run(cluster, ["register gus", password, "send eve one"]);
  await cluster.until(() => said(eve, "gus: one"), "the message");
  await run(cluster, ["login gus", password, "delete", "gus"]);
  const gus = await plainUser(cluster, "gus", password);
  eve.type("verify gus no");
  eve.type("reply secret");
  await cluster.until(() => said(eve, heldBack), "the refusal");
  assert.ok(!said(eve, "gus has no keys"), "nothing was written there");
  eve.type("send gus hello");
  await cluster.until(() => gus.texts.length > 0, "what is sent to the name");
  assert.deepEqual(gus.texts, ["hello"]);
});

test("an answer goes to a key that was accepted since, here or at another terminal", async () => {
  const cluster = await started(8);
  const pins = unkeptPins();
  const eve = await eveIn(cluster, ["register eve", password], { pins });
  await run(cluster, ["register gus", password, "send eve one"]);
  await cluster.until(() => said(eve, "gus: one"), "the message");
  const gus = await gusAnew(cluster);
  for (const line of ["reply no", "verify gus", "reply nor now"]) eve.type(line);
  await cluster.until(
    () => eve.out.filter((line) => line.startsWith(heldBack)).length === 2,
    "both refusals",
  );
  await run(cluster, ["login eve", password, "verify gus", "verify gus yes"], { pins });
  eve.type("reply it is you");
  await cluster.until(() => said(gus, "eve: it is you"), "the answer");
  assert.ok(!said(gus, "eve: no"), gus.out.join("\n"));
});

test("who has changed his password, and is on elsewhere, is answered", async () => {
  const cluster = await started(9);
  const eve = await eveIn(cluster);
  const other = "battery staple";
  await run(cluster, ["register gus", password, "send eve one", "passwd", password, other]);
  await cluster.until(() => said(eve, "gus: one"), "the message");
  eve.type("reply two");
  await cluster.until(() => said(eve, "gus will get it"), "the answer");
  const gus = await run(cluster, ["login gus", other, "reply three"]);
  assert.ok(said(gus, "eve: two") && said(gus, "delivered to eve"), gus.out.join("\n"));
  assert.equal(gus.exitCode, 0);
  eve.type("reply four");
  await cluster.until(
    () => eve.out.filter((line) => line.startsWith("gus will get it")).length === 2,
    "the next answer",
  );
  assert.ok(!said(eve, "key"), eve.out.join("\n"));
});

test("who is answered after a merge has the same keys, with a password that changed on one side", async () => {
  const cluster = await started(11);
  const eve = await eveIn(cluster);
  const gus = new Script(cluster, ["register gus", password], { open: true });
  await cluster.until(() => gus.out.length > 0, "gus to be in");
  await cluster.run(200);
  cluster.split({ left: [0, eve.machine, gus.machine], right: [1, 2] });
  await cluster.serving([1, 2]);
  await cluster.serving([0]);
  for (const line of ["send eve one", "passwd", password, "battery staple"]) gus.type(line);
  await cluster.until(() => said(eve, "gus: one") && said(gus, "password"), "both", 60_000);
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.until(() => [0, 1, 2].every((id) => cluster.inspect(id).isMerged), "the merge");
  eve.type("reply two");
  await cluster.until(() => said(gus, "eve: two"), "the answer");
  assert.ok(!said(eve, "key"), eve.out.join("\n"));
});

test("right behind a login whoever wrote meanwhile is answered, and who has no keys as ever", async () => {
  const cluster = await started(10);
  await run(cluster, ["register eve", password]);
  await run(cluster, ["register gus", password, "send eve one"]);
  const first = await run(cluster, ["login eve", password, "reply two"]);
  assert.ok(said(first, "gus will get it"), first.out.join("\n"));
  const zoe = await plainUser(cluster, "zoe", password);
  zoe.client.request({ type: "send", to: "eve", format: "p", body: "plain" }, () => {});
  await cluster.run(500);
  const second = await run(cluster, ["login eve", password, "reply to zoe"]);
  assert.ok(said(second, "delivered to zoe"), second.out.join("\n"));
  assert.deepEqual(zoe.texts, ["to zoe"]);
});

test("only the key that signed, or one that was accepted, is answered", () => {
  const [first, second] = [1, 2].map((fill) => identityFrom(Buffer.alloc(64, fill)));
  assert.ok(first !== undefined && second !== undefined);
  const meant = { key: first.signing.toString("base64url"), as: "answer" } as const;
  const never = (): boolean => false;
  const now = { name: "gus", isAccepted: never };
  assert.equal(refuseOtherKey(meant, { ...now, given: first }), null);
  assert.equal(refuseOtherKey(meant, { ...now, given: second })?.code, "other-key");
  assert.equal(refuseOtherKey(meant, { ...now, given: null })?.code, "other-key");
  const isAccepted = (signing: Buffer): boolean => signing.equals(second.signing);
  assert.equal(refuseOtherKey(meant, { ...now, given: second, isAccepted }), null);
  const unknown = { ...meant, key: null };
  assert.equal(refuseOtherKey(unknown, { ...now, given: second }), null, "nobody knows who signed");
});
