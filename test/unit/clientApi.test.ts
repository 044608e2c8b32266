// The client as other code uses it, over a network that the test plays byte by byte: the order of
// what is sent, one write a turn, and patience after a stop of the own process. Time is virtual.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connectClient, type ChatClient } from "../../src/client/api.ts";
import type { ConnectHandler, LinkHandler } from "../../src/ports.ts";
import { decodePayload, encodeMessage } from "../../src/wire/codec.ts";
import { makeFrameReader } from "../../src/wire/frameReader.ts";
import type { Message } from "../../src/wire/messages.ts";
import { sentReply, welcome } from "../support/sessionScript.ts";
import { makeSimClock, type ProcessClock, type SimClock } from "../support/simClock.ts";
import { simHosts } from "../support/simHosts.ts";
import { makeSimEntropy } from "../support/simProcess.ts";

/** One client, and a network whose other end is the test. */
class Stand {
  readonly clock: SimClock = makeSimClock();
  readonly process: ProcessClock = this.clock.forProcess();
  readonly writes: Message[][] = [];
  readonly client: ChatClient;
  connects = 0;
  #handler: LinkHandler | null = null;

  constructor() {
    const connect = (_: unknown, timeoutMs: number, handler: ConnectHandler): void => {
      assert.ok(timeoutMs > 0);
      this.connects += 1;
      this.process.arrive(1, () => handler.connected(this.#makeLink()));
    };
    this.client = connectClient({
      hosts: simHosts(3),
      network: { connect },
      clock: this.process,
      entropy: makeSimEntropy(1),
      deriveKeys: () => Promise.reject(new Error("no scrypt here")),
    });
  }

  async serve(): Promise<void> {
    await this.clock.runFor(2);
    this.say(welcome(0));
    await this.clock.runFor(1);
    this.writes.length = 0;
  }

  say(...messages: readonly Message[]): void {
    this.sayBytes(Buffer.concat(messages.map(encodeMessage)));
  }

  sayBytes(bytes: Buffer): void {
    this.process.arrive(0, () => this.#handler?.bytes(bytes));
  }

  #makeLink() {
    return {
      remote: "test",
      start: (handler: LinkHandler) => void (this.#handler = handler),
      send: (bytes: Buffer) => void this.writes.push(messagesIn(bytes)),
      unsentBytes: () => 0,
      pause: () => {},
      resume: () => {},
      end: () => {},
      destroy: () => {},
    };
  }
}

function messagesIn(bytes: Buffer): Message[] {
  const messages: Message[] = [];
  makeFrameReader(65_535).push(bytes, ({ opcode, bytes: all, start, end }) => {
    const decoded = decodePayload(opcode, all.toString("latin1", start + 3, end));
    assert.ok(decoded.ok);
    messages.push(decoded.message);
  });
  return messages;
}

function requestsIn(messages: readonly Message[]): readonly number[] {
  return messages.flatMap((message) => (message.type === "send" ? [message.request] : []));
}

test("what is sent within one turn goes out in one write, in order", async () => {
  const stand = new Stand();
  await stand.serve();
  for (let at = 0; at < 64; at += 1) stand.client.sendText("bob", `text ${at}`, () => {});
  assert.equal(stand.writes.length, 0);
  await stand.clock.runFor(1);
  assert.equal(stand.writes.length, 1);
  assert.deepEqual(
    requestsIn(stand.writes[0] ?? []),
    Array.from({ length: 64 }, (_, at) => at + 1),
  );
});

test("what is sent from within an answer goes behind what waited before it", async () => {
  const stand = new Stand();
  await stand.serve();
  for (let at = 0; at < 66; at += 1) {
    stand.client.sendText("bob", "text", () => stand.client.sendText("bob", "more", () => {}));
  }
  await stand.clock.runFor(1);
  stand.say(sentReply(1), sentReply(2), sentReply(3));
  await stand.clock.runFor(1);
  assert.deepEqual(requestsIn(stand.writes.slice(1).flat()), [65, 66, 67]);
  const bodies = stand.writes.flat().flatMap((one) => (one.type === "send" ? [one.body] : []));
  assert.deepEqual(bodies.slice(64), ["text", "text", "more"]);
});

test("what is sent on being connected goes behind what waited for that", async () => {
  const stand = new Stand();
  stand.client.sendText("bob", "first", () => {});
  stand.client.onEvent((event) => {
    if (event.kind === "connected") stand.client.sendText("bob", "second", () => {});
  });
  await stand.clock.runFor(2);
  stand.say(welcome(0));
  await stand.clock.runFor(1);
  assert.deepEqual(requestsIn(stand.writes.flat()), [1, 2]);
});

test("after a stop of this process, an answer that lies unread keeps the connection", async () => {
  const stand = new Stand();
  await stand.serve();
  await stand.clock.runFor(999);
  assert.deepEqual(
    stand.writes.flat().map(({ type }) => type),
    ["ping"],
  );
  stand.process.pause();
  stand.say({ type: "pong", query: 1 });
  await stand.clock.runFor(30_000);
  stand.process.resume();
  await stand.clock.runFor(500);
  assert.equal(stand.connects, 1);
});

test("a server that hangs, or sends rubbish, is left for the next one", async () => {
  const stand = new Stand();
  await stand.serve();
  await stand.clock.runFor(2_600);
  assert.equal(stand.connects, 2);
  await stand.serve();
  stand.say({
    type: "hello",
    version: 1,
    client: stand.client.view().client,
    ballot: welcome(0).ballot,
  });
  await stand.clock.runFor(100);
  assert.equal(stand.connects, 2, "a message that no server should send changes nothing");
  stand.sayBytes(Buffer.from([0xff, 0, 0]));
  await stand.clock.runFor(100);
  assert.ok(stand.connects > 2);
});

test("whoever stops waiting is told so once, and messages go on", async () => {
  const stand = new Stand();
  const told: string[] = [];
  const question = stand.client.query({ type: "cluster" });
  stand.client.sendText("bob", "text", (outcome) => {
    told.push(outcome.ok ? "sent" : outcome.code);
  });
  stand.client.cancelWaiting();
  const outcome = await question;
  assert.ok(!outcome.ok && outcome.code === "unasked");
  const change = stand.client.logout();
  stand.client.cancelWaiting();
  const left = await change;
  assert.ok(!left.ok && left.code === "cancelled");
  await stand.serve();
  stand.say(sentReply(1));
  await stand.clock.runFor(1);
  assert.deepEqual(told, ["sent"]);
});

test("after closing, nothing is left to wait for", async () => {
  const stand = new Stand();
  await stand.serve();
  const question = stand.client.query({ type: "cluster" });
  stand.client.close();
  assert.equal((await question).ok, false);
  assert.equal(await stand.clock.step(), true, "the planned flush");
  await stand.clock.runFor(10_000);
  assert.equal(stand.connects, 1);
});
