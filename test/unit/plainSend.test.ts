// The short way of a plain send says what the table and the door say of the same bytes, or leaves
// them to these two; and its bytes arrive where they are copied to.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { textLettersMax } from "../../src/base/limits.ts";
import { sealedLettersMax } from "../../src/base/sealLimits.ts";
import type { Prng } from "../../src/base/prng.ts";
import { makePrng } from "../../src/base/prng.ts";
import { checkRequest, readClientFrame } from "../../src/server/door.ts";
import { opcodeOf } from "../../src/wire/codec.ts";
import { readPlainSend, sendOf } from "../../src/wire/plainSend.ts";

const sendOpcode = opcodeOf("send");

/** What the usual way makes of it: the send as it is logged, or null. */
function usual(payload: string): ReturnType<typeof sendOf> | null {
  const decoded = readClientFrame(sendOpcode, payload);
  if (!decoded.ok || decoded.message.type !== "send") return null;
  return checkRequest(decoded.message, payload) === payload ? decoded.message : null;
}

function short(payload: string): ReturnType<typeof sendOf> | null {
  const bytes = Buffer.from(`before${payload}behind`, "latin1");
  const plain = readPlainSend(bytes, 6, 6 + payload.length);
  return plain === null ? null : sendOf(plain);
}

const keyId = "AAAA-bbb_99";
const sealed = [`${keyId}.x`, `${keyId}.${"x".repeat(sealedLettersMax - 12)}`];
/** Of some other form. */
const unsealed = [
  ...[keyId, `${keyId}.`, `${keyId}.x.y`, `${keyId}.x=`, `${keyId}.x y`, `${keyId}.%7C`],
  ...[`${keyId}A.x`, "AAAA.x", ".x", `${keyId} x`, `AAAA+bbb/99.x`],
  `${keyId}.${"x".repeat(sealedLettersMax - 11)}`,
];
const likely = ["1", "0", "12", "007", "-1", "9007199254740992", "bob", "Bob", "", "p", "q", " "];
const odd = ["hi", "a b", "100%", "%7C", "|", "\u0007", "\u00e9", "x".repeat(262), "x".repeat(263)];

function drawPayload(prng: Prng): string {
  const fields = ["7", "3", "bob", "p", "hello there"];
  const changes = prng.below(3);
  for (let change = 0; change < changes; change += 1) {
    fields[prng.below(fields.length)] = prng.pick([...likely, ...odd]);
  }
  if (prng.chance(0.3)) fields.splice(3, 2, "s", prng.pick([...sealed, ...unsealed]));
  if (prng.chance(0.1)) fields.splice(prng.below(fields.length), 1);
  if (prng.chance(0.1)) fields.push(prng.pick(odd));
  return fields.join("|");
}

test("whatever the short way takes, the table and the door take as the same send", () => {
  const prng = makePrng(17);
  let taken = 0;
  for (let draw = 0; draw < 20_000; draw += 1) {
    const payload = drawPayload(prng);
    const plain = short(payload);
    if (plain === null) continue;
    taken += 1;
    deepEqual(plain, usual(payload), payload);
  }
  ok(taken > 4_000, `${taken} taken`);
});

test("a short text in which nothing is escaped takes the short way, and no other does", () => {
  for (const body of ["x", "a b", "~!#$&", "x".repeat(textLettersMax)]) {
    equal(short(`7|3|Bob|p|${body}`)?.body, body);
  }
  const others = [
    ...[
      "7|3|bob|p|",
      "7|3|bob|p|  ",
      "7|3|bob|p|%7C",
      "7|3|bob|p|a|b",
      "7|3|bob|q|hi",
      "7|3||p|hi",
    ],
    ...["0|3|bob|p|hi", "07|3|bob|p|hi", "7||bob|p|hi", "7|3|bob|hi", "7|3|b-b|p|hi", "7|3|bob|p"],
    ...[`7|3|bob|p|${"x".repeat(textLettersMax + 1)}`, `7|3|${"b".repeat(51)}|p|hi`],
    ...["7|3|bob|p|\u007f", "7|3|bob|p|caf\u00e9", ""],
  ];
  for (const payload of others) equal(short(payload), null, payload);
});

test("a sealed body for one person takes the short way, and none of another form", () => {
  for (const body of sealed) {
    deepEqual(short(`7|3|Bob|s|${body}`), usual(`7|3|Bob|s|${body}`), body.slice(0, 20));
    equal(short(`7|3|Bob|s|${body}`)?.format, "s");
  }
  for (const body of unsealed) equal(short(`7|3|Bob|s|${body}`), null, body.slice(0, 20));
  equal(short(`7|3|#team|s|${keyId}.x`), null, "a group's is sealed for many");
});

test("for whom it was sealed is read in place", () => {
  const payload = `7|3|bob|s|${keyId}.c2VhbGVk`;
  const plain = readPlainSend(Buffer.from(`before${payload}`), 6, 6 + payload.length);
  equal(plain?.isSealedFor(keyId), true);
  equal(plain?.isSealedFor(keyId.replace("9", "8")), false);
  equal(plain?.isSealedFor(`B${keyId.slice(1)}`), false);
});

test("it is copied whole, or its text alone, to where there is room", () => {
  const payload = "7|3|bob|p|hello";
  const plain = readPlainSend(Buffer.from(payload), 0, payload.length);
  ok(plain !== null);
  const target = Buffer.alloc(40, "-");
  const said = sendOf(plain);
  equal(plain.moveTo(target, 5), 5 + payload.length);
  equal(target.latin1Slice(), `-----${payload}${"-".repeat(20)}`);
  deepEqual([plain.bytes, plain.length, sendOf(plain)], [target, payload.length, said]);
  equal(plain.copyBody(target, 30), 35);
  equal(target.latin1Slice(28, 37), "--hello--");
});
