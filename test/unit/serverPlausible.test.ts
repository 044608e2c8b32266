// What a peer that holds the secret may say and what not: numbers beyond anything that can have
// come about, servers that are not configured, views that are none. It is told so, and loses the
// link.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asIncarnation, asOp, asServerId } from "../../src/base/ids.ts";
import { refuseImplausible, refuseImplausibleBatch } from "../../src/server/plausible.ts";
import type { Batch } from "../../src/wire/batch.ts";
import type { Message, MessageOf } from "../../src/wire/messages.ts";
import { allConnected, heartbeat, makePeerWorld } from "../support/peerWorld.ts";

const highest = Number.MAX_SAFE_INTEGER;
const bounds = { servers: 3, wallUs: 1_800_000_000_000_000 };

const view: MessageOf<"viewInfo"> = {
  type: "viewInfo",
  ballot: asBallot(128),
  startOp: asOp(7),
  primary: asServerId(1),
  verified: true,
  parent: asBallot(64),
  parentActive: true,
  members: [asServerId(0), asServerId(1)],
  incarnations: [asIncarnation(3), asIncarnation(4)],
};

const lies: Record<string, Message> = {
  "a ballot behind which there is no other": heartbeat({ promised: asBallot(highest) }),
  "more rounds than there have been milliseconds": heartbeat({ ballot: asBallot(2 ** 50) }),
  "a life beyond the last": heartbeat({ incarnation: asIncarnation(highest) }),
  "a receiver's life beyond the last": heartbeat({ receiver: asIncarnation(highest) }),
  "more ops than there have been microseconds": heartbeat({ lastOp: asOp(highest) }),
  "more of them committed than that": heartbeat({ committed: asOp(highest) }),
  "a server that is not configured": heartbeat({ leases: [asServerId(3)] }),
  "the same server twice": heartbeat({ hears: [asServerId(1), asServerId(1)] }),
  "a primary that is nobody": heartbeat({ primary: 4 }),
  "a view that begins before the first op": { ...view, startOp: asOp(0) },
  "a view before its own parent": { ...view, parent: asBallot(128) },
  "a view whose primary is no member": { ...view, primary: asServerId(2) },
  "a view with a member too many": { ...view, incarnations: [asIncarnation(3)] },
};

for (const [what, message] of Object.entries(lies)) {
  test(`${what} is not believed`, () => {
    assert.match(refuseImplausible(message, bounds)?.message ?? "", /cannot be true/);
  });
}

test("what honest servers say is believed, whatever the clock says", () => {
  for (const wallUs of [0, bounds.wallUs]) {
    // A life may have been drawn from another server's clock.
    const life = asIncarnation(1_800_000_000_000);
    const message = heartbeat({ incarnation: life, primary: 3, hears: [asServerId(2)] });
    assert.equal(refuseImplausible(message, { servers: 3, wallUs }), null);
    assert.equal(refuseImplausible(view, { servers: 3, wallUs }), null);
  }
});

test("a record of the far future, behind which no other could come, is not believed", () => {
  const command = { type: "acknowledge", request: 1, received: 0, through: 1 } as const;
  const record = { ballot: asBallot(64), op: asOp(1), client: "0".repeat(32), command };
  const batchAt = (atUs: number, ballot = 64): Batch => {
    return { records: [{ ...record, atUs, ballot: asBallot(ballot) }] } as unknown as Batch;
  };
  assert.equal(refuseImplausibleBatch(batchAt(bounds.wallUs), bounds), null);
  assert.match(refuseImplausibleBatch(batchAt(highest), bounds)?.message ?? "", /cannot be true/);
  const ofNoBallot = refuseImplausibleBatch(batchAt(bounds.wallUs, highest), bounds);
  assert.match(ofNoBallot?.message ?? "", /ballot of a record frame cannot be true/);
});

test("whoever says such a thing loses the link, in words, and the others keep theirs", async () => {
  const world = makePeerWorld();
  const servers = [await world.start(0), await world.start(1), await world.start(2)] as const;
  await allConnected(world, servers);
  const [zero, one, two] = servers;
  two.peers.send(asServerId(0), heartbeat({ promised: asBallot(highest) }));
  two.peers.flush();
  await world.until(() => zero.events.includes("down 2"), "the end of the link");
  assert.equal(zero.messages.length, 0);
  assert.match(world.logs.text(50), /Field promised of a heartbeat frame cannot be true/);
  assert.ok(!one.events.some((event) => event.startsWith("down")));
});
