// What a server that can confirm nothing tells its clients: by a notice that clients of any age
// show, not again and again to who comes anew. And its answer to `cluster`, which never waits.

import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { standstillSaidMs } from "../../src/base/doubtLimits.ts";
import { asOp, asServerId } from "../../src/base/ids.ts";
import { grantMs, queryHoldMs } from "../../src/base/limits.ts";
import { StandstillWatch } from "../../src/server/standstillWatch.ts";
import { greeted, loggedIn, makeClientWorld } from "../support/clientWorld.ts";
import type { RawClient } from "../support/rawClient.ts";
import { ReplicaScene } from "../support/replicaScene.ts";

function notices(client: RawClient): string[] {
  return client.of("notice").map(({ code, message }) => `${code}: ${message}`);
}

test("each client is told when it begins, once more when it comes anew, and when it goes on", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const stranger = await world.connect();
  world.driver.stand("One is missing.");
  await alice.next("notice");
  // Her connection may be dead, and not known to be: the server goes by what comes anew.
  const again = await greeted(world, alice.client);
  await again.next("notice");
  const third = await greeted(world, alice.client);
  await world.clock.runFor(100);
  deepEqual([notices(alice), notices(third)], [["stands-still: One is missing."], []]);
  third.link.destroy();
  await world.clock.runFor(100);
  world.driver.stand("Two are missing.");
  const back = await greeted(world, alice.client);
  equal((await back.next("notice")).message, "Two are missing.");
  world.driver.stand(null);
  await world.clock.runFor(100);
  const goesOn = "goes-on: Messages are being confirmed again.";
  deepEqual(notices(back), ["stands-still: Two are missing.", goesOn]);
  deepEqual(notices(stranger), [], "who has not said hello");
  const late = await greeted(world);
  await world.clock.runFor(100);
  deepEqual(notices(late), []);
});

test("who ceases to lead says nothing of it to whoever comes when it leads again", async () => {
  const world = await makeClientWorld();
  world.driver.stand("One is missing.");
  world.driver.become({ role: "recovering" });
  world.driver.become({ role: "primary" });
  const alice = await greeted(world);
  await world.clock.runFor(100);
  deepEqual(notices(alice), []);
});

test("cluster is answered beside a resumption that waits, and says how strong they are", async () => {
  const world = await makeClientWorld();
  const before = await loggedIn(world, "alice");
  const { client } = before;
  before.link.destroy();
  const alone = [asServerId(0)];
  world.driver.strong = { ...world.driver.strong, minCopies: 2, up: alone, confirming: alone };
  world.driver.readable = false;
  const alice = await greeted(world, client);
  const resume = { type: "resume", query: 1, proof: "00", shown: 0, shownId: "" } as const;
  alice.say(resume, { type: "cluster", query: 2 });
  const { outlook, copies } = await alice.next("clusterEnd");
  match(outlook, /^The chat stands still: 1 of 2 needed servers is up \(--min-copies 2\)/);
  equal(copies, 1);
  deepEqual([alice.of("resumed"), alice.of("queryRefused")], [[], []]);
});

test("a question waits as long as nothing can be confirmed, and is not refused", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const { strong } = world.driver;
  world.driver.readable = false;
  world.driver.strong = { ...strong, majority: true, confirming: [asServerId(0)] };
  alice.say({ type: "search", query: 5, pattern: "*", after: "" });
  await world.clock.runFor(5 * queryHoldMs);
  deepEqual([alice.of("queryRefused"), alice.of("names"), alice.closed], [[], [], false]);
  world.driver.strong = strong;
  world.driver.readable = true;
  equal((await alice.next("names")).query, 5);
});

test("before it has said hello nobody is told anything", async () => {
  const world = await makeClientWorld();
  world.driver.become({ role: "recovering", primary: null });
  world.driver.following = "unknown";
  const guest = await world.connect();
  const hello = { type: "hello", version: 1, client: guest.client, ballot: 0 as never } as const;
  guest.say(hello, { type: "cluster", query: 2 });
  await world.clock.runFor(100);
  deepEqual(guest.received, []);
  world.driver.become({ role: "primary" });
  await guest.next("clusterEnd");
});

/** Server 0 of two leads, and both are needed; what it says of that. */
function watched(): {
  readonly scene: ReplicaScene;
  readonly said: string[];
  readonly pass: (ms: number, isThere?: boolean) => void;
} {
  const scene = new ReplicaScene(2);
  const heard = scene.beActive();
  const { replica } = scene;
  Object.assign(replica, { views: replica.views.map((view) => ({ ...view, primary: 0 })) });
  const said: string[] = [];
  const log = { write: (_: string, event: string) => void said.push(`log ${event}`) };
  const watch = new StandstillWatch(log, (why) => void said.push(`told ${why ?? "over"}`));
  const pass = (ms: number, isThere = true): void => {
    for (const endMs = scene.nowMs + ms; scene.nowMs < endMs;) {
      if (isThere) scene.hear(heard);
      scene.ticks(1);
      watch.consider(replica, scene.nowMs);
    }
  };
  return { scene, said, pass };
}

test("a primary speaks of a standstill that lasts, and of its end when something is confirmed", () => {
  const { scene, said, pass } = watched();
  const { replica } = scene;
  pass(2 * standstillSaidMs);
  deepEqual(said, []);
  pass(grantMs + standstillSaidMs / 2, false);
  pass(100);
  pass(grantMs + standstillSaidMs / 2, false);
  deepEqual(said, [], "it goes on in between");
  pass(3 * standstillSaidMs, false);
  const why = "Nothing is being confirmed: 1 of 2 needed servers is up. What you write waits.";
  deepEqual(said.splice(0), ["log stands-still", `told ${why}`]);
  replica.committed = asOp(0);
  pass(2 * standstillSaidMs);
  deepEqual(said, [], "nothing has been confirmed yet");
  replica.committed = replica.tail.lastOp;
  pass(100);
  deepEqual(said.splice(0), ["log goes-on-again", "told over"]);
});

test("a view of which nobody is missing stands still as well, while it is too small", () => {
  const { scene, said, pass } = watched();
  const { config } = scene.replica;
  Object.assign(scene.replica, { config: { ...config, minCopies: 3 } });
  pass(2 * standstillSaidMs);
  const why = "Nothing is being confirmed: 2 of 3 needed servers are up. What you write waits.";
  deepEqual(said, ["log stands-still", `told ${why}`]);
});
