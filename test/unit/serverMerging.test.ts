// How one server brings what it holds of a lost branch into the log, a chunk at a time, and how a
// primary takes such from others. What the commands do is chat's; whole clusters: scenario/forks.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asOp, asServerId, noBallot, noChain, type ServerId } from "../../src/base/ids.ts";
import { mergeChunkCommands, mergeRetryMs } from "../../src/base/limits.ts";
import { createChat } from "../../src/chat/state.ts";
import { Merging } from "../../src/server/merging.ts";
import { commandBytesOf } from "../../src/server/orphanage.ts";
import type { Store } from "../../src/store/store.ts";
import type { Batch } from "../../src/wire/batch.ts";
import type { Message, MergeCommand, MessageOf } from "../../src/wire/messages.ts";
import type { CommandBytes } from "../../src/wire/record.ts";
import { buildBatch } from "../../src/wire/record.ts";
import { clientNumber } from "../support/chatScript.ts";
import * as bench from "../support/storeBench.ts";

const self = asServerId(1);
const chat = createChat();

interface World {
  readonly place: bench.SimPlace;
  readonly store: Store;
  readonly merging: Merging;
  readonly sent: Message[];
  readonly submitted: CommandBytes[];
  readonly logged: string[];
  primary: ServerId | null;
  isCounted: boolean;
}

function command(request: number): MergeCommand {
  const account = { account: 1, accountClient: clientNumber(1), accountRequest: 1 };
  return { type: "mergeSession", client: clientNumber(2), request, ...account, tokenHash: "" };
}

async function* batchOf(count: number): AsyncGenerator<Batch> {
  const commands = Array.from({ length: count }, (_, at) => commandBytesOf(command(at + 1)));
  const start = { ballot: noBallot, firstOp: asOp(1), atUsBefore: 0, chainBefore: noChain };
  if (count > 0) yield buildBatch({ ...start, wallUs: 0 }, commands).batch;
}

/** A server that holds a branch of which so many commands have become. */
async function given(count: number): Promise<World> {
  const place = bench.simPlace();
  const store = await bench.found(place);
  await bench.appendDurably(place, store, 10);
  await place.run(store.truncateAfter(asOp(5), { orphanName: "orphans-64-10" }));
  const [orphans] = await place.run(store.orphans());
  assert.ok(orphans !== undefined);
  await place.run(store.writeMerge(orphans, batchOf(count)));
  const world = {
    place,
    store,
    sent: [],
    submitted: [],
    logged: [],
    primary: null,
    isCounted: false,
  } as unknown as World;
  const merging = new Merging({
    self,
    store,
    clock: place.clock,
    log: { write: (_level, event) => void world.logged.push(event) },
    primary: () => world.primary,
    isCounted: () => world.isCounted,
    send: (_peer, message) => void world.sent.push(message),
    submit: (commands) => void world.submitted.push(...commands),
    changed: () => undefined,
    failed: (message) => assert.fail(message),
  });
  Object.assign(world, { merging });
  await place.run(merging.look());
  return world;
}

/** What goes out by the next tick: requests of the chunk's commands, and its end. */
async function nextChunk(
  world: World,
): Promise<{ readonly requests: number[]; readonly end: MessageOf<"orphans"> | null }> {
  world.sent.length = 0;
  world.merging.tick();
  await world.place.clock.runFor(5);
  const [head, ...commands] = world.sent;
  if (head === undefined) return { requests: [], end: null };
  assert.equal(head.type === "mergeChunk" && head.count, commands.length);
  const end = commands.at(-1);
  assert.ok(end?.type === "orphans");
  const requests = commands.slice(0, -1).map((one) => ("request" in one ? one.request : 0));
  return { requests, end };
}

test("says how much there is before any of it comes, then one chunk at a time", async () => {
  const world = await given(mergeChunkCommands + 3);
  assert.equal((await nextChunk(world)).end, null, "there is no primary yet");
  world.primary = asServerId(0);
  const announced = await nextChunk(world);
  assert.deepEqual(announced.requests, []);
  assert.equal(announced.end?.left, mergeChunkCommands + 3);
  assert.equal((await nextChunk(world)).end, null, "nothing more before that is in the log");
  world.merging.applied(announced.end);
  await world.place.clock.runFor(5);
  const first = world.sent.filter(({ type }) => type === "mergeSession").length;
  assert.equal(first, mergeChunkCommands);
  const end = world.sent.findLast((one) => one.type === "orphans");
  assert.ok(end?.type === "orphans");
  assert.deepEqual([end.through, end.left], [mergeChunkCommands, 3]);
});

test("the next primary is sent the same chunk again, and so is one that says nothing", async () => {
  const world = await given(3);
  world.primary = asServerId(0);
  const announced = await nextChunk(world);
  world.primary = asServerId(2);
  assert.deepEqual(await nextChunk(world), announced);
  await world.place.clock.runFor(mergeRetryMs);
  assert.deepEqual(await nextChunk(world), announced);
});

test("the files go when the last command is in the log here, and not before", async () => {
  const world = await given(2);
  const kept = (): number =>
    world.place.disk.names().filter((name) => name.includes("64-10")).length;
  world.primary = asServerId(0);
  world.merging.applied((await nextChunk(world)).end as MessageOf<"orphans">);
  await world.place.clock.runFor(5);
  const end = world.sent.findLast((one) => one.type === "orphans");
  assert.ok(end?.type === "orphans");
  assert.equal(kept(), 2);
  world.merging.applied({ ...end, server: asServerId(2) });
  world.merging.applied({ ...end, through: 1 });
  await world.place.clock.runFor(5);
  assert.equal(kept(), 2, "somebody else's, or of another chunk");
  assert.equal(world.merging.isAllMerged(chat), false);
  world.merging.applied(end);
  await world.place.clock.runFor(20);
  assert.equal(kept(), 0);
  assert.equal(world.merging.isAllMerged(chat), true);
});

test("what the log says of another stream, or another chunk, does not bring the next one", async () => {
  const world = await given(2);
  world.primary = asServerId(0);
  const { end } = await nextChunk(world);
  assert.ok(end !== null);
  world.sent.length = 0;
  for (const other of [{ stream: "orphans-1-1" }, { through: 1 }]) {
    world.merging.applied({ ...end, ...other });
    await world.place.clock.runFor(5);
    assert.deepEqual(world.sent, []);
  }
});

test("however often it is woken while a chunk is read, it sends that once", async () => {
  const world = await given(2);
  world.primary = asServerId(0);
  world.merging.tick();
  await nextChunk(world);
});

test("who stops sends nothing any more, not even what it is just reading", async () => {
  const world = await given(2);
  world.primary = asServerId(0);
  world.merging.tick();
  world.merging.stop();
  await world.place.clock.runFor(5);
  assert.deepEqual(world.sent, []);
  const another = await given(0);
  another.primary = asServerId(0);
  another.isCounted = true;
  another.merging.stop();
  assert.equal((await nextChunk(another)).end, null);
});

test("a look at the folder does not begin anew what is on its way", async () => {
  const world = await given(2);
  world.primary = asServerId(0);
  await nextChunk(world);
  await world.place.run(world.merging.look());
  assert.equal((await nextChunk(world)).end, null);
});

test("of a branch that has gone from the folder nothing more is sent, but of the next one", async () => {
  const world = await given(2);
  const { place, store, merging } = world;
  await bench.appendDurably(place, store, 5);
  await place.run(store.truncateAfter(asOp(5), { orphanName: "orphans-128-10" }));
  const [gone, next] = await place.run(store.orphans());
  assert.ok(gone !== undefined && next !== undefined);
  await place.run(store.writeMerge(next, batchOf(1)));
  await place.run(merging.look());
  world.primary = asServerId(0);
  assert.equal((await nextChunk(world)).end?.stream, gone.stream);
  await place.run(store.removeOrphans(gone));
  await place.run(merging.look());
  assert.equal((await nextChunk(world)).end?.stream, next.stream);
});

test("a primary puts its own into the log itself", async () => {
  const world = await given(2);
  world.primary = self;
  world.merging.tick();
  await world.place.clock.runFor(5);
  assert.deepEqual(world.sent, []);
  assert.equal(world.submitted.length, 1);
});

test("a merge file that is damaged stays, is named, and counts as unmerged", async () => {
  const world = await given(2);
  const file = world.place.disk.names().find((name) => name.startsWith("merge-")) ?? "";
  world.place.disk.flipBit(file, 300);
  world.primary = asServerId(0);
  world.merging.applied((await nextChunk(world)).end as MessageOf<"orphans">);
  await world.place.clock.runFor(20);
  assert.ok(world.logged.includes("orphans-cannot-be-merged"));
  assert.equal((await nextChunk(world)).end, null);
  assert.equal(world.merging.isAllMerged(chat), false);
  assert.ok(world.place.disk.names().includes(file));
});

test("whom the log counts as holding something says so when nothing is there", async () => {
  const world = await given(0);
  world.primary = asServerId(0);
  assert.equal((await nextChunk(world)).end, null);
  world.isCounted = true;
  const { end } = await nextChunk(world);
  assert.deepEqual([end?.server, end?.left], [self, 0]);
  assert.equal((await nextChunk(world)).end, null, "not with every tick");
  await world.place.clock.runFor(mergeRetryMs);
  assert.deepEqual((await nextChunk(world)).end, end);
});

test("a primary takes a chunk whole, in order, and only from who it is of", async () => {
  const world = await given(0);
  const from = asServerId(2);
  const end = { type: "orphans", server: from, stream: "s", through: 2, left: 7 } as const;
  const take = (message: Message): boolean => world.merging.take(from, message);
  assert.equal(take({ type: "activate", ballot: noBallot }), false, "not one of a merge's");
  take({ type: "mergeChunk", stream: "s", count: 3 });
  for (const message of [command(1), command(2)]) take(message);
  assert.deepEqual(world.submitted, []);
  world.merging.forget(from);
  take(end);
  assert.deepEqual(world.submitted, [], "half of it was lost with the link");
  take({ type: "mergeChunk", stream: "s", count: 3 });
  for (const message of [command(1), command(2), end]) take(message);
  assert.equal(world.submitted.length, 3);
  assert.equal(world.merging.isAllMerged(chat), false, "it has said that more is to come");
  world.merging.applied({ ...end, left: 0 });
  assert.equal(world.merging.isAllMerged(chat), true);
  take({ type: "mergeChunk", stream: "s", count: 1 });
  take({ ...end, server: asServerId(0) });
  assert.equal(world.submitted.length, 3, "nobody speaks for another server");
});
