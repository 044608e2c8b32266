// Real servers under floods: ten thousand connections that say nothing, senders of a byte a second,
// readers that never read, and requests as fast as a line carries them. Somebody honest chats all
// the while; how long that took is printed, and asserted only against what nobody would bear.

import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { after, before, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { asBallot, asClientId } from "../../src/base/ids.ts";
import { helloTimeoutMs } from "../../src/base/limits.ts";
import { encodeMessage } from "../../src/wire/codec.ts";
import { hashOf, verifierFrom } from "../../src/wire/proof.ts";
import { RealStage } from "../fuzz/realStage.ts";
import { keyOf, tokenOf } from "../support/rawClient.ts";

const halfOpen = 10_000;
const connectedAtOnce = 250;
const bearableMs = 5_000;
let stage: RealStage;
let sockets: Socket[] = [];

before(async () => {
  stage = await RealStage.open([0, 1, 2], 7);
  assert.ok(await stage.serves(20_000), "somebody is served to begin with");
});

after(async () => {
  await stage.close();
  assert.deepEqual(stage.findings, []);
});

/** To the primary; what comes back is not read, unless the socket is resumed. */
function dial(): Socket {
  const host = stage.hosts[stage.cluster.primary() ?? 0];
  assert.ok(host !== undefined);
  const socket = connect({ host: host.host, port: host.clientPort });
  socket.on("error", () => undefined);
  sockets.push(socket);
  return socket;
}

async function connected(socket: Socket): Promise<void> {
  if (socket.pending) await new Promise<void>((resolve) => void socket.once("connect", resolve));
}

async function hangUp(): Promise<void> {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  await sleep(200);
}

/** What the honest one waited since `from`. */
async function judge(t: TestContext, from: number): Promise<void> {
  assert.ok(await stage.serves(bearableMs), "the honest one is served");
  const waits = stage.honest.waitsMs.slice(from).sort((one, other) => one - other);
  const p99 = waits[Math.floor(waits.length * 0.99)] ?? Infinity;
  t.diagnostic(`honest: ${waits.length} confirmed, p99 ${p99.toFixed(1)} ms`);
  assert.ok(p99 < bearableMs, `p99 ${p99} ms`);
  await hangUp();
  stage.look();
}

/** Logged in as somebody new. */
function login(socket: Socket, name: string): void {
  const client = asClientId(hashOf(Buffer.from(name)).slice(0, 32));
  const cost = { cost: 16_384, blockSize: 8, parallelism: 5 };
  const keys = { salt: "5a".repeat(16), ...cost, ...verifierFrom(keyOf(name)) };
  const tokenHash = hashOf(tokenOf(client));
  socket.write(encodeMessage({ type: "hello", version: 1, client, ballot: asBallot(0) }));
  const ids = { request: 1, received: 0 };
  socket.write(encodeMessage({ type: "register", ...ids, name, ...keys, tokenHash }));
}

test("ten thousand connections that say nothing are sent away after ten seconds", async (t) => {
  const from = stage.honest.waitsMs.length;
  let ended = 0;
  for (let count = 0; count < halfOpen; count += connectedAtOnce) {
    const batch = Array.from({ length: connectedAtOnce }, dial);
    for (const socket of batch) socket.resume().once("close", () => (ended += 1));
    await Promise.race([Promise.all(batch.map(connected)), sleep(2_000)]);
  }
  t.diagnostic(`${sockets.filter((socket) => !socket.pending).length} connected`);
  const untilMs = performance.now() + helloTimeoutMs + 20_000;
  while (ended < halfOpen && performance.now() < untilMs) await sleep(250);
  t.diagnostic(`${ended} ended`);
  assert.ok(ended >= halfOpen * 0.99, `${ended} of them are over`);
  await judge(t, from);
});

test("two hundred who send a byte now and then keep nobody from chatting", async (t) => {
  const from = stage.honest.waitsMs.length;
  const slow = Array.from({ length: 200 }, dial);
  slow.forEach((socket, index) => login(socket, `slow${index}`));
  await sleep(500);
  for (const socket of slow) socket.write(Buffer.from([0x04, 0xf0, 0x00]));
  for (let round = 0; round < 12; round += 1) {
    for (const socket of slow) if (socket.writable) socket.write("x");
    await sleep(250);
  }
  await judge(t, from);
});

test("who asks and never reads is dropped, and the others are served", async (t) => {
  const from = stage.honest.waitsMs.length;
  const greedy = Array.from({ length: 20 }, dial);
  let ended = 0;
  greedy.forEach((socket, index) => {
    socket.once("close", () => (ended += 1));
    login(socket, `greedy${index}`);
  });
  const ask = encodeMessage({ type: "search", query: 1, pattern: "*", after: "" });
  const asks = Buffer.concat(Array.from({ length: 500 }, () => ask));
  for (let round = 0; round < 40; round += 1) {
    for (const socket of greedy) if (socket.writable) socket.write(asks);
    await sleep(100);
  }
  t.diagnostic(`${ended} of ${greedy.length} dropped`);
  await judge(t, from);
});

test("twenty who send as fast as they can leave room for one who chats", async (t) => {
  const from = stage.honest.waitsMs.length;
  const eager = Array.from({ length: 20 }, dial);
  eager.forEach((socket, index) => {
    socket.resume();
    login(socket, `eager${index}`);
  });
  await sleep(500);
  let request = 1;
  for (let round = 0; round < 30; round += 1) {
    const sends = Array.from({ length: 64 }, () => {
      const ids = { request: (request += 1), received: request - 1 };
      const body = "x".repeat(200);
      return encodeMessage({ type: "send", ...ids, to: "eager0", format: "p", body });
    });
    const bytes = Buffer.concat(sends);
    for (const socket of eager) if (socket.writable) socket.write(bytes);
    await sleep(100);
  }
  await judge(t, from);
});
