// Keys that change for good reasons, and messages that had to wait: accounts made anew, an outbox
// kept over a restart, what is known of others' keys over a restart.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { OutboxStore } from "../../src/client/outbox.ts";
import { checkOrder, checkPins } from "../../src/client/sealing/pinCheck.ts";
import { unkeptPins } from "../../src/client/sealing/pins.ts";
import { makePinFiles } from "../../src/node/pinFiles.ts";
import type { Cluster } from "../support/cluster.ts";
import { memoryOutbox } from "../support/memoryOutbox.ts";
import { plainUser, run, said } from "../support/sealedScript.ts";
import { enter, password, shows, started } from "../support/seats.ts";
import { Person, Script } from "../support/simFaces.ts";

async function open(cluster: Cluster, lines: readonly string[]): Promise<Script> {
  const script = new Script(cluster, lines, { open: true });
  await cluster.until(() => script.out.length > 0, "the script to begin");
  await cluster.run(200);
  return script;
}

test("who deleted the account and made it anew is written to with the new keys after a warning", async () => {
  const cluster = await started(1);
  await run(cluster, ["register bob", password]);
  const alice = await open(cluster, ["register alice", password, "send bob one"]);
  await cluster.until(() => said(alice, "bob will get it"), "the confirmation");
  await run(cluster, ["login bob", password, "delete", "bob"]);
  await run(cluster, ["register bob", password]);
  alice.type("send bob for the other");
  alice.type("send bob two");
  alice.type("send bob three");
  const stored = (): number => alice.out.filter((line) => line.startsWith("bob will")).length;
  await cluster.until(() => stored() === 3, "both to be confirmed");
  assert.equal(alice.out.filter((line) => line.startsWith("bob's key has changed")).length, 1);
  const bob = await run(cluster, ["login bob", password]);
  assert.ok(said(bob, "alice: two") && said(bob, "alice: three"), bob.out.join("\n"));
  assert.ok(!said(bob, "for the other"));
  assert.ok(!said(bob, "missing"), "what was refused leaves no gap");
});

test("for whom one has verified nothing is sent to the new account until it is accepted", async () => {
  const cluster = await started(2);
  await run(cluster, ["register bob", password]);
  const alice = await open(cluster, ["register alice", password, "verify bob yes", "send bob one"]);
  await cluster.until(() => said(alice, "bob will get it"), "the confirmation");
  await run(cluster, ["login bob", password, "delete", "bob"]);
  const bob = await open(cluster, ["register bob", password]);
  alice.type("send bob two");
  await cluster.until(
    () => said(alice, "Nothing is sent to bob until you accept it"),
    "the warning",
  );
  assert.ok(said(alice, "error: bob's key is not the one that you verified"));
  bob.type("send alice are you there?");
  await cluster.until(() => said(alice, "bob: warning: This message was signed"), "the mark");
  alice.type("verify bob");
  alice.type("verify bob yes");
  alice.type("send bob three");
  await cluster.until(() => said(bob, "alice: three"), "the message");
  assert.ok(!said(bob, "alice: two"));
  alice.type("history bob");
  await cluster.until(() => said(alice, "bob: are you there?"), "what was closed before");
});

test("who had keys and has none any more is not written to plain", async () => {
  const cluster = await started(3);
  await run(cluster, ["register bob", password]);
  const alice = await open(cluster, ["register alice", password, "send bob one"]);
  await cluster.until(() => said(alice, "bob will get it"), "the confirmation");
  await run(cluster, ["login bob", password, "delete", "bob"]);
  const bob = await plainUser(cluster, "bob", password);
  alice.type("send bob two");
  await cluster.until(() => said(alice, "error: bob had keys"), "the refusal");
  alice.type("verify bob no");
  alice.type("send bob three");
  await cluster.until(() => bob.texts.length > 0, "the message");
  assert.deepEqual(bob.texts, ["three"]);
});

async function aliceAt(cluster: Cluster, outbox: OutboxStore, command: string): Promise<Person> {
  const alice = new Person(cluster, { columns: 100, rows: 30, outbox });
  alice.type(`${command} alice${enter}${password}${enter}`);
  if (command === "register") alice.type(`${password}${enter}`);
  await cluster.until(() => shows(alice, "alice>"), "alice to be in");
  await cluster.run(500);
  return alice;
}

test("what waited for keys when the client went is sealed at the next login, for keys accepted by then", async () => {
  const cluster = await started(4);
  await run(cluster, ["register bob", password]);
  await run(cluster, ["register carol", password]);
  const outbox = memoryOutbox();
  const first = await aliceAt(cluster, outbox, "register");
  first.type(`send carol before${enter}`);
  await cluster.until(() => shows(first, "before ✓"), "the confirmation");
  cluster.crash(0, 1, 2);
  await cluster.run(2_000);
  first.type(`send bob one${enter}send carol two${enter}`);
  await cluster.run(3_000);
  first.type("\x03\x03");
  await cluster.until(() => first.exitCode !== null, "alice to leave", 5_000);
  const [kept] = outbox.files.values();
  assert.deepEqual(
    kept?.messages.map(({ draft }) => [draft.to, draft.format]),
    [
      ["bob", "u"],
      ["carol", "s"],
    ],
    "only what has no keys yet is kept in clear",
  );
  cluster.restart(0, 1, 2);
  await cluster.serving([0, 1, 2]);
  await run(cluster, ["login carol", password, "delete", "carol"]);
  await run(cluster, ["register carol", password]);
  const second = await aliceAt(cluster, outbox, "login");
  second.type(`verify carol yes${enter}outbox${enter}`);
  await cluster.until(() => shows(second, "… you → carol: two"), "the list");
  second.type(`outbox send${enter}`);
  await cluster.until(() => shows(second, "sent 2 messages"), "both to be sent");
  assert.equal(outbox.files.size, 0);
  for (const [name, text] of [
    ["bob", "one"],
    ["carol", "two"],
  ] as const) {
    const reader = await run(cluster, [`login ${name}`, password], { json: true });
    const [message] = reader.json("message");
    assert.deepEqual([message?.["text"], message?.["sealed"]], [text, undefined]);
    assert.equal(message?.["warning"], undefined);
  }
});

test("whose key is whose outlives the client, in a file of its owner's alone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "replichat-"));
  try {
    const environment = { XDG_STATE_HOME: folder };
    const files = makePinFiles(environment, checkPins, checkOrder);
    const owner = { user: "alice", id: "AAAAAAAAAAA" };
    const key = Buffer.alloc(32, 7).toString("base64url");
    const pin = { name: "Bob", key, verified: true, former: [key], claimed: "" };
    assert.deepEqual(files.load(owner), { pins: [], problem: null, hadOthers: false });
    assert.equal(files.keep(owner, { name: "bob", pin }), null);
    assert.equal(files.keep(owner, { name: "carol", pin: { ...pin, name: "carol" } }), null);
    assert.equal(files.keep(owner, { name: "carol", pin: null }), null);
    assert.deepEqual(files.load(owner).pins, [pin]);
    assert.equal(files.load({ user: "alice", id: "BBBBBBBBBBB" }).hadOthers, true);
    const place = join(folder, "replichat", "keys");
    const file = join(place, readdirSync(place)[0] ?? "");
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.ok(!readFileSync(file, "utf8").includes("seed"));
    writeFileSync(file, '[{"name":"bob"}]');
    assert.match(files.load(owner).problem ?? "", /is not what this client writes/);
    assert.match(files.keep(owner, { name: "bob", pin }) ?? "", /left alone/);
    const order = new Map([["c t", 7]]);
    assert.equal(files.keepOrder(owner, order), null);
    assert.deepEqual(files.loadOrder(owner), order);
    files.forget(owner);
    assert.ok(!existsSync(file));
    assert.equal(files.loadOrder(owner).size, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a mark made at one terminal holds at another of the same machine, and after a restart", async () => {
  const cluster = await started(6);
  const pins = unkeptPins();
  await run(cluster, ["register bob", password]);
  await run(cluster, ["register alice", password, "send bob one"], { pins });
  const early = new Script(cluster, ["login alice", password], { pins, open: true });
  await cluster.until(() => said(early, "welcome"), "alice to be in");
  const other = await run(cluster, ["login alice", password, "verify bob yes"], { pins });
  assert.ok(said(other, "bob is verified."));
  await run(cluster, ["login bob", password, "delete", "bob"]);
  await run(cluster, ["register bob", password]);
  early.type("send bob two");
  await cluster.until(() => said(early, "error: bob's key is not the one that you verified"), "it");
});

test("a mark that cannot be written is said to hold until one leaves, and so is a forgotten one", async () => {
  const cluster = await started(7);
  await run(cluster, ["register bob", password]);
  const problem = "Writing keys failed: permission denied (EACCES).";
  const pins = { ...unkeptPins(), keep: () => problem };
  const lines = ["register alice", password, "verify bob yes", "verify bob no"];
  const { out } = await run(cluster, lines, { pins });
  const note = `It holds until you leave and no longer: ${problem}`;
  for (const words of ["bob is verified.", "is forgotten; the next is taken as new."]) {
    const at = out.findIndex((line) => line.endsWith(words));
    assert.equal(out[at + 1], note, out.join("\n"));
  }
});
