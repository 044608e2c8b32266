// What the bench understands of Redis: its replies, however they are cut into chunks, and when a
// message counts as held by all three.

import assert from "node:assert/strict";
import { test } from "node:test";
import { commandBytes, complaintOf, confirmationOf, versionIn } from "../bench/redis/commands.ts";
import { type Reply, ReplyReader } from "../bench/redis/replies.ts";

const stream =
  "+PONG\r\n$15\r\n1795283959112-0\r\n:2\r\n-ERR no\r\n$-1\r\n*2\r\n:1\r\n$2\r\n\r\n\r\n*-1\r\n";
const replies: readonly Reply[] = [
  { kind: "line", text: "PONG" },
  { kind: "string", text: "1795283959112-0" },
  { kind: "number", value: 2 },
  { kind: "error", text: "ERR no" },
  { kind: "string", text: null },
  {
    kind: "list",
    items: [
      { kind: "number", value: 1 },
      { kind: "string", text: "\r\n" },
    ],
  },
  { kind: "list", items: null },
];

function readIn(pieceBytes: number): readonly Reply[] {
  const reader = new ReplyReader();
  const read: Reply[] = [];
  const bytes = Buffer.from(stream);
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    reader.push(bytes.subarray(start, start + pieceBytes), (reply) => void read.push(reply));
  }
  return read;
}

test("replies of Redis are read whole, in pieces of any size, and byte by byte", () => {
  for (const pieceBytes of [stream.length, 1, 2, 3, 7, 20]) {
    assert.deepEqual(readIn(pieceBytes), replies, `${pieceBytes} bytes at once`);
  }
});

test("what is no reply of Redis is said to be none", () => {
  const read = (text: string): void => {
    new ReplyReader().push(Buffer.from(text), () => undefined);
  };
  assert.throws(() => read("HTTP/1.1 400 Bad Request\r\n"), /begins with "H"/);
  assert.throws(() => read("$many\r\n"), /"many" where a number belongs/);
});

test("a command is a list of strings, counted in bytes", () => {
  assert.equal(String(commandBytes("XADD", "ü")), "*2\r\n$4\r\nXADD\r\n$2\r\nü\r\n");
});

test("a message counts as confirmed by Redis only when both replicas hold it", () => {
  const number = (value: number): Reply => ({ kind: "number", value });
  assert.equal(complaintOf(number(2)), null);
  assert.match(complaintOf(number(1)) ?? "", /only 1 of 2/);
  assert.equal(complaintOf({ kind: "list", items: [number(1), number(2)] }), null);
  assert.match(complaintOf({ kind: "list", items: [number(0), number(2)] }) ?? "", /its own/);
  assert.match(complaintOf({ kind: "list", items: [number(1), number(1)] }) ?? "", /only 1 of 2/);
  assert.match(complaintOf({ kind: "list", items: null }) ?? "", /its own/);
  assert.match(complaintOf({ kind: "error", text: "ERR busy" }) ?? "", /ERR busy/);
  assert.match(complaintOf({ kind: "line", text: "OK" }) ?? "", /something else/);
});

test("Redis is asked for synced replicas from the version on that can say so", () => {
  const printed = "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64";
  assert.equal(versionIn(printed), "7.0.15");
  assert.equal(versionIn("command not found"), null);
  for (const version of ["6.2.1", "7.0.15", "7.1.9"]) {
    assert.equal(confirmationOf(version), "WAIT 2 0", version);
  }
  for (const version of ["7.2.0", "7.10.1", "8.0.0"]) {
    assert.equal(confirmationOf(version), "WAITAOF 1 2 0", version);
  }
});
