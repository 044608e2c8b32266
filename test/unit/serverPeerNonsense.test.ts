// What a server does that has proven the secret and then says what makes no sense, or says nothing:
// a new link where it has broken a rule, patience where it has not.

import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asOp, asServerId, noChain } from "../../src/base/ids.ts";
import { peerSilenceMs } from "../../src/base/limits.ts";
import { heartbeat, makePeerWorld, type PeerServer, type PeerWorld } from "../support/peerWorld.ts";

const one = asServerId(1);

async function linked(): Promise<{ readonly world: PeerWorld; readonly servers: PeerServer[] }> {
  const world = makePeerWorld();
  const servers = [await world.start(0), await world.start(1)];
  await world.until(() => servers.every(({ up }) => up.size === 1), "the link");
  return { world, servers };
}

test("a server that announces a batch of no records is linked anew, and nothing of it is taken", async () => {
  const { world, servers } = await linked();
  const [liar, honest] = servers as [PeerServer, PeerServer];
  const start = { ballot: asBallot(64), firstOp: asOp(5), chainBefore: noChain };
  liar.peers.send(one, { type: "prepare", ...start, committed: asOp(4), count: 0 });
  liar.peers.send(one, heartbeat());
  liar.peers.flush();
  await world.until(() => honest.events.length === 3, "the link to end, and to come back");
  deepEqual(honest.events, ["up 0", "down 0", "up 0"]);
  deepEqual(honest.messages, []);
});

test("a link on which no heartbeat has come yet is not taken for silent", async () => {
  for (const beats of [false, true]) {
    const { world, servers } = await linked();
    const [quiet, other] = servers as [PeerServer, PeerServer];
    quiet.peers.send(one, beats ? heartbeat() : { type: "activate", ballot: asBallot(64) });
    quiet.peers.flush();
    await world.clock.runFor(2 * peerSilenceMs);
    equal(other.events.includes("down 0"), beats);
  }
});
