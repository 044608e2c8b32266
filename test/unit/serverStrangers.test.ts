// Strangers on the peer port: whatever they send, they harm themselves alone, are told so in words,
// and keep no honest server out.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { asServerId } from "../../src/base/ids.ts";
import { peerUnprovenMax } from "../../src/base/limits.ts";
import { makePrng } from "../../src/base/prng.ts";
import type { Link } from "../../src/ports.ts";
import { decodePayload, encodeMessage } from "../../src/wire/codec.ts";
import type { Message, MessageOf } from "../../src/wire/messages.ts";
import { heartbeat, makePeerWorld, type PeerWorld } from "../support/peerWorld.ts";

interface Stranger {
  readonly link: Link;
  readonly received: Message[];
  closed: boolean;
}

async function stranger(world: PeerWorld): Promise<Stranger> {
  const process = world.clock.forProcess();
  const network = world.network.forProcess("elsewhere", process);
  let found: Stranger | null = null;
  network.connect({ host: "host0", port: 22_167 }, 1_000, {
    failed: () => undefined,
    connected: (link) => {
      const made: Stranger = { link, received: [], closed: false };
      let bytes = Buffer.alloc(0);
      link.start({
        bytes: (chunk) => {
          bytes = Buffer.concat([bytes, chunk]);
          while (bytes.length >= 3 && bytes.length >= 3 + bytes.readUInt16BE(1)) {
            const end = 3 + bytes.readUInt16BE(1);
            const decoded = decodePayload(bytes[0] ?? 0, bytes.toString("latin1", 3, end));
            if (decoded.ok) made.received.push(decoded.message);
            bytes = bytes.subarray(end);
          }
        },
        drained: () => undefined,
        closed: () => (made.closed = true),
      });
      found = made;
    },
  });
  await world.until(() => found !== null, "the stranger's connection");
  return found as unknown as Stranger;
}

function frame(opcode: number, length: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([opcode, length >> 8, length & 0xff]), payload]);
}

const hello = (over: Partial<MessageOf<"peerHello">> = {}): Buffer =>
  encodeMessage({
    type: "peerHello",
    version: 1,
    from: asServerId(1),
    to: asServerId(0),
    nonce: "00".repeat(16),
    ...over,
  });

const badInputs: Record<string, Buffer> = {
  "an opcode nobody knows": frame(0xff, 0, Buffer.alloc(0)),
  "an empty frame": frame(0x80, 0, Buffer.alloc(0)),
  "an oversized frame": frame(0x80, 1_025, Buffer.alloc(0)),
  "bytes outside ASCII": frame(0x80, 4, Buffer.from([0xff, 0xfe, 0x00, 0x80])),
  "a heartbeat before any proof": encodeMessage(heartbeat()),
  "a proof before the hello": encodeMessage({ type: "peerProof", mac: "00".repeat(32) }),
  "a wrong proof": Buffer.concat([
    hello(),
    encodeMessage({ type: "peerProof", mac: "00".repeat(32) }),
  ]),
  "a proof of no length": Buffer.concat([hello(), encodeMessage({ type: "peerProof", mac: "" })]),
  "two hellos": Buffer.concat([hello(), hello()]),
  "another version": hello({ version: 2 }),
  "a hello for another server": hello({ to: asServerId(2) }),
  "a hello in this server's own name": hello({ from: asServerId(0) }),
  "a hello of a server that is not configured": hello({ from: asServerId(9) }),
  "a hello cut short, and nothing more": hello().subarray(0, 20),
  "nothing at all": Buffer.alloc(0),
};

for (const [what, bytes] of Object.entries(badInputs)) {
  test(`${what} ends the sender's connection in words, and the others notice nothing`, async () => {
    const world = makePeerWorld();
    const [one, two] = [await world.start(0), await world.start(1)];
    await world.until(() => one.up.has(1) && two.up.has(0), "the link");
    const guest = await stranger(world);
    guest.link.send(bytes);
    await world.until(() => guest.closed, "the end of the stranger's connection");
    equal(guest.received.at(-1)?.type, "peerError");
    deepEqual([one.events, two.events], [["up 1"], ["up 0"]]);
  });
}

test("a stranger's frame that is too large is refused for that, before any more of it comes", async () => {
  const world = makePeerWorld();
  await world.start(0);
  const guest = await stranger(world);
  guest.link.send(badInputs["an oversized frame"] ?? Buffer.alloc(0));
  await world.until(() => guest.closed, "the end of the stranger's connection");
  deepEqual(
    guest.received.map((one) => (one.type === "peerError" ? one.code : one.type)),
    ["frame-too-large"],
  );
});

test("random bytes from anybody end that connection and no other", async () => {
  const prng = makePrng(7);
  const world = makePeerWorld();
  const [one, two] = [await world.start(0), await world.start(1)];
  await world.until(() => one.up.has(1) && two.up.has(0), "the link");
  for (let round = 0; round < 60; round += 1) {
    const guest = await stranger(world);
    const bytes = Buffer.alloc(1 + prng.below(200));
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = prng.next32();
    guest.link.send(prng.chance(0.5) ? Buffer.concat([hello(), bytes]) : bytes);
    await world.until(() => guest.closed, `the end of round ${round}`);
  }
  deepEqual([one.events, two.events], [["up 1"], ["up 0"]]);
});

test("many silent strangers keep no honest server out, nor all their own connections", async () => {
  const world = makePeerWorld();
  const one = await world.start(0);
  const strangers: Stranger[] = [];
  for (let index = 0; index < 200; index += 1) strangers.push(await stranger(world));
  const two = await world.start(1);
  await world.until(() => one.up.has(1) && two.up.has(0), "the link");
  const open = strangers.filter(({ closed }) => !closed).length;
  ok(open <= peerUnprovenMax, `${open} strangers are still connected`);
});

test("before the proof nothing is looked into but what belongs to it", async () => {
  const world = makePeerWorld();
  await world.start(0);
  const guest = await stranger(world);
  guest.link.send(frame(0x84, 3, Buffer.from("|||")));
  await world.until(() => guest.closed, "the end of the stranger's connection");
  const last = guest.received.at(-1);
  match(last?.type === "peerError" ? last.message : "", /came before the proof of the secret/);
});
