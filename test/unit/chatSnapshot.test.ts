// The state as bytes: canonical, bounded in its pieces, and refused in words when it is not whole.
// That histories lead to equal bytes whatever the path is shown in chatRandom.test.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asAccountId } from "../../src/base/ids.ts";
import { snapshotChunkBytes } from "../../src/base/imageLimits.ts";
import { letterSlabBytes } from "../../src/base/limits.ts";
import { makePrng } from "../../src/base/prng.ts";
import { chatDigest, encodeSnapshot } from "../../src/chat/snapshot.ts";
import { decodeSnapshot } from "../../src/chat/snapshotRead.ts";
import { createChat } from "../../src/chat/state.ts";
import { ChatScript, codeOf } from "../support/chatScript.ts";
import type { ChatState } from "../../src/chat/state.ts";

function textOf(chat: ChatState): string {
  return Buffer.concat([...encodeSnapshot(chat)]).toString("latin1");
}

function readAll(chat: ChatState): void {
  assert.equal(chatDigest(chat).length, 64);
  for (const { id } of chat.accounts.live()) {
    chat.list(id, { after: 0, count: 100, unopened: false });
  }
}

function decode(text: string): ReturnType<typeof decodeSnapshot> {
  return decodeSnapshot([Buffer.from(text, "latin1")]);
}

function smallChat(): ChatScript {
  const script = new ChatScript();
  script.register(1, "alice");
  script.register(2, "bob");
  script.register(3, "carol");
  script.send(1, "bob", "one %7C");
  script.send(2, "alice", "two");
  script.send(3, "bob", "three");
  script.send(1, "alice", "self");
  script.mark(2, "read", 1);
  script.do(3, { type: "delete", name: "carol" });
  script.do(2, { type: "send", to: "nobody", format: "p", body: "x", received: 2 });
  return script;
}

test("an empty chat is a header and an end", () => {
  assert.equal(textOf(createChat()), "replichat-chat|6|0|0|0|0\nz|1\n");
});

test("every line is printable ASCII, accounts and clients are sorted, letters in order", () => {
  const script = smallChat();
  const text = textOf(script.chat);
  assert.match(text, /^[\x20-\x7e\n]*$/);
  const kinds = text.split("\n").map((line) => (/^[0-7]/.test(line) ? "m" : line.charAt(0)));
  assert.equal(kinds.join(""), "roaoaot" + "cerrr" + "cexrr" + "cerrr" + "mmmm" + "z");
  const letters = text.split("\n").filter((line) => /^[0-7]/.test(line));
  assert.deepEqual(
    letters.map((line) => [line[0], line.split("|").at(-1)]),
    [
      ["1", "one %7C"],
      ["0", "two"],
      ["4", "three"],
      ["0", "self"],
    ],
  );
});

test("reads back to the same state, and goes on alike", () => {
  const script = smallChat();
  const decoded = decodeSnapshot(encodeSnapshot(script.chat));
  assert.ok(decoded.ok);
  assert.equal(chatDigest(decoded.chat), chatDigest(script.chat));
  script.chat = decoded.chat;
  assert.equal(codeOf(script.do(2, { type: "logout", request: 4 })), "no-such-user");
  assert.deepEqual(script.mail("bob"), ["alice: one %7C", "bob: two", "carol (deleted): three"]);
  assert.equal(codeOf(script.send(2, "alice", "next")), "sent");
});

test("a letter that nobody has any more is gone from the bytes", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.register(2, "bob");
  script.send(1, "bob", "secret");
  script.mark(1, "removed", 1);
  assert.match(textOf(script.chat), /secret/);
  script.do(2, { type: "delete", name: "bob" });
  assert.doesNotMatch(textOf(script.chat), /secret/);
});

test("deleting an account that never had a letter leaves no trace of its name", () => {
  const script = new ChatScript();
  script.register(1, "mayfly");
  script.do(1, { type: "delete", name: "mayfly" });
  script.do(1, { type: "logout", received: 2 });
  assert.doesNotMatch(textOf(script.chat), /mayfly/);
});

test("chunks are bounded however large the state, and may be cut anywhere", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  for (let count = 0; count < 500; count += 1) script.send(1, "alice", "x".repeat(count * 3));
  const chunks = [...encodeSnapshot(script.chat)];
  assert.ok(chunks.length > 4);
  for (const chunk of chunks) assert.ok(chunk.length <= snapshotChunkBytes);
  const whole = Buffer.concat(chunks);
  const prng = makePrng(7);
  const pieces: Buffer[] = [];
  for (let at = 0; at < whole.length;) {
    const size = 1 + prng.below(1_000);
    pieces.push(whole.subarray(at, at + size));
    at += size;
  }
  const decoded = decodeSnapshot(pieces);
  assert.ok(decoded.ok);
  assert.equal(chatDigest(decoded.chat), chatDigest(script.chat));
});

test("the first format is read: it had no origins, and nothing that a merge leaves", () => {
  const decoded = decode(firstFormat);
  assert.ok(decoded.ok);
  const { chat } = decoded;
  assert.deepEqual(chat.search("*", { after: "", count: 9 }).names, ["alice", "bob"]);
  assert.equal(chat.letterAt(chat.accountOf("bob") ?? (1 as never), 1)?.body, "one");
  const again = decodeSnapshot(encodeSnapshot(chat));
  assert.ok(again.ok);
  assert.equal(chatDigest(again.chat), chatDigest(chat));
});

const firstFormat = `replichat-chat|1|4|1800000000004000|60003000|2
a|1|alice|73616c742e2e2e2e|16384|8|5|616c6963652e2e2e|7365727665722e2e|1800000000004|1|0
a|2|bob|73616c742e2e2e2e|16384|8|5|626f622e2e2e2e2e|7365727665722e2e|1800000000002|1|0
c|00000000000000000000000000000001|0||60003000
e|1,2,5,5
r|72|5%7C4%7C0%7Calice
c|00000000000000000000000000000002|2|746f6b656e2e2e2e|0
e|1,1
r|69|1%7C2%7C0%7Cbob
0|1|2|1|1|1800000000003|0|AAAAAAAAAAAAAAAAAAAAAQ|2|p|one
z|10
`;

test("a newer format is refused in words", () => {
  const refused = decode("replichat-chat|7|0|0|0|0\nz|1\n");
  assert.ok(!refused.ok);
  assert.equal(refused.code, "snapshot-newer");
  assert.match(refused.message, /has format 7; this version reads up to 6\. Update/);
});

test("a snapshot cut at any byte is refused", () => {
  const text = textOf(smallChat().chat);
  for (let length = 0; length < text.length; length += 1) {
    const refused = decode(text.slice(0, length));
    assert.ok(!refused.ok, `cut at ${length}`);
    assert.equal(refused.code, "snapshot-damaged");
  }
});

test("lines doubled, swapped or left out are refused", () => {
  const text = textOf(smallChat().chat);
  const lines = text.split("\n").slice(0, -1);
  const joined = (changed: readonly string[]): string => `${changed.join("\n")}\n`;
  for (let at = 0; at < lines.length; at += 1) {
    const without = [...lines.slice(0, at), ...lines.slice(at + 1)];
    const doubled = [...lines.slice(0, at + 1), ...lines.slice(at)];
    assert.ok(!decode(joined(without)).ok, `without line ${at + 1}`);
    assert.ok(!decode(joined(doubled)).ok, `line ${at + 1} twice`);
  }
});

test("lines of one kind behind those of a later kind are refused", () => {
  const lines = textOf(smallChat().chat).split("\n").slice(0, -1);
  const carol = lines.findIndex((line) => line.startsWith("t|"));
  const [moved = ""] = lines.splice(carol, 1);
  // Carol's letter goes too, so that nothing but the order is wrong.
  const rest = lines.filter((line) => !line.endsWith("|three"));
  const end = rest.length - 1;
  const inPlace = [...rest.slice(0, carol), moved, ...rest.slice(carol, end), `z|${end + 1}`];
  const behind = [...rest.slice(0, end), moved, `z|${end + 1}`];
  assert.ok(decode(`${inPlace.join("\n")}\n`).ok);
  assert.ok(!decode(`${behind.join("\n")}\n`).ok);
});

test("damaged bytes decode or are refused, never thrown at", () => {
  const whole = Buffer.concat([...encodeSnapshot(smallChat().chat)]);
  const prng = makePrng(11);
  let refusals = 0;
  for (let round = 0; round < 4_000; round += 1) {
    const damaged = Buffer.from(whole);
    for (let hits = 1 + prng.below(3); hits > 0; hits -= 1) {
      damaged[prng.below(damaged.length)] = prng.chance(0.5)
        ? prng.below(256)
        : "|0123456789\n".charCodeAt(prng.below(12));
    }
    const decoded = decodeSnapshot([damaged]);
    if (decoded.ok) readAll(decoded.chat);
    else refusals += 1;
  }
  assert.ok(refusals > 1_000);
});

test("positions that no memory holds are refused without trying", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  const text = textOf(script.chat).replace(/^(a.*)\|0\|0$/m, "$1|9007199254740991|0");
  assert.match(text, /9007199254740991/);
  assert.ok(!decode(text).ok);
});

test("a letter's line is taken in its one form alone", () => {
  const text = textOf(smallChat().chat);
  const line = text.split("\n").find((one) => one.endsWith("|two")) ?? "";
  const fields = line.split("|");
  const [fate, , , , , , , client = ""] = fields;
  assert.deepEqual([fields.length, fate, client.length], [11, "0", 22]);
  const variants: readonly (readonly [field: number, wrong: readonly string[]])[] = [
    [0, ["8", "00", "", "a"]],
    ...[1, 2, 3, 4, 5, 8].map((field) => {
      const value = fields[field] ?? "";
      return [field, [`0${value}`, "", `${value}a`, "-1", " 1", "12345678901234567"]] as const;
    }),
    [1, ["7"]],
    [2, ["7"]],
    [3, ["0", "99", "00"]],
    [4, ["0", "99"]],
    [6, ["2", "", "00", "x"]],
    [7, [`${client.slice(0, -1)}B`, client.slice(1), `${client}A`, client.replace(/^./, "+")]],
    [9, ["q", "", "pp"]],
    [10, ["%", "%A", "%AG", "%GA", "%aa", "a%", "\t", "\x7f", "\xe4", "two|", "|"]],
  ];
  for (const [field, wrongs] of variants) {
    for (const wrong of wrongs) {
      const changed = fields.with(field, wrong).join("|");
      const decoded = decode(text.replace(line, changed));
      assert.ok(!decoded.ok, `${changed} was taken`);
    }
  }
  for (const body of ["%0A", "two %7C", " ", "", "{}~"]) {
    const changed = fields.with(10, body).join("|");
    assert.ok(decode(text.replace(line, changed)).ok, changed);
  }
});

test("a letter to somebody who is not known is refused, though it is in no mailbox of his", () => {
  const text = textOf(smallChat().chat);
  assert.ok(decode(text.replace(/^0\|2\|1\|/m, "2|2|1|")).ok);
  assert.ok(!decode(text.replace(/^0\|2\|1\|/m, "2|2|7|")).ok);
  assert.ok(!decode(text.replace(/^0\|2\|1\|/m, "4|7|1|")).ok);
});

test("no position of a mailbox is given to two letters", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.register(2, "bob");
  script.send(1, "bob", "one");
  script.send(1, "bob", "two");
  const text = textOf(script.chat);
  assert.match(text, /^0\|1\|2\|2\|2\|/m);
  assert.ok(!decode(text.replace(/^0\|1\|2\|2\|2\|/m, "0|1|2|1|2|")).ok);
  assert.ok(!decode(text.replace(/^0\|1\|2\|2\|2\|/m, "0|1|2|2|1|")).ok);
});

test("letters of more than one slab are read back whole, and no line is too long for one", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  script.register(2, "bob");
  const body = "x".repeat(700);
  for (let count = 0; count < 3_200; count += 1) script.send(1, "bob", `${body}${count}`);
  const text = textOf(script.chat);
  assert.ok(text.length > 2 * letterSlabBytes);
  const decoded = decode(text);
  assert.ok(decoded.ok && textOf(decoded.chat) === text);
  const { letters } = decoded.chat.list(asAccountId(2), {
    after: 0,
    count: 9_999,
    unopened: false,
  });
  assert.deepEqual(
    letters.map(({ letter }) => letter.body.slice(body.length)),
    Array.from({ length: 3_200 }, (_, count) => String(count)),
  );
  assert.ok(!decode(text.replace(body, "x".repeat(2 * letterSlabBytes))).ok);
});
