// The short way of a heartbeat writes what the table writes, and reads what the table reads, or
// leaves it to the table.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asIncarnation, asOp, asServerId } from "../../src/base/ids.ts";
import { makePrng, type Prng } from "../../src/base/prng.ts";
import { decodePayload, encodeMessage, encodePayload } from "../../src/wire/codec.ts";
import { heartbeatFrame, heartbeatOpcode, readHeartbeat } from "../../src/wire/heartbeat.ts";
import type { MessageOf } from "../../src/wire/messages.ts";

const highest = Number.MAX_SAFE_INTEGER;
const numbers = [0, 1, 9, 10, 2 ** 31 - 1, 2 ** 31, 1_767_225_600_000_123, highest];

function drawHeartbeat(prng: Prng): MessageOf<"heartbeat"> {
  const number = (): number => prng.pick(numbers);
  const flag = (): boolean => prng.chance(0.5);
  const servers = [0, 1, 2, 9, 10, 63].map(asServerId);
  return {
    type: "heartbeat",
    sentAtMs: number(),
    incarnation: asIncarnation(number() || 1),
    receiver: asIncarnation(number() || 1),
    normal: flag(),
    ballot: asBallot(number()),
    active: flag(),
    primary: number(),
    promised: asBallot(number()),
    lastOp: asOp(number()),
    committed: asOp(number()),
    leases: servers.filter(flag),
    hears: servers.filter(flag),
    answers: number(),
    granted: flag(),
    wants: flag(),
    room: prng.pick(["low", "enough", "ample"]),
  };
}

function short(payload: string): MessageOf<"heartbeat"> | null {
  const bytes = Buffer.from(`1${payload}|1`, "latin1");
  return readHeartbeat(bytes, 1, 1 + payload.length);
}

test("a heartbeat's frame is the table's, and it is read as it was said", () => {
  const prng = makePrng(23);
  for (let draw = 0; draw < 5_000; draw += 1) {
    const said = drawHeartbeat(prng);
    const frame = heartbeatFrame(said);
    deepEqual(frame, encodeMessage(said));
    deepEqual(short(encodePayload(said)), said);
  }
});

test("whatever the short way reads, the table reads as the same heartbeat", () => {
  const prng = makePrng(29);
  const odd = ["", "0", "1", "01", "-1", "2", "1,", ",1", "1,,2", "64", "0,1", "1 ", "x", "0x1"];
  odd.push(
    String(highest + 1),
    "9".repeat(17),
    "low",
    "Low",
    "lo%77",
    "low|",
    "|",
    "\u00e9",
    "%7C",
  );
  let taken = 0;
  for (let draw = 0; draw < 20_000; draw += 1) {
    const fields = encodePayload(drawHeartbeat(prng)).split("|");
    for (let change = prng.below(3); change > 0; change -= 1) {
      fields[prng.below(fields.length)] = prng.pick(odd);
    }
    if (prng.chance(0.1)) fields.splice(prng.below(fields.length), 1);
    const payload = fields.join("|");
    const read = short(payload);
    const decoded = decodePayload(heartbeatOpcode, payload);
    if (read === null) {
      // But for a word that no server says, what the table takes is read the short way.
      ok(!decoded.ok || !/\|[a-z]+$/.test(payload), payload);
      continue;
    }
    taken += 1;
    deepEqual(decoded, { ok: true, message: read }, payload);
  }
  ok(taken > 5_000, `${taken} taken`);
});

test("what is longer than any honest heartbeat is left to the table", () => {
  const usual = drawHeartbeat(makePrng(31));
  equal(heartbeatFrame({ ...usual, room: "x".repeat(17) }), null);
  const hears = Array.from({ length: 65 }, () => asServerId(1));
  equal(heartbeatFrame({ ...usual, hears }), null);
  const escaped = { ...usual, room: "l|w" };
  deepEqual(heartbeatFrame(escaped), encodeMessage(escaped));
});
