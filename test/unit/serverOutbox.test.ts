// What waits to be sent to one client: whichever way a frame is made, all of them leave in the
// order in which they came, byte for byte what the table gives.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asClientId, asOp } from "../../src/base/ids.ts";
import { nameLettersMax, outstandingRequestsMax } from "../../src/base/limits.ts";
import { Outbox } from "../../src/server/outbox.ts";
import { encodeMessage } from "../../src/wire/codec.ts";
import type { MessageOf } from "../../src/wire/messages.ts";

/** Every letter of it takes more bytes than any other's. */
const longestName = "😀".repeat(nameLettersMax / 2);
const client = asClientId("0123456789abcdef".repeat(2));

function sent(request: number): MessageOf<"sent"> {
  return { type: "sent", request, op: asOp(9), copies: 0, to: "bob", atMs: 1e12, online: false };
}

function status(request: number): MessageOf<"status"> {
  return { type: "status", client, request, to: longestName, status: "delivered" };
}

function bytesIn(outbox: Outbox): string {
  const taken = outbox.take();
  const parts = taken === null ? [] : Array.isArray(taken) ? taken : [taken];
  return parts.map((part) => (typeof part === "string" ? part : part.toString("latin1"))).join("");
}

test("frames of all ways leave in the order in which they came", () => {
  const outbox = new Outbox();
  let expected = "";
  const expectFrame = (message: Parameters<typeof encodeMessage>[0]): void => {
    expected += encodeMessage(message).toString("latin1");
  };
  for (let turn = 0; turn < 3 * outstandingRequestsMax; turn += 1) {
    const copies = turn < 100 ? 3 : 2;
    const online = turn % 3 === 0;
    outbox.addSent(sent(turn), copies, online);
    expectFrame({ ...sent(turn), copies, online });
    const word = turn % 90 === 0 ? "of a kind that is not known" : "read";
    for (const told of [status(turn), { ...status(turn), status: word }]) {
      outbox.add(told);
      expectFrame(told);
    }
    if (turn % 80 !== 0) continue;
    const pong = { type: "pong", query: turn } as const;
    outbox.add(pong);
    expectFrame(pong);
    const bytes = encodeMessage(sent(turn));
    outbox.addBytes(bytes);
    expectFrame(sent(turn));
  }
  assert.equal(outbox.waitingBytes(), expected.length);
  assert.equal(bytesIn(outbox), expected);
  assert.equal(bytesIn(outbox), "");
});

test("what was cleared away does not leave", () => {
  const outbox = new Outbox();
  outbox.add(status(1));
  outbox.addSent(sent(1), 3, true);
  outbox.clear();
  outbox.add(status(2));
  assert.equal(bytesIn(outbox), encodeMessage(status(2)).toString("latin1"));
});
