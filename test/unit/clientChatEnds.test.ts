// Conversations end with the session that they were opened in: what is typed behind a log-out, a
// deletion or the session's end is a command again, and no password is ever taken for a message.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cluster } from "../support/cluster.ts";
import { bobAt, enter, password, run, shows, started } from "../support/seats.ts";
import { type Person, Script } from "../support/simFaces.ts";

const size = { columns: 100, rows: 40 };

/** Bob, with a conversation with alice open. */
async function talking(cluster: Cluster): Promise<Person> {
  await run(cluster, ["register alice", password]);
  const bob = await bobAt(cluster, size);
  bob.type(`chat alice${enter}`);
  await cluster.until(() => shows(bob, "bob to alice>"), "the conversation");
  return bob;
}

async function logsInAgain(cluster: Cluster, bob: Person, word = password): Promise<void> {
  bob.type(`login bob${enter}`);
  await cluster.until(() => shows(bob, "password:"), "the question");
  bob.type(`${word}${enter}`);
  await cluster.until(() => /^bob> ?$/.test(bob.rows().at(-1) ?? ""), "bob to be in again");
  assert.ok(!bob.screen.raw.includes(word));
}

test("who logs out of a conversation can log in again, and no password is shown", async () => {
  const cluster = await started(1);
  const bob = await talking(cluster);
  bob.type(`/logout${enter}`);
  await cluster.until(() => shows(bob, "good-bye"), "the log-out");
  await logsInAgain(cluster, bob);
  bob.type(`help quit${enter}quit${enter}`);
  await cluster.until(() => bob.exitCode !== null, "bob to leave");
  assert.ok(shows(bob, "quit - log out and leave"));
});

test("a log-out that nobody waits for any more ends the conversation once it is done", async () => {
  const cluster = await started(2);
  const bob = await talking(cluster);
  cluster.crash(0, 1, 2);
  await cluster.run(2_000);
  bob.type(`/logout${enter}`);
  await cluster.run(300);
  bob.type("\x03");
  cluster.restart(0, 1, 2);
  await cluster.serving([0, 1, 2]);
  await cluster.run(5_000);
  await logsInAgain(cluster, bob);
});

test("who deletes the account out of a conversation can make it anew", async () => {
  const cluster = await started(3);
  const bob = await talking(cluster);
  bob.type(`/delete${enter}bob${enter}`);
  await cluster.until(() => /^> ?$/.test(bob.rows().at(-1) ?? ""), "the deletion");
  bob.type(`register bob${enter}${password}${enter}${password}${enter}`);
  await cluster.until(() => /^bob> ?$/.test(bob.rows().at(-1) ?? ""), "bob to be in again");
  assert.ok(!bob.screen.raw.includes(password));
});

test("a session that ends elsewhere ends the conversation", async () => {
  const cluster = await started(4);
  const bob = await talking(cluster);
  const another = "another password";
  await run(cluster, ["login bob", password, "passwd", password, another]);
  await cluster.until(() => /^> ?$/.test(bob.rows().at(-1) ?? ""), "the end of the session");
  await logsInAgain(cluster, bob, another);
});

test("a login pasted behind a log-out out of a conversation is no message", async () => {
  const cluster = await started(5);
  const bob = await talking(cluster);
  bob.chunk(`/logout\nlogin bob\n${password}\n`);
  await cluster.until(() => /^bob> ?$/.test(bob.rows().at(-1) ?? ""), "bob to be in again");
  assert.ok(!bob.screen.raw.includes(password));
});

test("in a script a login behind a conversation is a login, and its password no message", async () => {
  const cluster = await started(6);
  await run(cluster, ["register alice", password]);
  const login = ["login bob", password];
  const bob = await run(cluster, [
    "register bob",
    password,
    "chat alice",
    "hello",
    "/logout",
    ...login,
    "chat alice",
    "/login",
  ]);
  assert.equal(bob.exitCode, 1, "the last login lacks its lines");
  const words = bob.out.filter((line) => line.startsWith("error:"));
  assert.deepEqual(words, ["error: The input ended before its last line."]);
  assert.equal(bob.out.filter((line) => line.startsWith("alice will get it")).length, 1);
});

test("in a script a conversation is over when these words are read, whatever comes of them", async () => {
  const cluster = await started(7);
  await run(cluster, ["register alice", password]);
  for (const [at, ending] of [
    ["/logout now"],
    ["/delete", "not my name"],
    ["/login bob", "a wrong password"],
    ["/register bob", password],
  ].entries()) {
    const name = `bob${at}`;
    const lines = ["chat alice", ...ending, "set notes on"];
    const bob = await run(cluster, [`register ${name}`, password, ...lines]);
    assert.ok(
      bob.out.some((line) => line.startsWith("notes on")),
      bob.out.join("\n"),
    );
  }
  const alice = await run(cluster, ["login alice", password]);
  assert.ok(alice.out[0]?.includes("no new messages"), alice.out.join("\n"));
});

test("in a script the session's end makes no command of what was meant as a message", async () => {
  const cluster = await started(8);
  await run(cluster, ["register alice", password]);
  const another = "another password";
  const script = new Script(cluster, ["register bob", password, "chat alice"], { open: true });
  await cluster.until(() => script.out.length >= 2, "the conversation");
  await run(cluster, ["login bob", password, "passwd", password, another]);
  await cluster.run(500);
  script.type("help");
  script.close();
  await cluster.until(() => script.exitCode !== null, "the script to end");
  assert.equal(script.exitCode, 1);
  assert.equal(script.out.at(-1), "error: You are not logged in. Log in first.");
});

test("in a script lines behind a conversation that could not be opened go to nobody else", async () => {
  const cluster = await started(9);
  await run(cluster, ["register alice", password]);
  const lines = ["chat alice", "/chat nobody", "for nobody's eyes"];
  const bob = await run(cluster, ["register bob", password, ...lines]);
  assert.equal(bob.exitCode, 1);
  const alice = await run(cluster, ["login alice", password]);
  assert.ok(!alice.out.join("\n").includes("for nobody's eyes"), alice.out.join("\n"));
});
