// Frames as they are on the wire, in both directions: every message of the table against a frame
// written out, fed whole, in pieces, joined and followed by rubbish.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asClientId, asOp } from "../../src/base/ids.ts";
import { frameBeforeLoginPayloadBytesMax, framePayloadBytesMax } from "../../src/base/limits.ts";
import { nameLettersMax } from "../../src/base/limits.ts";
import { makePrng } from "../../src/base/prng.ts";
import { decodePayload, encodeMessage, opcodeOf, typeOf } from "../../src/wire/codec.ts";
import { writeFrame } from "../../src/wire/codec.ts";
import { makeFrameReader } from "../../src/wire/frameReader.ts";
import type { FrameReader } from "../../src/wire/frameReader.ts";
import { messages } from "../../src/wire/messages.ts";
import type { Message, MessageOf } from "../../src/wire/messages.ts";
import { isShortSent, sentFrameBytesMax, writeSentFrame } from "../../src/wire/plainSent.ts";
import { isShortStatus, statusFrameBytesMax } from "../../src/wire/plainStatus.ts";
import { writeStatusFrame } from "../../src/wire/plainStatus.ts";
import type { WireRefusal } from "../../src/wire/refusals.ts";
import { readGoldenFrames } from "../support/wireGolden.ts";

const golden = readGoldenFrames();

/** Feeds the chunks and decodes each frame that comes out. */
function read(reader: FrameReader, chunks: readonly Buffer[]): (Message | WireRefusal)[] {
  const out: (Message | WireRefusal)[] = [];
  for (const chunk of chunks) {
    const refusal = reader.push(chunk, ({ opcode, bytes, start, end }) => {
      const decoded = decodePayload(opcode, bytes.latin1Slice(start + 3, end));
      out.push(decoded.ok ? decoded.message : decoded);
    });
    if (refusal !== null) out.push(refusal);
  }
  return out;
}

const wideReader = (): FrameReader => makeFrameReader(framePayloadBytesMax);

test("every message of the table has a frame written out, and none has two", () => {
  const types = golden.map(({ message }) => message.type);
  assert.deepEqual([...types].sort(), Object.keys(messages).sort());
});

test("the original system's requests keep their numbers", () => {
  const numbers = ["register", "login", "search", "send", "logout", "delete"] as const;
  assert.deepEqual(numbers.map(opcodeOf), [1, 2, 3, 4, 5, 6]);
});

test("opcodes lie in the ranges of who sends them", () => {
  for (const { opcode, message } of golden) {
    assert.equal(typeOf(opcode), message.type);
    assert.ok(opcode >= 0x01 && opcode < 0xc0);
  }
});

for (const { message, bytes, opcode, payload } of golden) {
  test(`${message.type} is written and read as it stands there`, () => {
    assert.deepEqual(encodeMessage(message), bytes);
    assert.deepEqual(decodePayload(opcode, payload), { ok: true, message });
  });

  test(`${message.type} is read whole, split at every byte, and byte by byte`, () => {
    assert.deepEqual(read(wideReader(), [bytes]), [message]);
    for (let at = 0; at <= bytes.length; at += 1) {
      const reader = wideReader();
      assert.deepEqual(read(reader, [bytes.subarray(0, at), bytes.subarray(at)]), [message]);
      assert.equal(reader.waitingBytes(), 0);
    }
    const single = [...bytes].map((byte) => Buffer.from([byte]));
    assert.deepEqual(read(wideReader(), single), [message]);
  });

  test(`${message.type} is read with rubbish behind, which is refused or waits`, () => {
    const rubbish = Buffer.from([0xff, 0x00, 0x02, 0x7c, 0x00, 0x01]);
    const [first, second, ...rest] = read(wideReader(), [Buffer.concat([bytes, rubbish])]);
    assert.deepEqual(first, message);
    assert.ok(second !== undefined && "ok" in second);
    assert.equal(second.code, "unknown-opcode");
    assert.deepEqual(rest, []);
  });

  test(`${message.type} with a field too many or too few is refused in words`, () => {
    const fields = Object.keys(messages[message.type].fields).length;
    const more = decodePayload(opcode, `${payload}|`);
    assert.ok(!more.ok);
    const words = `A ${message.type} frame has ${fields} fields; this one has ${fields + 1}.`;
    assert.deepEqual([more.code, more.message], ["wrong-field-count", words]);
    if (fields > 1) {
      const fewer = decodePayload(opcode, payload.slice(0, payload.lastIndexOf("|")));
      assert.ok(!fewer.ok && fewer.code === "wrong-field-count");
    }
  });

  test(`${message.type} with bytes outside printable ASCII is refused in words`, () => {
    for (const byte of ["\n", "\u007f", "\u00e9", "\0"]) {
      const refused = decodePayload(opcode, `${payload}${byte}`);
      assert.ok(!refused.ok && refused.code === "not-ascii");
      assert.match(refused.message, /outside printable ASCII/);
    }
  });
}

test("all frames joined in one chunk come out in their order, however they are cut", () => {
  const all = Buffer.concat(golden.map(({ bytes }) => bytes));
  const wanted = golden.map(({ message }) => message);
  const prng = makePrng(1);
  assert.deepEqual(read(wideReader(), [all]), wanted);
  for (let round = 0; round < 20; round += 1) {
    const chunks: Buffer[] = [];
    for (let at = 0; at < all.length;) {
      const size = 1 + prng.below(400);
      chunks.push(all.subarray(at, at + size));
      at += size;
    }
    assert.deepEqual(read(wideReader(), chunks), wanted);
  }
});

test("what lies in one chunk is not copied, whatever is unfinished before it", () => {
  const ping = encodeMessage({ type: "ping", query: 1 });
  for (let cut = 3; cut < ping.length; cut += 1) {
    const reader = wideReader();
    reader.push(ping.subarray(0, cut), () => assert.fail("there is no frame yet"));
    const chunk = Buffer.concat([ping.subarray(cut), ping, ping.subarray(0, 2)]);
    const places: number[] = [];
    reader.push(chunk, ({ bytes, start }) => places.push(bytes === chunk ? start : -1));
    assert.deepEqual(places, [-1, ping.length - cut]);
    assert.equal(reader.waitingBytes(), 2);
  }
});

test("a frame over the limit is refused by its header alone, and nothing is kept of it", () => {
  const reader = makeFrameReader(frameBeforeLoginPayloadBytesMax);
  const refused = read(reader, [Buffer.from([0x01, 0x04, 0x01])]);
  const message = "A frame of 1025 bytes came; the limit here is 1024.";
  assert.deepEqual(refused, [{ ok: false, code: "frame-too-large", message }]);
  assert.equal(reader.waitingBytes(), 0);
});

test("a frame at the limit is taken", () => {
  const reader = makeFrameReader(frameBeforeLoginPayloadBytesMax);
  const payload = `1|${"x".repeat(1_019)}|1|`;
  const frame = Buffer.alloc(3 + 1_024);
  writeFrame(frame, 0, { opcode: opcodeOf("login"), payload });
  let frames = 0;
  assert.equal(
    reader.push(frame, () => (frames += 1)),
    null,
  );
  assert.equal(frames, 1);
});

test("behind a refused header nothing is read any more", () => {
  const reader = makeFrameReader(frameBeforeLoginPayloadBytesMax);
  const ping = encodeMessage({ type: "ping", query: 1 });
  const results = read(reader, [Buffer.from([0x01, 0xff, 0xff]), ping, ping]);
  assert.deepEqual(
    results.map((result) => "ok" in result),
    [true],
  );
});

test("the limit changes from the next frame on, even within one chunk", () => {
  const reader = makeFrameReader(8);
  const ping = encodeMessage({ type: "ping", query: 1 });
  const long = encodeMessage({ type: "search", query: 1, pattern: "x".repeat(50), after: "" });
  let frames = 0;
  const refusal = reader.push(Buffer.concat([ping, long]), () => {
    frames += 1;
    reader.setPayloadBytesMax(100);
  });
  assert.equal(refusal, null);
  assert.equal(frames, 2);
});

test("a handler that stops the reader gets no further frame", () => {
  const reader = wideReader();
  const ping = encodeMessage({ type: "ping", query: 1 });
  let frames = 0;
  const stop = (): void => {
    frames += 1;
    reader.stop();
  };
  reader.push(Buffer.concat([ping, ping]), stop);
  reader.push(ping, stop);
  assert.equal(frames, 1);
  assert.equal(reader.waitingBytes(), 0);
});

test("a header that promises much makes nobody set memory aside", () => {
  const reader = wideReader();
  reader.push(Buffer.from([0x04, 0xff, 0xff]), () => assert.fail("there is no frame yet"));
  assert.equal(reader.waitingBytes(), 3);
});

test("any bytes are frames, wait, or are refused; nothing throws", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const prng = makePrng(seed);
    const reader = makeFrameReader(prng.pick([64, 1_024, framePayloadBytesMax]));
    for (let round = 0; round < 60; round += 1) {
      const chunk = Buffer.from(Array.from({ length: prng.below(80) }, () => prng.below(256)));
      if (chunk.length > 2 && prng.chance(0.7)) chunk[1] = 0;
      for (const result of read(reader, [chunk])) {
        if ("ok" in result) assert.ok(result.message.length > 10);
      }
    }
  }
});

test("any payload of any opcode decodes to what encodes to it, or is refused in words", () => {
  const prng = makePrng(2);
  const pool = "|0123456789abcdefABCDEF,%25%7C%C3%A9=+/ \u00e9~";
  let decodedCount = 0;
  for (let round = 0; round < 60_000; round += 1) {
    const { opcode, payload } = prng.pick(golden);
    let text = payload;
    for (let hits = prng.below(4); hits > 0; hits -= 1) {
      const at = prng.below(text.length + 1);
      const patch = pool.slice(prng.below(pool.length)).slice(0, prng.below(4));
      text = text.slice(0, at) + patch + text.slice(at + prng.below(3));
    }
    const decoded = decodePayload(opcode, text);
    if (decoded.ok) {
      decodedCount += 1;
      assert.equal(encodeMessage(decoded.message).latin1Slice(3), text);
    } else {
      assert.match(decoded.message, /^(A|Field|Opcode) .*\.$/);
    }
  }
  assert.ok(decodedCount > 10_000);
});

test("the short way to a reply of sending gives what the table gives", () => {
  const kept: MessageOf<"sent"> = {
    type: "sent",
    request: 7,
    op: asOp(900),
    copies: 0,
    to: "bob",
    atMs: 1_795_268_269_646,
    online: false,
  };
  const longest = "😀".repeat(nameLettersMax / 2);
  assert.equal(isShortSent({ ...kept, to: longest }), true);
  assert.equal(isShortSent({ ...kept, to: `${longest}b` }), false);
  for (const to of ["bob", "Bob42", "bob (deleted)", "50%", "a|b", "żółw", longest]) {
    for (const online of [true, false]) {
      const spoken = { ...kept, to, online, copies: 3 };
      const target = Buffer.alloc(sentFrameBytesMax + 9);
      const end = writeSentFrame(target, 4, { ...kept, to }, { copies: 3, online });
      assert.deepEqual(target.subarray(4, end), encodeMessage(spoken));
    }
  }
});

test("the short way to what became of a letter gives what the table gives", () => {
  const kept: MessageOf<"status"> = {
    type: "status",
    client: asClientId("0123456789abcdef".repeat(2)),
    request: Number.MAX_SAFE_INTEGER,
    to: "bob",
    status: "delivered",
  };
  const longest = "😀".repeat(nameLettersMax / 2);
  assert.equal(isShortStatus({ ...kept, to: longest }), true);
  assert.equal(isShortStatus({ ...kept, to: `${longest}b` }), false);
  assert.equal(isShortStatus({ ...kept, status: "delivered twice" }), false);
  for (const to of ["bob", "Bob42", "bob (deleted)", "50%", "a|b", "żółw", longest]) {
    for (const word of ["delivered", "read"]) {
      const status = { ...kept, to, status: word };
      const target = Buffer.alloc(4 + statusFrameBytesMax);
      const end = writeStatusFrame(target, 4, status);
      assert.deepEqual(target.subarray(4, end), encodeMessage(status));
    }
  }
});
