// A disk or memory that is almost full, as clients meet it: what grows is refused in words, what
// frees room or only reads goes on, and nobody is told "refused" of what was taken before.

import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { asServerId } from "../../src/base/ids.ts";
import { ampleDiskFactor, freeBytesAskMs, lowDiskBytes } from "../../src/base/limits.ts";
import { lowMemoryBytes, lowMemoryOverFactor, ownMemoryShare } from "../../src/base/doubtLimits.ts";
import { lowDiskLeaveMs, lowDiskOverFactor, lowDiskPatienceMs } from "../../src/base/limits.ts";
import type { MemoryUse } from "../../src/ports.ts";
import type { Replica } from "../../src/replica/state.ts";
import type { Room } from "../../src/replica/types.ts";
import { makeRoomWatch, type RoomWatch } from "../../src/server/roomWatch.ts";
import type { Message } from "../../src/wire/messages.ts";
import { loggedIn, makeClientWorld } from "../support/clientWorld.ts";
import { heartbeat, ReplicaScene } from "../support/replicaScene.ts";

test("while a disk is low, messages and registrations are refused: what, why, what next", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  world.driver.short = [asServerId(2)];
  const before = world.driver.submitted.length;
  alice.say(alice.sending("alice", "too much"));
  const refusal = await alice.next("refused");
  equal(refusal.code, "no-room");
  match(
    refusal.message,
    /disk or memory of server 2 is almost full.*not done.*confirmed is safe.*Try again/,
  );
  const bob = await world.connect();
  await bob.hello();
  bob.say(bob.registration("bob"));
  equal((await bob.next("refused")).code, "no-room");
  equal(world.driver.submitted.length, before);
  world.driver.short = [];
  alice.say({ ...alice.sending("alice", "room again"), received: refusal.request });
  await alice.next("sent");
  bob.say({ ...bob.registration("bob"), received: bob.lastRequest });
  await bob.next("registered");
});

test("what follows a refusal for want of room is taken when the client has heard of that", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  world.driver.short = [asServerId(2)];
  const first = alice.sending("alice", "first");
  alice.say(first);
  await alice.next("refused");
  world.driver.short = [];
  const before = world.driver.submitted.length;
  // As if the refusal were still on its way: what is known of it comes with each request.
  const received = first.request - 1;
  const second = { ...alice.sending("alice", "second"), received };
  const third = { ...alice.sending("alice", "third"), received };
  const mark = { type: "mark", request: 99, received, mark: "read", seqs: [] } as const;
  alice.say(mark);
  await alice.next("marked");
  alice.say(second, third, { ...mark, request: 100 });
  const { primary } = await alice.next("notPrimary");
  equal(primary - 1, 0, "it is to ask this very server again");
  await world.until(() => alice.closed, "the end of the connection");
  equal(world.driver.submitted.length, before + 1, "the first mark alone");
  const again = await world.connect(alice.client);
  await again.hello();
  again.say(again.resumption(0));
  await again.next("resumed");
  again.say(first, second, third);
  for (const { request } of [first, second, third]) {
    equal((await again.next("sent")).request, request);
  }
});

test("while a disk is low, people log in, read, acknowledge, mark, log out and delete", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const bob = await loggedIn(world, "bob");
  await alice.send("bob", "before");
  await bob.next("message");
  world.driver.short = [asServerId(0)];
  const request = (): { request: number; received: number } => {
    return { request: (bob.lastRequest += 1), received: 0 };
  };
  bob.say({ type: "acknowledge", ...request(), through: 1 });
  await bob.next("acknowledged");
  bob.say({ type: "mark", ...request(), mark: "removed", seqs: [1] });
  await bob.next("marked");
  bob.say({ type: "logout", ...request() });
  await bob.next("loggedOut");
  const again = await world.connect();
  await again.hello();
  equal((await again.login("bob")).type, "loggedIn");
  again.say({ type: "delete", request: (again.lastRequest += 1), received: 0, name: "bob" });
  await again.next("deleted");
});

test("who repeats what was taken before the disk was low is told its outcome", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  world.driver.committing = false;
  const send = alice.sending("alice", "just in time");
  alice.say(send);
  await world.clock.runFor(5);
  world.driver.short = [asServerId(1)];
  const again = await world.connect(alice.client);
  await again.hello();
  again.say(again.resumption(0));
  await again.next("resumed");
  again.say(send);
  await world.clock.runFor(100);
  deepEqual([again.of("refused").length, again.of("sent").length], [0, 0], "nobody knows yet");
  world.driver.commitAll();
  equal((await again.next("sent")).request, send.request);
  equal(again.of("refused").length, 0);
});

interface Watched {
  readonly scene: ReplicaScene;
  readonly watch: RoomWatch;
  readonly lines: string[];
  freeBytes: number;
  asked: number;
  use: MemoryUse;
}

const littleTaken: MemoryUse = { takenBytes: 1, wholeBytes: 2 ** 34, leftBytes: 1 };

function watched(): Watched {
  const lines: string[] = [];
  const world: Watched = {
    scene: new ReplicaScene(),
    lines,
    freeBytes: lowDiskBytes * 10,
    asked: 0,
    use: littleTaken,
    watch: makeRoomWatch({
      memory: { use: () => world.use },
      store: {
        path: "state/server-0",
        nextImageBytesMax: lowDiskBytes,
        freeBytes: async () => {
          world.asked += 1;
          return world.freeBytes;
        },
      },
      log: { write: (level, event) => void lines.push(`${level} ${event}`) },
    }),
  };
  return world;
}

/** Lets so much time pass, a tick at a time, telling the replica what the watch says. */
async function pass(world: Watched, durationMs: number): Promise<string[]> {
  const told: string[] = [];
  for (const endMs = world.scene.nowMs + durationMs; world.scene.nowMs < endMs;) {
    world.scene.ticks(1);
    const input = world.watch.consider(world.scene.replica, world.scene.nowMs);
    await new Promise((resolve) => setImmediate(resolve));
    if (input === null) continue;
    told.push(input.kind === "room" ? input.room : input.kind);
    if (input.kind === "room") world.scene.take(input);
  }
  return told;
}

/** Server 1 is a member, and says this of its disk. */
function hearing(room: Room): Message {
  return { ...heartbeat, normal: true, room };
}

/** Its primary, in an active view of both. */
function lead(replica: Replica): void {
  const view = replica.views.at(-1);
  replica.status = "normal";
  if (view !== undefined) replica.active = view.ballot;
}

test("the free bytes are asked for at a low rate, and said once at either end", async () => {
  const world = watched();
  const markBytes = 2 * lowDiskBytes;
  deepEqual(await pass(world, 100), ["ample"]);
  world.freeBytes = markBytes - 1;
  deepEqual(await pass(world, 5 * freeBytesAskMs), ["low"]);
  world.freeBytes = markBytes * lowDiskOverFactor - 1;
  deepEqual(await pass(world, 2 * freeBytesAskMs), [], "it does not waver at the mark");
  world.freeBytes = markBytes * lowDiskOverFactor;
  deepEqual(await pass(world, 2 * freeBytesAskMs), ["enough"]);
  world.freeBytes = markBytes * ampleDiskFactor;
  deepEqual(await pass(world, 2 * freeBytesAskMs), ["ample"]);
  deepEqual(world.lines, ["warn disk-low", "warn disk-has-room-again"]);
  equal(world.asked <= 13, true, `asked ${world.asked} times in 11 s`);
});

test("memory that is almost full counts as a disk that is, while this process is what fills it", async () => {
  const world = watched();
  const markBytes = lowMemoryBytes + lowDiskBytes;
  const wholeBytes = 2 ** 34;
  deepEqual(await pass(world, 100), ["ample"], "somebody else has used it up");
  const takenBytes = wholeBytes * ownMemoryShare;
  world.use = { takenBytes, wholeBytes, leftBytes: markBytes };
  deepEqual(await pass(world, 2 * freeBytesAskMs), []);
  world.use = { takenBytes, wholeBytes, leftBytes: markBytes - 1 };
  deepEqual(await pass(world, 2 * freeBytesAskMs), ["low"]);
  world.use = { takenBytes, wholeBytes, leftBytes: markBytes * lowMemoryOverFactor - 1 };
  deepEqual(await pass(world, 2 * freeBytesAskMs), [], "it does not waver at the mark");
  world.freeBytes = 0;
  deepEqual(await pass(world, 2 * freeBytesAskMs), []);
  world.use = { takenBytes, wholeBytes, leftBytes: markBytes * lowMemoryOverFactor };
  deepEqual(await pass(world, 2 * freeBytesAskMs), [], "the disk is low now");
  world.freeBytes = lowDiskBytes * 100;
  deepEqual(await pass(world, 2 * freeBytesAskMs), ["ample"]);
  deepEqual(world.lines, [
    "warn memory-low",
    "warn disk-low",
    "warn memory-has-room-again",
    "warn disk-has-room-again",
  ]);
});

test("what leaves for want of memory says so", async () => {
  const world = watched();
  lead(world.scene.replica);
  world.use = { takenBytes: 2 ** 33, wholeBytes: 2 ** 34, leftBytes: 0 };
  for (let at = 0; at < 4; at += 1) {
    world.scene.hear(hearing("ample"));
    await pass(world, lowDiskPatienceMs / 4);
  }
  world.scene.hear(hearing("ample"));
  const reasons: string[] = [];
  for (let at = 0; at < 40 && reasons.length === 0; at += 1) {
    world.scene.ticks(1);
    const input = world.watch.consider(world.scene.replica, world.scene.nowMs);
    if (input?.kind === "resign") reasons.push(input.reason);
  }
  deepEqual(reasons, ["memory is almost full"]);
});

test("a member that is low leaves when another has plenty, and not before others can measure", async () => {
  const world = watched();
  lead(world.scene.replica);
  world.scene.hear(hearing("ample"));
  world.freeBytes = 0;
  const half = lowDiskPatienceMs / 2 - 100;
  deepEqual(await pass(world, half), ["low"]);
  world.scene.hear(hearing("ample"));
  deepEqual(await pass(world, half), []);
  deepEqual(world.watch.shortOfRoom(), [], "nobody is refused meanwhile");
  world.scene.hear(hearing("ample"));
  equal((await pass(world, freeBytesAskMs)).includes("resign"), true);
});

test("nobody leaves for the sake of one who has plenty, and is not heard any more", async () => {
  const world = watched();
  lead(world.scene.replica);
  world.scene.hear(hearing("ample"));
  world.scene.ticks(1_400 / 25);
  world.freeBytes = 0;
  const told = await pass(world, 4 * lowDiskPatienceMs);
  equal(told.includes("resign"), false);
});

test("where nobody has plenty, all stay and nothing that grows is taken", async () => {
  const world = watched();
  lead(world.scene.replica);
  world.freeBytes = 0;
  for (let beat = 0; beat < 8; beat += 1) {
    world.scene.hear(hearing("enough"));
    deepEqual(
      (await pass(world, freeBytesAskMs)).filter((told) => told === "resign"),
      [],
    );
  }
  deepEqual(world.watch.shortOfRoom(), [0]);
  world.freeBytes = lowDiskBytes * 10;
  await pass(world, 2 * freeBytesAskMs);
  deepEqual(world.watch.shortOfRoom(), []);
  const said = world.lines.filter((line) => line.includes("messages"));
  deepEqual(said, ["warn refusing-messages", "warn taking-messages-again"]);
});

test("a member that should leave and does not stops the messages after a while", async () => {
  const world = watched();
  lead(world.scene.replica);
  const refusedAfterMs: number[] = [];
  const startMs = world.scene.nowMs;
  for (let beat = 0; beat < 30; beat += 1) {
    world.scene.hear(hearing("low"));
    await pass(world, 500);
    if (world.watch.shortOfRoom().length > 0) refusedAfterMs.push(world.scene.nowMs - startMs);
  }
  equal((refusedAfterMs[0] ?? 0) >= lowDiskLeaveMs, true);
  deepEqual(world.watch.shortOfRoom(), [1]);
});
