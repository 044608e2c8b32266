// The unread count in the prompt: it says what inbox would open, also when messages came while the
// connection was gone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hostOf } from "../support/simHosts.ts";
import { bobAt, enter, password, run, shows, started } from "../support/seats.ts";

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
