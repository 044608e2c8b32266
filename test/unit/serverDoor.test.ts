// What is let in at the door and what is not: texts, names, keys and numbers by themselves, and
// frames of every wrong kind on a real connection, before and after login. Nobody but the sender
// notices.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { scryptCost } from "../../src/base/limits.ts";
import { makePrng } from "../../src/base/prng.ts";
import { checkPattern, checkRequest, readClientFrame } from "../../src/server/door.ts";
import { LoginThrottle } from "../../src/server/loginThrottle.ts";
import { encodeMessage, encodePayload, opcodeOf } from "../../src/wire/codec.ts";
import { escapeText } from "../../src/wire/fields.ts";
import type { Message, MessageOf } from "../../src/wire/messages.ts";
import { loggedIn, makeClientWorld } from "../support/clientWorld.ts";
import { clientIdOf } from "../support/rawClient.ts";

function checked(message: Message): string {
  const payload = encodePayload(message);
  const decoded = readClientFrame(opcodeOf(message.type), payload);
  if (!decoded.ok) return decoded.code;
  const verdict = checkRequest(decoded.message, payload);
  if (typeof verdict !== "string") return verdict.code;
  return verdict === payload ? "as it came" : verdict;
}

function send(over: Partial<MessageOf<"send">> = {}): MessageOf<"send"> {
  return { type: "send", request: 1, received: 0, to: "bob", format: "p", body: "hi", ...over };
}

test("at the door nobody counts the characters of a text that has far too many", (t) => {
  const segments = new Intl.Segmenter().segment("")[Symbol.iterator]();
  const next = t.mock.method(Object.getPrototypeOf(segments) as typeof segments, "next");
  equal(checked(send({ body: escapeText("\u202e".repeat(1_365)) })), "too-long");
  ok(next.mock.callCount() <= 263, `${next.mock.callCount()} characters looked at`);
});

test("whoever removes too many drafts at once is told of drafts", () => {
  const drafts = Array.from({ length: 101 }, (_, at) => at + 1);
  const message = { type: "draftRemove", request: 1, received: 0, drafts } as const;
  const verdict = checkRequest(message, encodePayload(message));
  deepEqual(verdict, {
    code: "too-many",
    message: "At most 100 drafts can be removed at once: remove the others after these.",
  });
});

test("texts of people pass as they came; empty, too long and unknown ones do not", () => {
  const outcomes = {
    hello: "as it came",
    " ": "empty",
    "": "empty",
    [escapeText("naïve | 100% 👍")]: "as it came",
    ["x".repeat(262)]: "as it came",
    ["x".repeat(263)]: "too-long",
    [escapeText("中".repeat(262))]: "as it came",
    [escapeText("中".repeat(263))]: "too-long",
    [escapeText("👩‍👩‍👧‍👦".repeat(200))]: "too-long",
    "%7C": "as it came",
    "%7c": "bad-field",
    "%41": "bad-text",
    "%FF%FE": "bad-text",
    "100%": "bad-field",
  };
  for (const [body, outcome] of Object.entries(outcomes)) {
    equal(checked(send({ body })), outcome, `for ${body.slice(0, 40)}`);
  }
});

test("a text that could act on a terminal is let in as visible marks only", () => {
  const verdict = checked(send({ body: escapeText("red \u001b[31m alert \u202e") }));
  match(verdict, /^1\|0\|bob\|p\|red %E2%90%9B\[31m alert <U\+202E>$/);
});

test("requests must be numbered, and formats and marks known", () => {
  equal(checked(send({ request: 0 })), "bad-request");
  equal(checked(send({ format: "q" })), "bad-format");
  equal(checked(send({ to: "no name" })), "no-such-user");
  equal(checked(send({ to: "x".repeat(51) })), "no-such-user");
  const mark = { type: "mark", request: 1, received: 0, mark: "read", seqs: [1] } as const;
  equal(checked(mark), "as it came");
  equal(checked({ ...mark, mark: "eaten" }), "bad-mark");
  equal(checked({ ...mark, seqs: Array<number>(1_001).fill(1) }), "too-many");
});

test("weak or costly key parameters are refused at registration", () => {
  const sound: MessageOf<"register"> = {
    type: "register",
    request: 1,
    received: 0,
    name: "alice",
    salt: "00".repeat(16),
    cost: scryptCost,
    blockSize: 8,
    parallelism: 5,
    storedKey: "00".repeat(32),
    serverKey: "00".repeat(32),
    tokenHash: "00".repeat(32),
  };
  equal(checked(sound), "as it came");
  equal(checked({ ...sound, name: "al ice" }), "bad-name");
  const unsound: Partial<typeof sound>[] = [
    { salt: "00" },
    { salt: "00".repeat(100) },
    { cost: 2 },
    { cost: 16_385 },
    { cost: 2 ** 40 },
    { parallelism: 0 },
    { parallelism: 2 ** 30 },
    { blockSize: 1 },
    { storedKey: "" },
    { tokenHash: "00".repeat(31) },
  ];
  for (const change of unsound) equal(checked({ ...sound, ...change }), "bad-parameters");
});

test("a send that is read the short way is read as the table says", () => {
  const prng = makePrng(5);
  const letters = ["a", "0", "|", "%", "%7C", " ", "~", "\x7f", "\u00e9", "p|", "12"];
  let agreed = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const parts = Array.from({ length: 5 }, () => prng.pick(letters) + prng.pick(letters));
    if (prng.chance(0.8)) parts[0] = "7";
    if (prng.chance(0.8)) parts[1] = "3";
    const payload = parts.join("|");
    const short = readClientFrame(opcodeOf("send"), payload);
    // An escape at the end takes the long way, which the table drives alone.
    const long = readClientFrame(opcodeOf("send"), `${payload}%7C`);
    if (short.ok && long.ok && long.message.type === "send" && short.message.type === "send") {
      deepEqual({ ...short.message, body: `${short.message.body}%7C` }, long.message);
      agreed += 1;
    } else {
      equal(short.ok, long.ok, payload);
    }
  }
  ok(agreed > 200, `only ${agreed} were read at all`);
});

test("patterns are letters, digits and stars", () => {
  equal(checkPattern("a*b*", ""), null);
  equal(checkPattern("*", "alice"), null);
  for (const bad of ["a?", "(a+)+$", "a b", "*".repeat(101)]) {
    equal(checkPattern(bad, "")?.code, "bad-pattern");
  }
});

test("five tries are free, then each costs twice the wait before it, up to a minute", () => {
  const throttle = new LoginThrottle(5);
  const waits: number[] = [];
  let nowMs = 0;
  for (let index = 0; index < 13; index += 1) {
    waits.push(throttle.waitMs("alice", nowMs) / 1_000);
    nowMs += throttle.waitMs("alice", nowMs);
    throttle.wrong("alice", nowMs);
  }
  deepEqual(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
  equal(throttle.waitMs("bob", nowMs), 0);
  throttle.right("alice");
  equal(throttle.waitMs("alice", nowMs), 0);
});

// ---- frames of every wrong kind

function frame(opcode: number, length: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([opcode, length >> 8, length & 0xff]), payload]);
}

const badFrames: Record<string, Buffer> = {
  "an opcode nobody knows": frame(0x3f, 0, Buffer.alloc(0)),
  "an empty frame": frame(opcodeOf("send"), 0, Buffer.alloc(0)),
  "bytes outside ASCII": frame(opcodeOf("ping"), 4, Buffer.from([0xff, 0xfe, 0x00, 0x80])),
  "a field too many": frame(opcodeOf("ping"), 3, Buffer.from("1|2")),
  "a number that is none": frame(opcodeOf("ping"), 2, Buffer.from("-1")),
  "a number beyond all bounds": frame(opcodeOf("ping"), 20, Buffer.from("9".repeat(20))),
  "a server's reply": encodeMessage({ type: "pong", query: 1 }),
  "a server's own command": encodeMessage({ type: "endSessions", clients: ["a"] }),
  "a frame between servers": encodeMessage({ type: "peerProof", mac: "00" }),
};

for (const [what, bytes] of Object.entries(badFrames)) {
  for (const stage of ["before hello", "before login", "after login"] as const) {
    test(`${what} ${stage} ends that connection in words, and others notice nothing`, async () => {
      const world = await makeClientWorld();
      const alice = await loggedIn(world, "alice");
      const bad = stage === "after login" ? await loggedIn(world, "eve") : await world.connect();
      if (stage === "before login") await bad.hello();
      bad.bytes(bytes);
      const { code, message } = await bad.next("error");
      match(code, /^(unknown-opcode|unexpected|wrong-field-count|not-ascii|bad-field)$/);
      match(message, /^[A-Z].*\.$/);
      await bad.ended();
      await alice.send("alice", "all is well");
    });
  }
}

test("a frame larger than may be is refused by its header alone", async () => {
  const world = await makeClientWorld();
  const bad = await world.connect();
  await bad.hello();
  bad.bytes(frame(opcodeOf("send"), 1_025, Buffer.alloc(0)));
  equal((await bad.next("error")).code, "frame-too-large");
  await bad.ended();
});

test("a first frame that is no hello, a second hello and another version are told so", async () => {
  const world = await makeClientWorld();
  const hello = { type: "hello", version: 1, client: clientIdOf(7), ballot: 0 as never } as const;
  const wrong: Record<string, Message[]> = {
    unexpected: [{ type: "ping", query: 1 }],
    "unknown-version": [{ ...hello, version: 2 }],
  };
  for (const [code, messages] of Object.entries(wrong)) {
    const bad = await world.connect();
    bad.say(...messages);
    equal((await bad.next("error")).code, code);
    await bad.ended();
  }
  const twice = await world.connect();
  twice.say(hello, hello);
  equal((await twice.next("error")).code, "unexpected");
});

test("a hello cut into single bytes is a hello", async () => {
  const world = await makeClientWorld();
  const slow = await world.connect();
  const hello = { type: "hello", version: 1, client: slow.client, ballot: 0 as never } as const;
  for (const byte of encodeMessage(hello)) {
    slow.bytes(Buffer.from([byte]));
    await world.clock.runFor(3);
  }
  await slow.next("welcome");
});

test("random frames, before and after login, reach no further than their connection", async () => {
  const world = await makeClientWorld();
  const alice = await loggedIn(world, "alice");
  const prng = makePrng(11);
  const opcodes = [1, 2, 3, 4, 5, 6, 9, 10, 16, 17, 18, 19, 20, 21, 22, 64, 96, 128, 160, 255];
  const pieces = [
    "0",
    "1",
    "7",
    "alice",
    "p",
    "*",
    "|",
    "||",
    ",",
    "%7C",
    "%zz",
    "\x00",
    "ff",
    "-",
  ];
  for (let round = 0; round < 150; round += 1) {
    const bad = prng.chance(0.5) ? await world.connect() : await loggedIn(world, `eve${round}`);
    if (prng.chance(0.5) && bad.nonce === "") await bad.hello();
    for (let count = 0; count < 12; count += 1) {
      const parts = Array.from({ length: prng.below(8) }, () => prng.pick(pieces));
      const payload = Buffer.from(parts.join(prng.chance(0.7) ? "|" : ""), "latin1");
      const length = prng.chance(0.9) ? payload.length : prng.below(65_536);
      bad.bytes(frame(prng.pick(opcodes), length, payload));
    }
    await world.clock.runFor(5);
    bad.link.destroy();
  }
  await world.clock.runFor(100);
  equal(alice.closed, false);
  await alice.send("alice", "all is well");
});
