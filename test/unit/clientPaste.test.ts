// What is said of several lines that were pasted is what Enter does with them: one message, one
// text, one command or none. Nothing is ever run line by line.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cluster } from "../support/cluster.ts";
import { bobAt, enter, password, run, shows, started } from "../support/seats.ts";
import { Person } from "../support/simFaces.ts";
import { PlainPerson } from "../support/simPlain.ts";

const asMessage = "2 lines were pasted as one message: Enter sends it, Ctrl+C drops it.";
const asText = "2 lines were pasted as one text: Enter takes it, Ctrl+C drops it.";
const asCommand = "2 lines were pasted as one command, not line by line; Ctrl+C drops it.";
const asNone = "2 lines were pasted as no command: put send [to] in front; Ctrl+C drops them.";

/** What is said of it; it is dropped then. */
async function noteOf(cluster: Cluster, person: Person, block: string): Promise<string> {
  person.type("\x0c");
  await cluster.run(100);
  person.type(`\x1b[200~${block}\x1b[201~`);
  await cluster.run(200);
  const note = person.rows().findLast((row) => row.includes("were pasted")) ?? "";
  person.type("\x03");
  await cluster.run(100);
  return note;
}

test("a pasted block is said to be what its beginning makes of it", async () => {
  const cluster = await started(400);
  await run(cluster, ["register fay", password]);
  const bob = await bobAt(cluster, { columns: 80 });
  for (const [block, note] of [
    ["send fay one\ntwo", asMessage],
    ["send fay\none", asMessage],
    ["draft new fay one\ntwo", asText],
    ["history fay 3\ninbox", asCommand],
    ["quit\nnow", asCommand],
    ["set time off\nhelp", asCommand],
    ["reply one\ntwo", asCommand],
    ["one\ntwo", asNone],
  ] as const) {
    assert.equal(await noteOf(cluster, bob, block), note, block);
  }
  await run(cluster, ["login fay", password, "send bob hello"]);
  await cluster.until(() => shows(bob, "fay: hello"), "somebody to reply to");
  assert.equal(await noteOf(cluster, bob, "reply one\ntwo"), asMessage);
});

test("in a conversation a pasted block is a message, but for one that begins with a command", async () => {
  const cluster = await started(401);
  await run(cluster, ["register fay", password]);
  const bob = await bobAt(cluster, { columns: 80 });
  bob.type(`chat fay${enter}`);
  await cluster.until(() => shows(bob, "bob to fay>"), "the conversation");
  assert.equal(await noteOf(cluster, bob, "quit\nnow"), asMessage);
  assert.equal(await noteOf(cluster, bob, "/quit\nnow"), asCommand);
  bob.type(`/draft new fay${enter}`);
  await cluster.until(() => shows(bob, "text:"), "the question");
  assert.equal(await noteOf(cluster, bob, "/quit\nnow"), asText);
});

test("lines that come at once where a text is asked for are that text, and none is a command", async () => {
  const cluster = await started(405);
  const bob = await bobAt(cluster, { columns: 80 });
  bob.type(`draft new bob${enter}`);
  await cluster.until(() => shows(bob, "text:"), "the question");
  bob.chunk("one\rhelp quit\r");
  await cluster.run(200);
  assert.ok(shows(bob, asText), bob.rows().join("\n"));
  bob.type(`${enter}draft list${enter}`);
  await cluster.until(() => shows(bob, "one␊help quit"), "the draft");
  assert.ok(!shows(bob, "log out and leave"));
});

test("who is not logged in sends no message by a paste", async () => {
  const cluster = await started(402);
  const somebody = new Person(cluster, { columns: 80 });
  assert.equal(await noteOf(cluster, somebody, "send fay one\ntwo"), asCommand);
});

test("a pasted block that begins with a colon is the demo's, as one line", async () => {
  const cluster = await started(404);
  const taken: string[] = [];
  const colonLine = (line: string): void => void taken.push(line);
  const somebody = new Person(cluster, { columns: 80, colonLine });
  assert.equal(await noteOf(cluster, somebody, ":kill 0\nhelp"), asCommand);
  somebody.type(`\x1b[200~:kill 0\nhelp\x1b[201~${enter}`);
  await cluster.run(100);
  assert.deepEqual(taken, [":kill 0\nhelp"]);
});

test("at a plain terminal the same is said", async () => {
  const cluster = await started(403);
  const bob = new PlainPerson(cluster);
  for (const line of ["register bob", password, password]) bob.line(line);
  await cluster.until(() => bob.shows("registered bob"), "bob to be in");
  await cluster.run(100);
  for (const [lines, note] of [
    [["send bob one", "two"], asMessage],
    [["history bob 3", "inbox"], asCommand],
    [["one", "two"], asNone],
  ] as const) {
    bob.clear();
    for (const line of lines) bob.line(line);
    await cluster.run(100);
    assert.ok(bob.shows(note), bob.rows().join("\n"));
    bob.cancel();
    await cluster.run(100);
  }
});
