// What is typed behind a command that waits for a server: it answers at once where it needs none,
// unless what it means depends on the commands before it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mayOvertake } from "../../src/client/overtaking.ts";
import { parseLine } from "../../src/client/parse.ts";
import type { Command } from "../../src/client/parsed.ts";
import { enter, password, run, shows, started } from "../support/seats.ts";
import { Person } from "../support/simFaces.ts";

function commandOf(line: string): Command {
  const parsed = parseLine(line);
  assert.ok(parsed.kind === "command", line);
  return parsed.command;
}

function overtakes(line: string, running: string, ...waiting: readonly string[]): boolean {
  return mayOvertake(line, { running: commandOf(running), waiting, partner: null });
}

test("help, quit, settings, messages and mistakes do not wait for a server", () => {
  for (const line of ["help", "/help send", "quit", "set notes on", "send bob hi", "outbox"]) {
    assert.ok(overtakes(line, "search *"), line);
    assert.ok(overtakes(line, "search *", "users", "cluster"), line);
  }
  assert.ok(overtakes("sned bob hi", "search *"));
  assert.ok(overtakes("help me please", "search *"));
  for (const line of ["search a*", "inbox", "cluster", "outbox send", "login bob", ""]) {
    assert.ok(!overtakes(line, "search *"), line);
  }
});

test("a line that may be an answer waits", () => {
  assert.ok(!overtakes("help", "search *", "login"));
  assert.ok(!overtakes("help", "search *", "send bob"));
  assert.ok(!overtakes("send bob", "search *"), "and so does one that asks");
});

test("who may be somebody else by then sends and sets nothing before", () => {
  for (const running of ["login bob", "logout", "passwd", "register bob"]) {
    assert.ok(!overtakes("send bob hi", running), running);
    assert.ok(!overtakes("set notes on", running), running);
    assert.ok(overtakes("help", running), running);
  }
});

test("what a message may be meant to follow, it does not overtake", () => {
  const before = [
    "group create #new",
    "group add #team bob",
    "group remove #team bob",
    "group leave #team",
    "group join #team",
    "verify bob yes",
    "verify bob no",
    "draft send 1",
    "wait 1",
  ];
  for (const line of before) {
    for (const message of ["send #team hi", "reply hi"]) {
      assert.ok(!overtakes(message, line), `${message} before ${line}`);
      assert.ok(!overtakes(message, "search *", line), `${message} before a waiting ${line}`);
    }
    assert.ok(overtakes("set notes on", line), line);
    assert.ok(overtakes("outbox", line), line);
  }
});

test("a message waits for nothing that leaves it as it is", () => {
  const others = ["group list", "group members #team", "verify bob", "block bob", "unblock bob"];
  for (const line of [...others, "blocked", "draft list", "draft remove 1", "inbox", "read 1"]) {
    assert.ok(overtakes("send bob hi", line), line);
    assert.ok(overtakes("send bob hi", "search *", line), line);
  }
});

test("behind a conversation that is being opened only a slash makes a command", () => {
  assert.ok(!overtakes("help", "chat bob"));
  assert.ok(!overtakes("sned", "search *", "chat bob"));
  assert.ok(overtakes("/help", "chat bob"));
  assert.ok(!overtakes("/send bob hi", "chat bob"));
});

test("in an outage a message is under way at once, also behind a command that waits", async () => {
  const cluster = await started(311);
  await run(cluster, ["register alice", password]);
  const bob = new Person(cluster, { columns: 80, rows: 30 });
  bob.type(`register bob${enter}${password}${enter}${password}${enter}`);
  await cluster.until(() => shows(bob, "bob>"), "bob to be in");
  cluster.crash(0, 1, 2);
  await cluster.run(500);
  bob.type(`search *${enter}`);
  await cluster.run(100);
  bob.type(`send alice not lost${enter}`);
  await cluster.run(100);
  assert.ok(shows(bob, "… you → alice: not lost"), bob.rows().join("\n"));
  cluster.restart(0, 1, 2);
  await cluster.until(() => shows(bob, "you → alice: not lost ✓"), "the message", 30_000);
});

test("a group that is made in an outage is there before what is sent to it", async () => {
  const cluster = await started(312);
  const bob = new Person(cluster, { columns: 80, rows: 30 });
  bob.type(`register bob${enter}${password}${enter}${password}${enter}`);
  await cluster.until(() => shows(bob, "bob>"), "bob to be in");
  cluster.crash(0, 1, 2);
  await cluster.run(500);
  for (const line of ["group create #new", "send #new hi"]) {
    bob.type(`${line}${enter}`);
    await cluster.run(100);
  }
  cluster.restart(0, 1, 2);
  await cluster.until(() => shows(bob, "you → #new: hi ✓"), "the message", 30_000);
});
