// What keys do at a terminal: leaving, pasting, completing, answering ahead of the question. Read
// off an emulated screen; the servers are a simulated cluster.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cluster } from "../support/cluster.ts";
import { bobAt, enter, password, run, shows, started } from "../support/seats.ts";
import { Person } from "../support/simFaces.ts";

test("answers typed ahead are answers, also when they come in one piece", async () => {
  const cluster = await started(30);
  const bob = await bobAt(cluster, { columns: 60 });
  assert.ok(!bob.screen.raw.includes(password));
  bob.chunk(`logout${enter}login${enter}bob${enter}wrong horse${enter}`);
  await cluster.until(() => shows(bob, "wrong."), "the refusal");
  assert.ok(!bob.screen.raw.includes("wrong horse"));
});

test("when the passwords typed at a registration differ, nothing is registered", async () => {
  const cluster = await started(31);
  const bob = new Person(cluster, { columns: 60 });
  bob.type(`register bob${enter}${password}${enter}correct house${enter}`);
  await cluster.until(() => shows(bob, "differ"), "the refusal");
  assert.deepEqual((await run(cluster, ["search bob"])).out, ["no usernames matched your query"]);
});

test("Ctrl+C drops a half-typed line, then asks, then leaves with 130", async () => {
  const cluster = await started(32);
  const bob = await bobAt(cluster, { columns: 60 });
  bob.type("half\x03");
  await cluster.run(50);
  assert.deepEqual(bob.screen.lines(), ["bob>"]);
  bob.type("\x03");
  await cluster.run(50);
  assert.deepEqual(bob.screen.lines(), ["Press Ctrl+C again to leave.", "bob>"]);
  bob.type("x\x7f\x03");
  await cluster.run(1_500);
  assert.equal(bob.exitCode, null, "another key had been pressed between");
  bob.type("\x03");
  await cluster.until(() => bob.exitCode !== null, "bob to leave", 2_000);
  assert.equal(bob.exitCode, 130);
});

test("Ctrl+C in a half-typed password ends the question, so that no next line is taken for it", async () => {
  const cluster = await started(46);
  const bob = await bobAt(cluster, { columns: 60 });
  bob.type(`logout${enter}`);
  await cluster.until(() => shows(bob, "good-bye"), "the log-out");
  bob.type(`login bob${enter}`);
  await cluster.until(() => shows(bob, "password:"), "the question");
  bob.type("corr\x03");
  await cluster.run(50);
  assert.ok(shows(bob, "Cancelled."));
  bob.type(`login bob${enter}`);
  await cluster.run(50);
  bob.type(`${password}${enter}`);
  await cluster.until(() => shows(bob, "welcome bob"), "the login");
  assert.ok(!bob.screen.raw.includes(password));
});

test("Ctrl+C ends the wait for a network that is not there, and so does leaving", async () => {
  const cluster = await started(33);
  const bob = await bobAt(cluster, { columns: 60 });
  cluster.crash(0, 1, 2);
  bob.type(`search *${enter}`);
  await cluster.run(3_000);
  bob.type("\x03");
  await cluster.run(50);
  assert.ok(shows(bob, "Cancelled."));
  await cluster.run(50);
  assert.ok(
    !shows(bob, "You have stopped waiting"),
    "a question that changes nothing is no matter",
  );
  bob.type(`help quit${enter}`);
  await cluster.run(50);
  assert.ok(shows(bob, "quit - log out and leave"), "the next command runs");
  bob.type("\x03\x03");
  await cluster.until(() => bob.exitCode === 130, "bob to leave", 1_500);
});

test("Ctrl+D on an empty line logs out and leaves with 0", async () => {
  const cluster = await started(34);
  const bob = await bobAt(cluster, { columns: 60 });
  bob.type("\x04");
  await cluster.until(() => bob.exitCode !== null, "bob to leave", 2_000);
  assert.equal(bob.exitCode, 0);
  assert.deepEqual(bob.screen.lines(), ["logged out; good-bye bob", ""]);
});

test("a message that Ctrl+D follows in the same read is sent before the log-out", async () => {
  const cluster = await started(36);
  await run(cluster, ["register alice", password]);
  const bob = await bobAt(cluster, { columns: 80 });
  bob.type(`send alice before I go${enter}\x04`);
  await cluster.until(() => bob.exitCode !== null, "bob to leave", 5_000);
  assert.equal(bob.exitCode, 0);
  assert.ok(shows(bob, "before I go ✓"), bob.screen.lines().join("\n"));
  assert.deepEqual(bob.screen.lines().slice(-2), ["logged out; good-bye bob", ""]);
});

/** What was pasted behind `send bob` stands there as one message, and Enter sends it. */
async function sendsPasteAsOne(cluster: Cluster, bob: Person): Promise<void> {
  await cluster.run(200);
  assert.deepEqual(bob.screen.lines(), [
    "3 lines were pasted as one message: Enter sends it, Ctrl+C drops it.",
    "bob> send bob first line⏎logout⏎delete",
  ]);
  bob.type(enter);
  await cluster.until(() => shows(bob, "✓"), "the message");
  assert.ok(shows(bob, "first line␊logout␊delete"));
}

test("a pasted block is one message to confirm, not several commands", async () => {
  const cluster = await started(35);
  const bob = await bobAt(cluster, { columns: 80 });
  bob.type("send bob ");
  bob.type("\x1b[200~first line\rlogout\rdelete\r\x1b[2");
  bob.type("01~");
  await sendsPasteAsOne(cluster, bob);
  assert.ok(!shows(bob, "logged out"));
});

test("a pasted block that begins with no command is said to need one in front", async () => {
  const cluster = await started(36);
  const bob = await bobAt(cluster, { columns: 80 });
  bob.type("\x1b[200~first line\rlogout\rdelete\r\x1b[201~");
  await cluster.run(200);
  assert.deepEqual(bob.screen.lines(), [
    "3 lines were pasted as no command: put send [to] in front; Ctrl+C drops them.",
    "bob> first line⏎logout⏎delete",
  ]);
  bob.type(`\x1b[Hsend bob ${enter}`);
  await cluster.until(() => shows(bob, "✓"), "the message");
  assert.ok(shows(bob, "first line␊logout␊delete"));
});

test("lines that come at once are a paste, also where the terminal does not say so", async () => {
  const cluster = await started(47);
  const bob = await bobAt(cluster, { columns: 80 });
  bob.type("send bob ");
  bob.chunk("first line\rlogout\rdel");
  await cluster.run(10);
  bob.chunk("ete\r");
  await sendsPasteAsOne(cluster, bob);
  bob.chunk("a line and\rthe beginning of another");
  await cluster.run(200);
  assert.ok(shows(bob, "bob> a line and⏎the beginning of another"), bob.rows().join("\n"));
});

test("what is typed while the client is busy is no paste: a line, and the next one's first keys", async () => {
  const cluster = await started(48);
  const bob = await bobAt(cluster, { columns: 80 });
  bob.chunk("help quit\rhe");
  bob.chunk("lp set");
  await cluster.run(200);
  assert.ok(shows(bob, "quit - log out and leave"));
  assert.equal(bob.rows().at(-1), "bob> help set");
  bob.chunk("\r\r\r");
  await cluster.run(200);
  assert.ok(shows(bob, "set [setting] [value] - "), bob.rows().join("\n"));
});

test("reply goes to whoever wrote last, and says so when nobody has", async () => {
  const cluster = await started(37);
  const bob = await bobAt(cluster, { columns: 80 });
  bob.type(`reply hello${enter}`);
  await cluster.run(50);
  assert.ok(shows(bob, "✗ Nobody has written to you since you logged in"));
  await run(cluster, ["register alice", password, "send bob hi"]);
  await cluster.until(() => shows(bob, "alice: hi"), "the message");
  bob.type(`reply hello${enter}`);
  await cluster.until(() => shows(bob, "you → alice: hello ✓"), "the answer");
});

test("Tab completes commands and names, and shows the choices", async () => {
  const cluster = await started(39);
  await run(cluster, ["register alice", password]);
  const bob = await bobAt(cluster, { columns: 80 });
  bob.type(`search *${enter}`);
  await cluster.until(() => shows(bob, "alice"), "the names");
  bob.type("sen\tal\thi\x15re\t");
  await cluster.run(50);
  const choices = "read  register  remove  reply";
  assert.ok(bob.screen.raw.includes(choices) || shows(bob, choices));
  bob.type("\x15sen\tal\thi");
  await cluster.run(50);
  assert.equal(bob.screen.lines().at(-1), "bob> send alice hi");
});

test("lines that are begun while others are leafed through take no draft away", async () => {
  const cluster = await started(47);
  const bob = await bobAt(cluster, { columns: 60 });
  bob.type(`wait 1 --for 1${enter}help users${enter}`);
  await cluster.run(50);
  bob.type("half a line\x1b[A");
  await cluster.until(() => shows(bob, "users [pattern]"), "what was typed behind the wait");
  bob.type("\x1b[B");
  await cluster.run(50);
  assert.equal(bob.screen.lines().at(-1), "bob> half a line");
});

test("what is changed in a line that was brought back is there when one comes back to it", async () => {
  const cluster = await started(48);
  const bob = await bobAt(cluster, { columns: 60 });
  bob.type(`help set${enter}help wait${enter}`);
  await cluster.run(50);
  bob.type("\x1b[A and more\x1b[A");
  await cluster.run(50);
  assert.equal(bob.screen.lines().at(-1), "bob> help set");
  bob.type("\x1b[B");
  await cluster.run(50);
  assert.equal(bob.screen.lines().at(-1), "bob> help wait and more");
  bob.type(enter);
  await cluster.run(50);
  bob.type("\x1b[A\x1b[A");
  await cluster.run(50);
  assert.equal(bob.screen.lines().at(-1), "bob> help wait");
});

test("up and down bring back lines, a draft among them", async () => {
  const cluster = await started(40);
  const bob = await bobAt(cluster, { columns: 80 });
  bob.type(`help quit${enter}help send${enter}`);
  await cluster.run(50);
  bob.type("draft\x1b[A\x1b[A");
  await cluster.run(50);
  assert.equal(bob.screen.lines().at(-1), "bob> help quit");
  bob.type("\x1b[B\x1b[B");
  await cluster.run(50);
  assert.equal(bob.screen.lines().at(-1), "bob> draft");
});

test("a smiley is nobody's command: in a conversation it is said", async () => {
  const cluster = await started(49);
  const taken: string[] = [];
  const colonLine = (line: string): void => void taken.push(line);
  const bob = await bobAt(cluster, { columns: 60, colonLine });
  bob.type(`chat bob${enter}`);
  await cluster.until(() => shows(bob, "bob to bob>"), "the conversation");
  bob.type(`:-)${enter}`);
  await cluster.until(() => shows(bob, "bob: :-) ✓"), "the message");
  bob.type(`:help${enter}`);
  await cluster.run(50);
  assert.deepEqual(taken, [":help"]);
});

test("Tab asks the servers for names that were not seen yet, and spoils nothing typed meanwhile", async () => {
  const cluster = await started(35);
  await run(cluster, ["register alice", password]);
  const bob = await bobAt(cluster, { columns: 60 });
  bob.type("send al\t");
  await cluster.until(() => bob.rows().at(-1) === "bob> send alice", "the name");
  bob.type("hi\x15block nob\t");
  await cluster.run(1_000);
  assert.deepEqual(bob.screen.lines().at(-1), "bob> block nob", "nobody is called so");
  await run(cluster, ["register carla", password]);
  await run(cluster, ["register zoe", password, "send bob hello"]);
  await cluster.until(() => shows(bob, "zoe: hello"), "the message");
  bob.type("\x15send car\t\x15");
  await cluster.run(1_000);
  assert.deepEqual(bob.rows().at(-1), "bob (1 unread)>", "an answer would begin with send zoe");
});
