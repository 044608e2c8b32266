// What people get of sealing without doing anything for it: their words reach one another and
// nobody else, on every terminal that knows the password, through failures and a change of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../../src/wire/messages.ts";
import { Cluster } from "../support/cluster.ts";
import { lineOf } from "../support/simProcess.ts";
import { lyingNetwork } from "../support/lyingNetwork.ts";
import { plainUser, run, said, until } from "../support/sealedScript.ts";
import { Script } from "../support/simFaces.ts";

const password = "correct horse";
const marker = "xylophone";

async function started(seed: number, snapshotEvery = 0): Promise<Cluster> {
  const cluster = new Cluster({ seed, snapshotEvery });
  await cluster.start();
  return cluster;
}

test("no frame, file or log line of any server holds a word that two people exchanged", async () => {
  const cluster = await started(1, 3);
  const frames: string[] = [];
  const note = (message: unknown): void => void frames.push(JSON.stringify(message));
  const hand = {
    toClient: (message: never) => (note(message), [message]),
    toServer: (message: never) => (note(message), [message]),
  };
  const wires = (network: Parameters<typeof lyingNetwork>[0]): typeof network =>
    lyingNetwork(network, hand);
  await run(cluster, ["register bob", password], { wires });
  const lines = [`send bob ${marker} 1`, `draft new bob ${marker} 2`, `send alice ${marker} 3`];
  await run(cluster, ["register alice", password, ...lines, "draft send 1"], { wires });
  const answers = [`reply ${marker} 4`, "history alice", "inbox", "logout"];
  const bob = await run(cluster, ["login bob", password, ...answers], { wires });
  assert.ok(said(bob, `alice: ${marker} 1`), bob.out.join("\n"));
  assert.ok(said(bob, `alice: ${marker} 2`));
  await cluster.settle();
  assert.ok(frames.some((frame) => frame.includes('"format":"s"')));
  assert.deepEqual(
    frames.filter((frame) => frame.includes(marker)),
    [],
  );
  for (const { disk } of cluster.servers) {
    const names = await until(cluster, disk.list());
    assert.ok(names.some((name) => name.startsWith("base-")) && names.some(isJournal));
    for (const name of names.filter((one) => one !== "lock")) {
      const length = await until(cluster, disk.sizeBytes(name));
      const bytes = await until(cluster, disk.read(name, { offset: 0, length }));
      assert.ok(!bytes.includes(marker), name);
      assert.ok(!isJournal(name) || length > 1_000, "there is something to be read");
    }
  }
  assert.ok(!cluster.logs.events().some((event) => lineOf(event).includes(marker)));
});

function isJournal(name: string): boolean {
  return name.startsWith("journal-");
}

test("a new terminal with the password alone reads the whole history and all drafts", async () => {
  const cluster = await started(2);
  await run(cluster, ["register bob", password]);
  const lines = ["send bob one", "send bob two", "draft new bob three", "send alice a note"];
  await run(cluster, ["register alice", password, ...lines]);
  await run(cluster, ["login bob", password, "reply four"]);
  const lookAt = ["history bob", "draft list", "history alice --find NOTE"];
  const alice = await run(cluster, ["login alice", password, ...lookAt]);
  for (const text of ["you to bob: one", "you to bob: two", "bob: four", "to bob: three"]) {
    assert.ok(said(alice, text), `${text} in ${alice.out.join("\n")}`);
  }
  assert.ok(said(alice, "alice: a note"));
  assert.ok(!alice.out.join().includes("warning"));
});

test("after a change of password the new one reads everything, and the old one nothing", async () => {
  const cluster = await started(3);
  await run(cluster, ["register bob", password]);
  const change = ["passwd", password, "another horse"];
  const alice = await run(cluster, ["register alice", password, "send bob one", ...change]);
  assert.ok(said(alice, "password changed"), alice.out.join("\n"));
  const next = await run(cluster, ["login alice", "another horse", "history bob", "send bob two"]);
  assert.ok(said(next, "you to bob: one"), next.out.join("\n"));
  assert.equal(next.exitCode, 0);
  assert.equal((await run(cluster, ["login alice", password])).exitCode, 4);
  const bob = await run(cluster, ["login bob", password]);
  assert.ok(said(bob, "alice: one") && said(bob, "alice: two"), bob.out.join("\n"));
});

test("sealed messages go on through the death of two servers, once and in order", async () => {
  const cluster = await started(4);
  const bob = new Script(cluster, ["register bob", password], { open: true });
  await cluster.until(() => said(bob, "registered bob"), "bob to be in");
  const alice = new Script(cluster, ["register alice", password], { open: true });
  await cluster.until(() => said(alice, "registered alice"), "alice to be in");
  const texts = Array.from({ length: 12 }, (_, at) => `number ${at + 1}`);
  for (const [at, text] of texts.entries()) {
    if (at === 4) cluster.crash(0);
    if (at === 8) cluster.crash(1);
    alice.type(`send bob ${text}`);
    await cluster.run(at === 4 || at === 8 ? 3 : 40);
  }
  await cluster.until(() => said(bob, "number 12"), "all to come", 30_000);
  const came = bob.out.flatMap((line) => /alice: (.*)$/.exec(line)?.[1] ?? []);
  assert.deepEqual(came, texts);
});

test("what is typed while nobody answers waits for the keys, and goes out sealed", async () => {
  const cluster = await started(5);
  await run(cluster, ["register bob", password]);
  const alice = new Script(cluster, ["register alice", password], { open: true });
  await cluster.until(() => said(alice, "registered alice"), "alice to be in");
  await cluster.run(1_000);
  cluster.crash(0, 1, 2);
  await cluster.run(500);
  alice.type("send bob from the dark");
  await cluster.run(3_000);
  cluster.restart(0, 1, 2);
  await cluster.until(() => said(alice, "bob will get it"), "the confirmation", 60_000);
  const bob = await run(cluster, ["login bob", password], { json: true });
  const [message] = bob.json("message");
  assert.equal(message?.["text"], "from the dark");
  assert.equal(message?.["sealed"], undefined);
});

test("who never had keys is written to plain, which is said once, and is read with a mark", async () => {
  const cluster = await started(6);
  const carol = await plainUser(cluster, "carol", password);
  const alice = new Script(cluster, ["register alice", password], { open: true });
  await cluster.until(() => said(alice, "registered alice"), "alice to be in");
  alice.type("send carol hello");
  alice.type("send carol again");
  await cluster.until(() => carol.texts.length === 2, "both to come");
  assert.deepEqual(carol.texts, ["hello", "again"]);
  const warnings = alice.out.filter((line) => line.startsWith("carol has no keys"));
  assert.equal(warnings.length, 1);
  carol.client.sendText("alice", "plainly", () => undefined);
  await cluster.until(() => said(alice, "carol (not sealed): plainly"), "the mark");
  alice.type("history carol");
  await cluster.until(() => said(alice, "you to carol (not sealed): hello"), "the history");
});

test("in JSON what is sealed is as it was before, and what is not says so", async () => {
  const cluster = await started(7);
  const carol = await plainUser(cluster, "carol", password);
  await run(cluster, ["register bob", password]);
  await run(cluster, ["register alice", password, "send bob sealed"]);
  await until(cluster, carol.client.send("bob", "plain"));
  const bob = await run(cluster, ["login bob", password], { json: true });
  const [sealed, plain] = bob.json("message");
  assert.deepEqual(Object.keys(sealed ?? {}), ["type", "id", "from", "to", "text", "at"]);
  assert.equal(sealed?.["text"], "sealed");
  assert.equal(plain?.["sealed"], false);
});

test("two terminals of one account whose keys are made at the same time share one pair", async () => {
  const cluster = await started(8);
  await run(cluster, ["register bob", password]);
  const { client } = await plainUser(cluster, "alice", password);
  await until(cluster, client.logout());
  const both = [1, 2].map(() => new Script(cluster, ["login alice", password], { open: true }));
  await cluster.until(() => both.every((one) => said(one, "welcome alice")), "both to be in");
  await cluster.run(500);
  for (const [at, one] of both.entries()) one.type(`send bob from terminal ${at + 1}`);
  for (const one of both) {
    await cluster.until(() => said(one, "bob will get it"), "the confirmation");
  }
  const bob = await run(cluster, ["login bob", password, "reply to both"]);
  assert.ok(said(bob, "alice: from terminal 1") && said(bob, "alice: from terminal 2"));
  assert.ok(!bob.out.join().includes("key has changed"), bob.out.join("\n"));
  for (const one of both) await cluster.until(() => said(one, "bob: to both"), "the answer");
});

test("keys that got lost with the connection behind a login are asked for once, and come", async () => {
  const cluster = await started(9);
  await run(cluster, ["register bob", password]);
  await run(cluster, ["register alice", password, "send bob one"]);
  let logins = 0;
  const hand = {
    toClient: (message: Message): readonly Message[] => {
      if (message.type === "loggedIn") logins += 1;
      return message.type === "ownKeys" && logins === 1 ? [] : [message];
    },
  };
  const alice = new Script(cluster, ["login alice", password], {
    open: true,
    wires: (network) => lyingNetwork(network, hand),
  });
  await cluster.until(() => said(alice, "welcome alice"), "alice to be in");
  await cluster.run(200);
  assert.equal(logins, 1);
  cluster.crash(0);
  alice.type("history bob");
  await cluster.until(() => said(alice, "you to bob: one"), "the history", 30_000);
  await cluster.run(3_000);
  assert.equal(logins, 2);
});
