// How soon an unconfirmed message is safe from the death of its client, and that nothing is written
// for those that are confirmed at once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { outboxSoonMs } from "../../src/base/limits.ts";
import type { StoredOutbox } from "../../src/client/kept.ts";
import type { OutboxStore } from "../../src/client/outbox.ts";
import type { Cluster } from "../support/cluster.ts";
import { enter, password, shows, started } from "../support/seats.ts";
import { Person } from "../support/simFaces.ts";

class CountedOutbox implements OutboxStore {
  kept: StoredOutbox | null = null;
  writes = 0;

  load(): ReturnType<OutboxStore["load"]> {
    return { kept: this.kept === null ? [] : [this.kept], problem: null };
  }

  keep(outbox: StoredOutbox): null {
    this.kept = outbox;
    this.writes += 1;
    return null;
  }

  drop(): null {
    return (this.kept = null);
  }

  claim(): ReturnType<OutboxStore["claim"]> {
    return { outbox: this.kept, problem: null };
  }
}

async function bobAt(cluster: Cluster, outbox: OutboxStore): Promise<Person> {
  const bob = new Person(cluster, { columns: 80, outbox });
  bob.type(`register bob${enter}${password}${enter}${password}${enter}`);
  await cluster.until(() => shows(bob, "bob>"), "bob to be in");
  return bob;
}

test("a message that nobody confirms is kept within a tenth of a second of Enter", async () => {
  const cluster = await started(321);
  const outbox = new CountedOutbox();
  const bob = await bobAt(cluster, outbox);
  cluster.crash(0, 1, 2);
  bob.type(`send bob not lost${enter}`);
  await cluster.run(2 * outboxSoonMs);
  assert.equal(outbox.kept?.messages.length, 1);
  bob.type(`send bob nor this${enter}`);
  await cluster.run(1);
  assert.equal(outbox.kept?.messages.length, 2, "what follows is kept at once");
  bob.type(`outbox${enter}`);
  await cluster.run(50);
  assert.ok(shows(bob, "2 messages are on their way"), "and left by nobody");
  cluster.restart(0, 1, 2);
  await cluster.until(() => shows(bob, "nor this ✓"), "the confirmation", 30_000);
  assert.equal(outbox.kept, null, "what is confirmed is kept no longer");
});

test("a message that is confirmed at once is never written", async () => {
  const cluster = await started(322);
  const outbox = new CountedOutbox();
  const bob = await bobAt(cluster, outbox);
  for (const text of ["one", "two", "three"]) {
    bob.type(`send bob ${text}${enter}`);
    await cluster.until(() => shows(bob, `${text} ✓`), "the confirmation");
    await cluster.run(2 * outboxSoonMs);
  }
  assert.equal(outbox.writes, 0);
});
