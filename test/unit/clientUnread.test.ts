// The unread count in the prompt: it says what inbox would open, also when messages came while the
// connection was gone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { loginShownWaitMs, sessionIdleMs, sessionSweepMs } from "../../src/base/limits.ts";
import type { Message } from "../../src/wire/messages.ts";
import { hostOf } from "../support/simHosts.ts";
import { type Hand, lyingNetwork } from "../support/lyingNetwork.ts";
import { bobAt, enter, password, run, shows, started } from "../support/seats.ts";
import { Person, Script } from "../support/simFaces.ts";

test("what came while the connection was gone is counted once", async () => {
  const cluster = await started(341);
  const bob = await bobAt(cluster, { columns: 80 });
  await run(cluster, ["register alice", password, "send bob one"]);
  await cluster.until(() => shows(bob, "bob (1 unread)>"), "the first message");
  for (const id of [0, 1, 2]) cluster.network.cut(hostOf(bob.machine), hostOf(id));
  await run(cluster, ["login alice", password, "send bob two", "send bob three"]);
  await cluster.run(5_000);
  cluster.network.healAll();
  await cluster.until(() => shows(bob, "alice: three"), "the messages", 30_000);
  await cluster.run(500);
  assert.equal(bob.rows().at(-1), "bob (3 unread)>");
  bob.type(`inbox${enter}`);
  await cluster.until(() => shows(bob, "— 3 unread —"), "the inbox");
});

test("what another terminal has opened meanwhile is shown, and is not unread", async () => {
  const cluster = await started(342);
  const bob = await bobAt(cluster, { columns: 80 });
  for (const id of [0, 1, 2]) cluster.network.cut(hostOf(bob.machine), hostOf(id));
  await run(cluster, ["register alice", password, "send bob one", "send bob two"]);
  await run(cluster, ["login bob", password, "read 1"]);
  await cluster.run(5_000);
  cluster.network.healAll();
  await cluster.until(() => shows(bob, "alice: two"), "the messages", 30_000);
  await cluster.run(500);
  assert.equal(bob.rows().at(-1), "bob (1 unread)>");
});

test("a terminal that was away until its session ended shows what others of its user were shown", async () => {
  const cluster = await started(343);
  const bob = await bobAt(cluster, { columns: 80 });
  const away = new Person(cluster, { columns: 80 });
  away.type(`login bob${enter}${password}${enter}`);
  await cluster.until(() => shows(away, "bob>"), "the other terminal");
  await run(cluster, ["register alice", password, "send bob one"]);
  await cluster.until(() => shows(away, "alice: one"), "the first message");
  for (const id of [0, 1, 2]) cluster.network.cut(hostOf(away.machine), hostOf(id));
  await run(cluster, ["login alice", password, "send bob two"]);
  await cluster.until(() => shows(bob, "alice: two"), "the second message");
  await cluster.run(sessionIdleMs + 2 * sessionSweepMs);
  cluster.network.healAll();
  await run(cluster, ["login alice", password, "send bob three"]);
  await cluster.until(() => shows(away, "alice: three"), "the third message", 60_000);
  await cluster.run(500);
  const texts = away.rows().flatMap((row) => /alice: (\w+)$/.exec(row)?.[1] ?? []);
  assert.deepEqual(texts, ["one", "two", "three"]);
  assert.equal(away.rows().at(-1), bob.rows().at(-1));
});

test("a login that announces what was shown here already waits for no more of it", async () => {
  const cluster = await started(344);
  let isDeaf = true;
  const hand: Hand = {
    toServer: (message) => (isDeaf && message.type === "acknowledge" ? [] : [message]),
  };
  const bob = new Script(cluster, ["register bob", password], {
    wires: (network) => lyingNetwork(network, hand),
    open: true,
  });
  await cluster.until(() => bob.out.length > 0, "bob");
  await run(cluster, ["register alice", password, "send bob one"]);
  await cluster.until(() => bob.out.some((line) => line.endsWith("alice: one")), "the message");
  bob.type("logout");
  await cluster.until(() => bob.out.some((line) => line.startsWith("logged out")), "the end");
  isDeaf = false;
  for (const line of ["login bob", password, "inbox"]) bob.type(line);
  const opened = (): boolean => bob.out.some((line) => line.startsWith("1 unread"));
  await cluster.until(opened, "the inbox", loginShownWaitMs / 2);
});

test("a message that comes right behind a mark is counted", async () => {
  const cluster = await started(345);
  let held: Message | null = null;
  const hand: Hand = {
    toClient: (message) => {
      // As servers say it when all of it takes effect at once.
      if (message.type === "marked") held = message;
      if (held === null || message.type === "pong") return [message];
      if (message.type !== "message") return [];
      const together = [held, message, { type: "unopened", count: 1 } as const];
      held = null;
      return together;
    },
  };
  const bob = new Person(cluster, {
    columns: 80,
    wires: (network) => lyingNetwork(network, hand),
  });
  bob.type(`register bob${enter}${password}${enter}${password}${enter}`);
  await cluster.until(() => shows(bob, "bob>"), "bob");
  await run(cluster, ["register alice", password, "send bob one"]);
  await cluster.until(() => shows(bob, "alice: one"), "the first message");
  bob.type(`read 1${enter}`);
  await cluster.until(() => held !== null, "the mark");
  await run(cluster, ["login alice", password, "send bob two"]);
  await cluster.until(() => shows(bob, "alice: two"), "the second message");
  await cluster.run(500);
  assert.equal(bob.rows().at(-1), "bob (1 unread)>");
});
