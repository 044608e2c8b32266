// What Ctrl+C gives up while servers are away: it says whether that may still be done, and the next
// command does not wait behind it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lookAhead, partnerBehind } from "../../src/client/ahead.ts";
import { namesOf } from "../../src/client/givenUp.ts";
import type { Network } from "../../src/ports.ts";
import type { Cluster } from "../support/cluster.ts";
import { bobAt, enter, password, run, shows, started } from "../support/seats.ts";
import type { Person } from "../support/simFaces.ts";
import { PlainPerson } from "../support/simPlain.ts";

const another = "another password";
const mayBeDone = "it may still be done.";
const ofPasswd = `You have stopped waiting for passwd; ${mayBeDone}`;
const size = { columns: 160, rows: 40 };

async function inOutage(cluster: Cluster): Promise<Person> {
  const bob = await bobAt(cluster, size);
  cluster.crash(0, 1, 2);
  await cluster.run(2_000);
  return bob;
}

async function givesUp(cluster: Cluster, bob: Person, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    bob.type(`${line}${enter}`);
    await cluster.run(200);
  }
  bob.type("\x03");
  await cluster.run(50);
}

async function serveAgain(cluster: Cluster): Promise<void> {
  cluster.restart(0, 1, 2);
  await cluster.serving([0, 1, 2]);
  await cluster.run(2_000);
}

test("a change of password that is given up may still be made, which is said, and blocks nothing", async () => {
  const cluster = await started(1);
  const bob = await inOutage(cluster);
  await givesUp(cluster, bob, "passwd", password, another, another);
  assert.ok(shows(bob, mayBeDone));
  assert.ok(!shows(bob, "Cancelled."));
  bob.type(`search *${enter}`);
  await serveAgain(cluster);
  assert.ok(shows(bob, "password changed"), bob.rows().join("\n"));
  const own = bob.rows().findIndex((row) => row.startsWith("bob ● online"));
  assert.ok(own > 0, "the next command was answered");
  const again = await run(cluster, ["login bob", another]);
  assert.equal(again.exitCode, 0);
});

test("who has given something up leaves later without another word of it", async () => {
  const cluster = await started(6);
  const bob = await inOutage(cluster);
  await givesUp(cluster, bob, "passwd", password, another, another);
  bob.type(`quit${enter}`);
  await cluster.until(() => bob.exitCode !== null, "bob to leave");
  assert.equal(bob.rows().filter((row) => row === ofPasswd).length, 1);
});

test("at a plain terminal it is the same", async () => {
  const cluster = await started(2);
  const bob = new PlainPerson(cluster);
  for (const line of ["register bob", password, password]) bob.line(line);
  await cluster.until(() => bob.shows("registered bob"), "bob to be in");
  await cluster.run(500);
  cluster.crash(0, 1, 2);
  await cluster.run(2_000);
  for (const line of ["passwd", password, another, another]) {
    bob.line(line);
    await cluster.run(200);
  }
  bob.clear();
  bob.cancel();
  await cluster.run(100);
  assert.deepEqual(bob.rows().slice(1), [ofPasswd, "bob (reconnecting)> "]);
});

test("of a request that was given up it is said that it may be done, and nothing else", async () => {
  const cluster = await started(3);
  const bob = await inOutage(cluster);
  await givesUp(cluster, bob, "draft new alice hello");
  assert.ok(shows(bob, mayBeDone));
  assert.ok(!shows(bob, "Cancelled."));
});

test("who stops a wait, or a question, is told that it is cancelled, and of nothing that goes on", async () => {
  const cluster = await started(7);
  const bob = await bobAt(cluster, size);
  await givesUp(cluster, bob, "wait 1");
  assert.ok(shows(bob, "Cancelled."), bob.rows().join("\n"));
  assert.ok(!shows(bob, mayBeDone));
  await givesUp(cluster, bob, "passwd");
  assert.ok(!shows(bob, mayBeDone));
  assert.equal(bob.rows().filter((row) => row.startsWith("Cancelled.")).length, 2);
  await givesUp(cluster, bob, "search *");
  assert.ok(shows(bob, "bob ● online"), "the next command is taken");
});

test("who gives up before a group is changed takes nobody in", async () => {
  const cluster = await started(4);
  await run(cluster, ["register alice", password]);
  await run(cluster, ["register carol", password]);
  const bob = await bobAt(cluster, size);
  bob.type(`group create #team${enter}`);
  await cluster.until(() => shows(bob, "#team"), "the group");
  await cluster.run(500);
  cluster.crash(0, 1, 2);
  await cluster.run(2_000);
  await givesUp(cluster, bob, "group add #team alice carol");
  assert.ok(shows(bob, "Cancelled."));
  assert.ok(!shows(bob, mayBeDone));
  await serveAgain(cluster);
  for (const name of ["alice", "carol"]) {
    const { out } = await run(cluster, [`login ${name}`, password, "group list"]);
    assert.ok(!out.join().includes("#team"), out.join("\n"));
  }
});

test("of the lines that waited none is said again that may be a password", () => {
  const [one, two] = ["wait 1 hour", "search party 99"];
  const cases: (readonly [readonly string[], readonly string[]])[] = [
    [
      ["register bob", two, two, "search b*"],
      ["register bob", "search b*"],
    ],
    [
      ["passwd", one, two, two, "inbox"],
      ["passwd", "inbox"],
    ],
    [
      ["login bob", two, "inbox"],
      ["login bob", "inbox"],
    ],
    [
      ["/passwd", one, two, two, "hello"],
      ["/passwd", "hello"],
    ],
    [
      ["/logout", "login bob", two, "hello"],
      ["/logout", "login bob"],
    ],
    [
      ["/leave", "register bob", two, two],
      ["/leave", "register bob"],
    ],
    [
      ["/login bob secret", two, "login bob", two],
      ["login", "login bob"],
    ],
  ];
  for (const [lines, said] of cases) {
    const partner = lines[0]?.startsWith("/") === true ? "alice" : null;
    assert.deepEqual(namesOf(lookAhead(lines, { partner, left: [] }).commands), said);
  }
  assert.equal(partnerBehind({ kind: "logout" }, "alice"), null);
  assert.equal(partnerBehind({ kind: "cluster" }, "alice"), "alice");
});

for (const how of ["quit", "end of input", "Ctrl+C"]) {
  test(`whoever leaves by ${how} is told what may still be done, and what will not`, async () => {
    const cluster = await started(5);
    const bob = await inOutage(cluster);
    const lines = ["draft new alice hello", "group create #team", "search *"];
    // Behind a question that is still to come, quit may be its answer.
    const more = how === "quit" ? [] : ["login bob secret", "not this"];
    for (const line of [...lines, ...more]) {
      bob.type(`${line}${enter}`);
      await cluster.run(100);
    }
    const keys = { quit: [`quit${enter}`], "end of input": ["\x04"] }[how];
    for (const key of keys ?? ["\x03", "\x03", "\x03"]) {
      bob.type(key);
      await cluster.run(100);
    }
    await cluster.until(() => bob.exitCode !== null, "bob to leave");
    const said =
      "You have stopped waiting for draft; it may still be done. " +
      `Not begun, and not done: group create #team; search *${how === "quit" ? "" : "; login"}`;
    assert.ok(bob.rows().includes(said), bob.rows().join("\n"));
    assert.ok(!shows(bob, "Cancelled."));
    assert.ok(!shows(bob, "secret") && !shows(bob, "not this"));
  });
}

test("who is not talked to any more, as a server is not trusted, has given nothing up", async () => {
  const cluster = await started(7);
  let isTrusted = true;
  const wires = (network: Network): Network => ({
    ...network,
    connect: (address, timeoutMs, handler) => {
      if (isTrusted) network.connect(address, timeoutMs, handler);
      else handler.failed("no-tls", "");
    },
  });
  const bob = new PlainPerson(cluster, { wires });
  for (const line of ["register bob", password, password]) bob.line(line);
  await cluster.until(() => bob.shows("registered bob"), "bob to be in");
  cluster.crash(0, 1, 2);
  await cluster.run(1_000);
  bob.line("draft new alice hello");
  await cluster.run(100);
  isTrusted = false;
  cluster.restart(0, 1, 2);
  await cluster.until(() => bob.exitCode !== null, "bob to be told");
  assert.equal(bob.exitCode, 3);
  assert.ok(bob.shows("speaks no TLS"), bob.rows().join("\n"));
  assert.ok(!bob.shows("You have stopped waiting"), bob.rows().join("\n"));
});
