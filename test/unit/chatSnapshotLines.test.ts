// Lines of a snapshot are written as bytes in place where there are many, else as strings: which of
// the two it is must not show.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asAccountId, asClientId } from "../../src/base/ids.ts";
import { putLine, putReplyStart, writeLine } from "../../src/chat/snapshotLines.ts";
import type { LineKind, LineOf } from "../../src/chat/snapshotLines.ts";
import { escapeText } from "../../src/wire/fields.ts";
import { writeEscaped } from "../../src/wire/payloadWriter.ts";

const target = Buffer.alloc(4_096);
const account = asAccountId(7);
const client = asClientId("0123456789abcdef0123456789abcdef");

function expectAlike<K extends LineKind>(kind: K, values: LineOf<K>): void {
  const end = putLine(target, 0, kind, values);
  assert.equal(target.latin1Slice(0, end), writeLine(kind, values));
}

test("a line is the same as bytes and as a string", () => {
  expectAlike("o", { client: "ASNFZ4mrze8BI0VniavN7w", request: Number.MAX_SAFE_INTEGER });
  expectAlike("n", { name: "50 %|Zoë, née Ünlü" });
  expectAlike("t", { id: account, name: "b" });
  expectAlike("c", { client, account: 0, tokenHash: "", idleSinceUs: 1_767_225_600_000_001 });
  expectAlike("c", { client, account, tokenHash: "00ff", idleSinceUs: 0 });
  expectAlike("d", { seqs: [1, 22, 4_294_967_295] });
  expectAlike("e", { pairs: [] });
  expectAlike("x", { requests: [9] });
  const costs = { cost: 16_384, blockSize: 8, parallelism: 1 };
  const verifier = { salt: "0a".repeat(16), ...costs, storedKey: "0b", serverKey: "0c" };
  expectAlike("a", { id: account, name: "d", ...verifier, lastSeenMs: 0, last: 3, delivered: 2 });
});

test("a kept reply's payload stands in its line as any text would", () => {
  const printable = Array.from({ length: 95 }, (_, at) => String.fromCharCode(0x20 + at)).join("");
  const payload = `${printable}||%%7C|`;
  const start = putReplyStart(target, 200);
  const end = writeEscaped(target, start, Buffer.from(payload, "latin1"), payload.length);
  assert.equal(`${target.latin1Slice(0, end)}\n`, writeLine("r", { opcode: 200, payload }));
  assert.ok(target.latin1Slice(start, end).endsWith(escapeText("||%%7C|")));
});
