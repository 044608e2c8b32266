// What stands on the screen of a line that was typed: the command as it was typed, or what became
// of the message, once. And what is refused is refused before anything is asked for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bobAt, enter, password, run, shows, started } from "../support/seats.ts";
import { Person } from "../support/simFaces.ts";

test("a message of somebody who is not logged in stands there as it was typed", async () => {
  const cluster = await started(48);
  const person = new Person(cluster, { columns: 80 });
  person.type(`send bob are you there?${enter}`);
  await cluster.run(200);
  const [typed, why = ""] = person.screen.lines();
  assert.equal(typed, "> send bob are you there?");
  assert.match(why, /^✗ /);
  person.type(`send bob${enter}`);
  await cluster.run(200);
  assert.equal(person.screen.lines().at(-1), ">", "no text is asked for that nobody gets");
});

test("of a message whose text is asked for the command stands there, too", async () => {
  const cluster = await started(50);
  const bob = await bobAt(cluster, { columns: 80 });
  bob.type(`send bob${enter}`);
  await cluster.until(() => shows(bob, "text:"), "the question");
  bob.type(`a note${enter}`);
  await cluster.until(() => shows(bob, "a note ✓"), "the message");
  assert.equal(bob.screen.lines()[0], "bob> send bob");
});

test("an answer stands there once, and the next command does not wait until it is confirmed", async () => {
  const cluster = await started(49);
  const bob = await bobAt(cluster, { columns: 80 });
  await run(cluster, ["register alice", password, "send bob hi"]);
  await cluster.until(() => shows(bob, "alice: hi"), "the message");
  cluster.crash(0, 1, 2);
  bob.type(`\x0creply hello${enter}search *${enter}`);
  await cluster.run(100);
  const [command, message] = bob.screen.lines();
  assert.deepEqual([command, message], ["bob (1 unread)> search *", "… you → alice: hello"]);
});
