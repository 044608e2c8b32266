// The commands about one's own mailbox, as scripts and several terminals of one user use them, on a
// simulated cluster of the product's own servers: marks, removals, history.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Cluster } from "../support/cluster.ts";
import { Person, Script } from "../support/simFaces.ts";

const password = "correct horse";

async function started(seed: number): Promise<Cluster> {
  const cluster = new Cluster({ seed });
  await cluster.start();
  return cluster;
}

async function run(cluster: Cluster, lines: readonly string[], json = false): Promise<Script> {
  const script = new Script(cluster, lines, { json });
  await cluster.until(() => script.exitCode !== null, "the script to end", 60_000);
  return script;
}

async function withLetters(seed: number): Promise<Cluster> {
  const cluster = await started(seed);
  await run(cluster, ["register bob", password]);
  const sends = ["send bob one", "send bob two", "send bob three"];
  await run(cluster, ["register alice", password, ...sends]);
  return cluster;
}

test("messages are marked by their numbers, several at once, and the unread are counted", async () => {
  const cluster = await withLetters(1);
  const bob = await run(cluster, [
    "login bob",
    password,
    "read 1 3",
    "read 3",
    "unread 3",
    "inbox",
  ]);
  assert.deepEqual(bob.out.slice(4, 7), [
    "2 messages marked as read; 1 unread",
    "0 messages marked as read (1 was so before); 1 unread",
    "1 message marked as unread; 2 unread",
  ]);
  assert.equal(bob.out[7], "2 unread:");
  assert.equal(bob.exitCode, 0);
  const own = await run(cluster, ["login bob", password, "read 2", "send alice hi", "unread 4"]);
  const words = "0 messages marked as unread (1 was so before, or your own); 0 unread";
  assert.ok(own.out.includes(words), own.out.join("\n"));
});

test("what is removed is gone from one's own mailbox, and from there alone", async () => {
  const cluster = await withLetters(2);
  const bob = await run(cluster, ["login bob", password, "remove 2", "history alice", "read 2"]);
  assert.equal(bob.out[4], "1 message removed; 2 unread");
  assert.match(bob.out[6] ?? "", /\[1\] alice: one \(unread\)$/);
  assert.match(bob.out[7] ?? "", /\[3\] alice: three \(unread\)$/);
  assert.equal(bob.out[8], "error: There is no message 2 in your mailbox.");
  assert.equal(bob.exitCode, 1);
  const alice = await run(cluster, ["login alice", password, "history bob"]);
  assert.equal(alice.out.filter((line) => line.includes("you to bob")).length, 3);
});

test("a script names messages by the ids that it was shown, in a later run, too", async () => {
  const cluster = await withLetters(3);
  const first = await run(cluster, ["login bob", password], true);
  const ids = first.json("message").map((one) => String(one["id"]));
  const lines = ["login bob", password, `read ${ids[0]} ${ids[1]}`, `read ${"ab".repeat(16)}-1`];
  const second = await run(cluster, lines, true);
  assert.deepEqual(second.json("marked"), [{ type: "marked", mark: "read", count: 2, unread: 1 }]);
  assert.equal(second.json("error")[0]?.["code"], "not-yours");
});

test("reply goes to whoever wrote last of those that inbox opened, too", async () => {
  const cluster = await withLetters(21);
  const bob = await run(cluster, ["login bob", password]);
  assert.equal(bob.exitCode, 0);
  const again = await run(cluster, ["login bob", password, "reply no", "inbox", "reply yes"]);
  const none = "Nobody has written to you since you logged in: send [to] [text] says to whom.";
  assert.equal(again.out[1], `error: ${none}`);
  assert.equal(again.out[6], "alice will get it at the next login");
});

test("the ids a command lacks are asked for: the next line of a pipe answers", async () => {
  const cluster = await withLetters(4);
  const bob = await run(cluster, ["login bob", password, "read", "1, 2", "history", "alice"]);
  assert.equal(bob.out[4], "2 messages marked as read; 1 unread");
  assert.match(bob.out.at(-2) ?? "", /three \(unread\)$/);
  const nonsense = await run(cluster, ["login bob", password, "read first"]);
  assert.match(nonsense.out.at(-2) ?? "", /^error: A message is named by the number beside it/);
});

test("a history goes back page by page, and finds a word", async () => {
  const cluster = await withLetters(5);
  await run(cluster, ["login bob", password, "send alice Answering ONE", "read 1"]);
  const lines = ["login alice", password, "history bob 2", "history bob 9 --before 3"];
  const alice = await run(cluster, [...lines, "history bob --find one", "history bob --find none"]);
  const history = alice.out.slice(alice.out.findIndex((line) => line.startsWith("older ones")));
  assert.equal(history[0], "older ones: history bob --before 3");
  assert.match(history[2] ?? "", /\[3\] you to bob: three \(delivered\)$/);
  assert.match(history[3] ?? "", /\[4\] bob: Answering ONE \(unread\)$/);
  assert.match(history[5] ?? "", /\[1\] you to bob: one \(read\)$/);
  assert.match(history[6] ?? "", /\[2\] you to bob: two \(delivered\)$/);
  assert.match(history[8] ?? "", /\[1\] you to bob: one \(read\)$/);
  assert.match(history[9] ?? "", /\[4\] bob: Answering ONE/);
  assert.equal(history[10], 'no messages between you and bob with "none" in it');
});

test("a history says how to go on with a search, and that nothing older is there", async () => {
  const cluster = await withLetters(22);
  const lines = ["history bob 1 --find O", "history bob 1 --find O --before 2"];
  const alice = await run(cluster, ["login alice", password, ...lines, "history bob --before 1"]);
  assert.equal(alice.out[1], "older ones: history bob --before 2 --find O");
  assert.match(alice.out.at(-3) ?? "", /\[1\] you to bob: one /);
  assert.equal(alice.out.at(-2), "no older messages between you and bob");
});

test("a history whose option lacks its word is refused, and eats no line where it names somebody", async () => {
  const cluster = await started(5);
  const lines = ["register alice", password, "history #lobby --before", "history #lobby --find"];
  const alice = await run(cluster, [...lines, "users"]);
  const words =
    "error: history takes a name, a number, --before with a message, --find with a word.";
  assert.deepEqual(alice.out.slice(1, 4), [words, words, "alice  online"]);
});

test("a history with somebody who does not exist is refused, an empty one is not", async () => {
  const cluster = await withLetters(6);
  const bob = await run(cluster, ["login bob", password, "history nobody", "history bob"]);
  assert.equal(bob.out[4], "error: There is no user named nobody.");
  assert.equal(bob.out[5], "no messages between you and bob");
});

test("a deleted person's messages are read back by what he is shown as, whoever has his name", async () => {
  const cluster = await withLetters(21);
  await run(cluster, ["login alice", password, "delete", "alice"]);
  await run(cluster, ["register alice", password, "send bob anew"]);
  const lines = [
    "history alice (deleted) 1",
    "history alice (deleted) --before 3",
    "history alice",
  ];
  const bob = await run(cluster, ["login bob", password, ...lines, "history bob (deleted)"]);
  const from = bob.out.indexOf("older ones: history alice (deleted) --before 3");
  const told = bob.out.slice(from).flatMap((line) => /\[\d\] (alice.*)/.exec(line)?.[1] ?? []);
  const texts = ["three", "one", "two", "anew"].map((text) => `${text} (unread)`);
  assert.deepEqual(
    told.map((line) => line.split(": ").at(-1)),
    texts,
  );
  assert.ok(
    told.slice(0, 3).every((line) => line.startsWith("alice (deleted)")),
    told.join("\n"),
  );
  assert.ok(told[3]?.startsWith("alice: "), told[3]);
  assert.equal(bob.out.at(-2), "error: There is no user of that name.");
});

test("a history in JSON is one object: messages, oldest first, with what became of them", async () => {
  const cluster = await withLetters(7);
  const alice = await run(cluster, ["login alice", password, "history BOB 2"], true);
  const [history] = alice.json("history");
  assert.deepEqual([history?.["with"], history?.["more"]], ["bob", true]);
  const messages = history?.["messages"] as Record<string, unknown>[];
  assert.deepEqual(
    messages.map(({ text, mark, own }) => [text, mark, own]),
    [
      ["two", "stored", true],
      ["three", "stored", true],
    ],
  );
});

test("two terminals of one user agree at once on what is unread", async () => {
  const cluster = await withLetters(8);
  const terminals = [new Person(cluster, { columns: 40 }), new Person(cluster, { columns: 80 })];
  for (const terminal of terminals) {
    terminal.type("login bob\r");
    await cluster.until(
      () => terminal.screen.lines().join("\n").includes("password:"),
      "the question",
    );
    terminal.type(`${password}\r`);
    await cluster.until(
      () => terminal.screen.lines().join("\n").includes("bob (3 unread)>"),
      "the prompt",
    );
  }
  terminals[0]?.type("read 1 2\r");
  const agree = (): boolean =>
    terminals.every(({ screen }) => screen.lines().join("\n").includes("bob (1 unread)>"));
  await cluster.until(agree, "both prompts to agree");
  terminals[1]?.type("unread 1\r");
  await cluster.until(
    () => terminals.every(({ screen }) => screen.lines().join("\n").includes("bob (2 unread)>")),
    "both prompts to agree again",
  );
});

test("the sender is told that his message was read, by a mark as by opening it", async () => {
  const cluster = await withLetters(9);
  const alice = new Script(cluster, ["login alice", password, "send bob four"], {
    json: true,
    open: true,
  });
  await cluster.until(() => alice.json("sent").length === 1, "four to be sent");
  await run(cluster, ["login bob", password, "read 4"]);
  const id = alice.json("sent")[0]?.["id"];
  await cluster.until(
    () => alice.json("status").some((one) => one["id"] === id && one["status"] === "read"),
    "word that it was read",
  );
  alice.close();
});

test("with --keep a conversation holds its newest read messages and all unread ones", async () => {
  const cluster = new Cluster({ seed: 10, keep: 2 });
  await cluster.start();
  await run(cluster, ["register bob", password]);
  const sends = Array.from({ length: 5 }, (_, at) => `send bob ${at + 1}`);
  await run(cluster, ["register alice", password, ...sends]);
  await run(cluster, ["login bob", password, "read 1 2 3 5"]);
  await cluster.run(5_000);
  cluster.crash(0);
  const bob = await run(cluster, ["login bob", password, "history alice"], true);
  const messages = bob.json("history")[0]?.["messages"] as Record<string, unknown>[];
  assert.deepEqual(
    messages.map(({ text, mark }) => [text, mark]),
    [
      ["4", "unread"],
      ["5", "read"],
    ],
  );
  const alice = await run(cluster, ["login alice", password, "history bob"], true);
  assert.equal((alice.json("history")[0]?.["messages"] as unknown[]).length, 2);
});
