// Servers of one chat that were started with options that differ: each says so, in words, once; and
// a server from before these were told is spoken to as ever.

import { deepEqual, equal, fail, ok } from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { asIncarnation, asServerId } from "../../src/base/ids.ts";
import { frameHeaderBytes } from "../../src/base/limits.ts";
import type { Link } from "../../src/ports.ts";
import { hostTextsOf } from "../../src/server/peerHandshake.ts";
import { decodePayload, encodeMessage, opcodeOf } from "../../src/wire/codec.ts";
import { makeFrameReader } from "../../src/wire/frameReader.ts";
import type { Message } from "../../src/wire/messages.ts";
import { heartbeats, hostSpecs, kill, makePeerWorld } from "../support/peerWorld.ts";
import type { PeerServer, PeerWorld } from "../support/peerWorld.ts";

/** One after the other: whatever the handshake left is flushed, and has come. */
async function talk(world: PeerWorld, ...servers: readonly PeerServer[]): Promise<void> {
  for (const server of servers) heartbeats(server);
  await world.clock.runFor(100);
}

function linesOf(world: PeerWorld, who: string): readonly string[] {
  const logged = world.logs.events().filter((line) => line.who === who);
  return logged.map(({ event }) => event);
}

test("servers that were started alike say nothing of their options", async () => {
  const world = makePeerWorld();
  const rules = { majority: true, minCopies: 2, keep: 50 };
  const [one, two] = [await world.start(0, { rules }), await world.start(1, { rules })];
  await world.until(() => one.up.has(1) && two.up.has(0), "the link");
  await talk(world, one, two);
  deepEqual([linesOf(world, "server 0"), linesOf(world, "server 1")], [[], []]);
  deepEqual([one.messages.length, two.messages.length], [1, 1], "their owners see no such frame");
});

test("each option that differs is said by both servers, in words, with both values", async () => {
  const world = makePeerWorld();
  const one = await world.start(0, { rules: { majority: true, keep: 50 } });
  const two = await world.start(1, { rules: { strict: true, minCopies: 2 } });
  await world.until(() => one.up.has(1) && two.up.has(0), "the link");
  await talk(world, one, two);
  const rest =
    "what this chat promises depends on which of them leads. " +
    "Start all servers with the same options.";
  deepEqual(linesOf(world, "server 0"), [
    `Server 1 was started without --majority, this server 0 with --majority: ${rest}`,
    `Server 1 was started with --strict, this server 0 without --strict: ${rest}`,
    `Server 1 was started with --min-copies 2, this server 0 with --min-copies 1: ${rest}`,
    `Server 1 was started without --keep, this server 0 with --keep 50: ${rest}`,
  ]);
  equal(linesOf(world, "server 1").length, 4);
  ok(one.up.has(1) && two.up.has(0), "and they go on together");
});

test("a difference is not said again at every connection, but when it has come back", async () => {
  const world = makePeerWorld();
  const one = await world.start(0);
  const meets = async (incarnation: number, keep: number): Promise<number> => {
    const two = await world.start(1, { incarnation, rules: { keep } });
    await world.until(() => one.up.get(1) === incarnation && two.up.has(0), "the link");
    await talk(world, one, two);
    kill(two);
    await world.until(() => !one.up.has(1), "the loss of it");
    return linesOf(world, "server 0").filter((line) => line.includes("--keep")).length;
  };
  equal(await meets(1, 9), 1);
  equal(await meets(2, 9), 1);
  equal(await meets(3, 10), 2, "another value is news");
  equal(await meets(4, 0), 2);
  equal(await meets(5, 9), 3);
});

/** As servers were before: nothing behind its nonce, and a frame it does not know ends the link. */
class OlderServer {
  readonly #self: 0 | 1;
  readonly #nonce = "5a".repeat(16);
  #isDialler = false;
  #theirNonce = "";
  readonly opcodes: number[] = [];
  isReady = false;

  constructor(self: 0 | 1) {
    this.#self = self;
  }

  begin(link: Link, { isDialler }: { readonly isDialler: boolean }): void {
    this.#isDialler = isDialler;
    const reader = makeFrameReader(65_535);
    link.start({
      bytes: (chunk) => {
        const refusal = reader.push(chunk, ({ opcode, bytes, start, end }) => {
          this.opcodes.push(opcode);
          if (opcode === opcodeOf("peerRules")) return link.destroy();
          const decoded = decodePayload(opcode, bytes.latin1Slice(start + frameHeaderBytes, end));
          ok(decoded.ok, "it understands what comes");
          this.#take(link, decoded.message);
        });
        equal(refusal, null);
      },
      drained: () => undefined,
      closed: () => undefined,
    });
    if (isDialler) this.#say(link, this.#hello());
  }

  #take(link: Link, message: Message): void {
    if (message.type === "peerHello") {
      this.#theirNonce = message.nonce;
      this.#say(link, this.#isDialler ? this.#proof() : this.#hello());
    } else if (message.type === "peerProof") {
      if (!this.#isDialler) this.#say(link, this.#proof());
      if (this.#self === 1) this.#say(link, this.#ready());
    } else if (message.type === "peerReady") {
      if (this.#self === 0) this.#say(link, this.#ready());
      this.isReady = true;
    }
  }

  #say(link: Link, message: Message): void {
    link.send(encodeMessage(message));
  }

  #hello(): Message {
    const [from, to] = [asServerId(this.#self), asServerId(1 - this.#self)];
    return { type: "peerHello", version: 1, from, to, nonce: this.#nonce };
  }

  #proof(): Message {
    const both = [this.#nonce, this.#theirNonce];
    const ids = [this.#self, 1 - this.#self];
    const [first, second] = this.#isDialler ? both : both.reverse();
    const [from, to] = this.#isDialler ? ids : ids.reverse();
    const prover = this.#isDialler ? "dialler" : "accepter";
    const statement = `replichat peer|${prover}|${first}|${second}|${from}|${to}`;
    const mac = createHmac("sha256", "the secret of these tests").update(statement).digest("hex");
    return { type: "peerProof", mac };
  }

  #ready(): Message {
    const hosts = hostTextsOf(hostSpecs(3));
    return { type: "peerReady", cluster: "", incarnation: asIncarnation(1), apart: false, hosts };
  }
}

test("a server from before is told nothing that it does not know, whoever calls whom", async () => {
  for (const self of [0, 1] as const) {
    const world = makePeerWorld();
    const older = new OlderServer(self);
    const network = world.network.forProcess(`host${self}`, world.clock.forProcess());
    const newer = 1 - self;
    // The older one of these is called, and the other one calls.
    if (self === 0) {
      void network.listen({ host: "host0", port: 22_167 }, (link) => {
        older.begin(link, { isDialler: false });
      });
      await world.clock.runFor(0);
    }
    const server = await world.start(newer, { rules: { keep: 9 } });
    if (self === 1) {
      network.connect({ host: "host0", port: 22_167 }, 1_000, {
        failed: () => fail("the call came to nothing"),
        connected: (link) => older.begin(link, { isDialler: true }),
      });
    }
    await world.until(() => older.isReady && server.up.has(self), "the link");
    await talk(world, server);
    equal(older.opcodes.at(-1), opcodeOf("heartbeat"));
    ok(!older.opcodes.includes(opcodeOf("peerRules")));
    deepEqual(server.events, [`up ${self}`], "and the link stays");
    deepEqual(linesOf(world, `server ${newer}`), []);
  }
});
