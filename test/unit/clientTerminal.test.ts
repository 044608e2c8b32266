// The chat on a terminal, read off an emulated screen: the half-typed line stays whole whatever
// arrives, outages are told as promised, secrets are never shown. Servers are a simulated cluster.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bobAt, enter, password, run, shows, started } from "../support/seats.ts";
import { Person } from "../support/simFaces.ts";

test("what arrives is printed above the half-typed line, which stays whole", async () => {
  const cluster = await started(21);
  const bob = await bobAt(cluster, { columns: 40 });
  await run(cluster, ["register alice", password, "send bob first"]);
  await cluster.until(() => shows(bob, "bob (1 unread)>"), "the first message");
  bob.type("\x0csend alice 日本語の文 and a line that goes on over three rows of 40 columns");
  bob.type("\x1b[D".repeat(20));
  await cluster.run(100);
  assert.deepEqual(bob.screen.lines(), [
    "bob (1 unread)> send alice 日本語の文 an",
    "d a line that goes on over three rows of",
    " 40 columns",
  ]);
  const cursor = bob.screen.cursor();
  const text = "a message 😀 that is itself so long that it takes more than one row";
  await run(cluster, ["login alice", password, `send bob ${text}`]);
  await cluster.until(() => shows(bob, "bob (2 unread)>"), "the second message");
  assert.deepEqual(bob.screen.lines(), [
    "      [2] alice: a message 😀 that is",
    "      itself so long that it takes more",
    "      than one row",
    "bob (2 unread)> send alice 日本語の文 an",
    "d a line that goes on over three rows of",
    " 40 columns",
  ]);
  assert.deepEqual(bob.screen.cursor(), { row: cursor.row + 3, column: cursor.column });
});

test("the cursor moves over wide characters and rows, and edits where it stands", async () => {
  const cluster = await started(22);
  const bob = await bobAt(cluster, { columns: 20 });
  bob.type("日本語日本語日本語日本語");
  await cluster.run(50);
  assert.deepEqual(bob.screen.lines(), ["bob> 日本語日本語日", "本語日本語"]);
  assert.deepEqual(bob.screen.cursor(), { row: 1, column: 10 });
  bob.type("\x1b[D".repeat(6));
  bob.type("x");
  await cluster.run(50);
  assert.deepEqual(bob.screen.lines(), ["bob> 日本語日本語x日", "本語日本語"]);
  assert.deepEqual(bob.screen.cursor(), { row: 0, column: 18 });
  bob.type("\x01\x7f\x1b[3~");
  await cluster.run(50);
  assert.deepEqual(bob.screen.lines(), ["bob> 本語日本語x日本", "語日本語"]);
  assert.deepEqual(bob.screen.cursor(), { row: 0, column: 5 });
});

test("a line that fills its row exactly puts the cursor at the start of the next", async () => {
  const cluster = await started(23);
  const bob = await bobAt(cluster, { columns: 20 });
  bob.type("x".repeat(15));
  await cluster.run(50);
  assert.deepEqual(bob.screen.cursor(), { row: 1, column: 0 });
  bob.type("\x7f");
  await cluster.run(50);
  assert.deepEqual(bob.screen.lines(), [`bob> ${"x".repeat(14)}`]);
});

test("a terminal that becomes narrower keeps one prompt and the whole line", async () => {
  const cluster = await started(24);
  const bob = await bobAt(cluster, { columns: 40 });
  bob.type("send alice a line that fills more than one row of forty");
  await cluster.run(50);
  bob.narrow(25);
  await cluster.run(50);
  assert.deepEqual(bob.screen.lines(), [
    "bob> send alice a line th",
    "at fills more than one ro",
    "w of forty",
  ]);
});

test("a line longer than the screen shows the part around the cursor", async () => {
  const cluster = await started(25);
  const bob = await bobAt(cluster, { columns: 20, rows: 5 });
  const above = bob.screen.above.length;
  bob.type(`send alice ${"0123456789".repeat(12)}`);
  await cluster.run(50);
  assert.equal(bob.screen.lines().length, 4);
  assert.equal(bob.screen.lines().at(-1), "4567890123456789");
  assert.equal(bob.screen.above.length, above);
  bob.type("\x01");
  await cluster.run(50);
  assert.equal(bob.screen.lines()[0], "bob> send alice 0123");
  assert.equal(bob.screen.above.length, above);
});

test("a message is pending, then confirmed in words, on one line", async () => {
  const cluster = await started(26);
  await run(cluster, ["register alice", password]);
  const bob = await bobAt(cluster, { columns: 80 });
  cluster.pause(1);
  bob.type(`send alice hi${enter}`);
  await cluster.run(30);
  assert.deepEqual(bob.screen.lines(), ["… you → alice: hi", "bob>"]);
  cluster.resume(1);
  await cluster.until(() => shows(bob, "✓"), "the confirmation");
  const lines = bob.screen.lines();
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? "", /you → alice: hi ✓ alice will get it at the next login$/);
});

test("a mark changes in its place when the message is delivered, and when it is read", async () => {
  const cluster = await started(41);
  const bob = await bobAt(cluster, { columns: 80 });
  await run(cluster, ["register alice", password]);
  bob.type(`send alice first${enter}send alice second${enter}half a li`);
  await cluster.until(() => shows(bob, "second ✓"), "the confirmations");
  assert.ok(shows(bob, "first ✓ alice will get it at the next login"));
  await run(cluster, ["login alice", password, "wait 2 --for 1", "inbox 1"]);
  await cluster.until(() => shows(bob, "first ✓✓"), "the mark");
  const lines = bob.screen.lines();
  assert.equal(lines.length, 3, lines.join("\n"));
  assert.match(lines[0] ?? "", /^\d\d:\d\d you → alice: first ✓✓ read by alice$/);
  assert.match(lines[1] ?? "", /you → alice: second ✓ delivered to alice$/);
  assert.equal(lines[2], "bob> half a li");
});

test("a mark that has left the screen is told in a line, and many of them in one", async () => {
  const cluster = await started(42);
  const bob = await bobAt(cluster, { columns: 60, rows: 8 });
  await run(cluster, ["register alice", password]);
  bob.type(`send alice first${enter}send alice second${enter}`);
  await cluster.until(() => shows(bob, "second ✓"), "the confirmations");
  bob.type(`help${enter}`);
  await cluster.run(100);
  await run(cluster, ["login alice", password, "wait 2 --for 1", "inbox"]);
  await cluster.until(() => shows(bob, "has read"), "the marks");
  assert.deepEqual(bob.screen.lines().slice(-3), [
    "✓ delivered to alice: 2 messages",
    "✓✓ alice has read 2 messages",
    "bob>",
  ]);
});

test("a failover under 1.5 s shows nothing at all", async () => {
  const cluster = await started(27);
  await run(cluster, ["register alice", password]);
  const bob = await bobAt(cluster, { columns: 80 });
  bob.type("half a li");
  await cluster.run(100);
  const before = bob.screen.raw.length;
  cluster.crash(0);
  await cluster.serving([1, 2]);
  await cluster.run(500);
  const drawn = bob.screen.raw.slice(before);
  assert.ok(!/reconnect|server/i.test(drawn), JSON.stringify(drawn));
  assert.deepEqual(bob.screen.lines(), ["bob> half a li"]);
});

test("a long outage changes the prompt, then says one line, and one when it is over", async () => {
  const cluster = await started(28);
  await run(cluster, ["register alice", password]);
  const bob = await bobAt(cluster, { columns: 100 });
  cluster.crash(0, 1, 2);
  bob.type(`send alice one${enter}send alice two${enter}`);
  await cluster.run(1_400);
  assert.deepEqual(bob.screen.lines().at(-1), "bob>");
  await cluster.run(200);
  assert.deepEqual(bob.screen.lines().at(-1), "bob (reconnecting)>");
  await cluster.run(8_600);
  const lines = bob.screen.lines();
  const told = "No server answers. Your 2 unsent messages are safe; still trying (Ctrl+C to quit).";
  assert.deepEqual(lines, [
    told,
    "… you → alice: one",
    "… you → alice: two",
    "bob (reconnecting)>",
  ]);
  cluster.restart(0, 1, 2);
  await cluster.until(() => shows(bob, "two ✓"), "both to be sent", 60_000);
  const rows = bob.rows();
  assert.equal(rows.filter((row) => row === told).length, 1);
  assert.equal(rows.filter((row) => row === "Connected again.").length, 1);
  assert.equal(rows.at(-1), "bob>");
});

test("passwords are never shown, nor kept in the history", async () => {
  const cluster = await started(29);
  const bob = new Person(cluster, { columns: 60 });
  for (const line of ["register", "bob", password, password]) {
    for (const letter of line) bob.type(letter);
    await cluster.run(20);
    bob.type(enter);
    await cluster.run(20);
  }
  await cluster.until(() => shows(bob, "bob>"), "bob to register");
  bob.type(`login bob ${password}${enter}`);
  await cluster.run(100);
  bob.type("\x0c");
  await cluster.run(100);
  assert.deepEqual(bob.kept, ["register"]);
  const afterQuestions = bob.screen.raw.split("login bob")[0] ?? "";
  assert.ok(!afterQuestions.includes(password));
  assert.ok(!afterQuestions.includes("correct h"));
});

test("what others write cannot reach the terminal's controls", async () => {
  const cluster = await started(36);
  const bob = await bobAt(cluster, { columns: 80 });
  const text = "\x1b[2Jgone \u202e drow \u200b\x07\x9b31m";
  await run(cluster, ["register alice", password, `send bob ${text}`]);
  await cluster.until(() => shows(bob, "alice"), "the message");
  const row = bob.rows().find((one) => one.includes("alice")) ?? "";
  assert.ok(row.includes("␛[2Jgone <U+202E> drow <U+200B>␇<U+009B>31m"), row);
});

test("the prompt counts what was shown and not opened", async () => {
  const cluster = await started(38);
  const bob = await bobAt(cluster, { columns: 80 });
  await run(cluster, ["register alice", password, "send bob one", "send bob two"]);
  await cluster.until(() => shows(bob, "bob (2 unread)>"), "the count");
  bob.type(`inbox 1${enter}`);
  await cluster.until(() => shows(bob, "bob (1 unread)>"), "the count");
});

test("a refused message stands beside its refusal, so that it can be seen and typed anew", async () => {
  const cluster = await started(43);
  const bob = await bobAt(cluster, { columns: 80 });
  bob.type(`send nobody are you there?${enter}`);
  await cluster.until(() => shows(bob, "✗"), "the refusal");
  bob.type(`send bob ${"x".repeat(271)}${enter}`);
  await cluster.until(() => shows(bob, "many)"), "the refusal");
  assert.deepEqual(bob.screen.lines(), [
    "you → nobody: are you there? ✗ There is no user named nobody.",
    `you → bob: ${"x".repeat(24)}… ✗ 271 characters; the limit is 262 (9 too`,
    "  many)",
    "bob>",
  ]);
});

test("help on a screen of 24 rows shows its example and the commands most used", async () => {
  const cluster = await started(44);
  const bob = await bobAt(cluster, { columns: 80 });
  bob.type(`help${enter}`);
  await cluster.run(100);
  const rows = bob.screen.lines();
  assert.ok(
    rows.some((row) => row.startsWith("for example: register alice")),
    rows.join("\n"),
  );
  assert.ok(rows.some((row) => row.startsWith("also  ")));
  assert.equal(rows.at(-1), "bob>");
});

test("an hour without any server costs one line, and one when it is over", async () => {
  const cluster = await started(45);
  await run(cluster, ["register alice", password]);
  const bob = await bobAt(cluster, { columns: 100, rows: 30 });
  cluster.crash(0, 1, 2);
  bob.type(`send alice one${enter}half a li`);
  await cluster.run(3_600_000);
  const told = "No server answers. Your 1 unsent message is safe; still trying (Ctrl+C to quit).";
  assert.deepEqual(bob.screen.lines(), [
    told,
    "… you → alice: one",
    "bob (reconnecting)> half a li",
  ]);
  cluster.restart(0, 1, 2);
  await cluster.until(() => shows(bob, "one ✓"), "the message to be sent", 60_000);
  const rows = bob.rows();
  assert.equal(rows.filter((row) => row === "Connected again.").length, 1);
  assert.equal(rows.at(-1), "bob> half a li");
  const alice = await run(cluster, ["login alice", password]);
  assert.equal(alice.out[0], "welcome alice, you have 1 new message:");
});
