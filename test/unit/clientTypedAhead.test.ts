// What is typed at a terminal behind a command that is still under way: it can be brought back like
// any other line, and a password among it is neither shown nor brought back. Read off an emulated
// screen; the servers are a simulated cluster.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bobAt, enter, password, shows, started } from "../support/seats.ts";

const up = "\x1b[A";

test("the up key brings back lines that still wait behind another, and those that were dropped", async () => {
  const cluster = await started(61);
  const bob = await bobAt(cluster, { columns: 60 });
  bob.type(`wait 1 --for 60${enter}search a*${enter}users${enter}`);
  await cluster.run(50);
  bob.type(up);
  await cluster.run(50);
  assert.equal(bob.rows().at(-1), "bob> users");
  bob.type(up);
  await cluster.run(50);
  assert.equal(bob.rows().at(-1), "bob> search a*");
  bob.type("\x03\x03");
  await cluster.run(50);
  assert.ok(shows(bob, "Not begun, and not done: search a*; users"), bob.rows().join("\n"));
  bob.type(`${up}${up}${up}`);
  await cluster.run(50);
  assert.equal(bob.rows().at(-1), "bob> wait 1 --for 60");
  bob.type("\x1b[B");
  await cluster.run(50);
  assert.equal(bob.rows().at(-1), "bob> search a*");
});

test("a password typed before it is asked for is not shown, and is nothing to bring back", async () => {
  const cluster = await started(62);
  const bob = await bobAt(cluster, { columns: 60 });
  bob.type(`wait 1 --for 2${enter}logout${enter}login bob${enter}${password}`);
  await cluster.run(50);
  assert.equal(bob.rows().at(-1), "password:");
  assert.ok(!bob.screen.raw.includes(password));
  bob.type(`${enter}help quit${enter}${up}${up}`);
  await cluster.run(50);
  assert.equal(bob.rows().at(-1), "bob> login bob");
  bob.type("\x03");
  await cluster.until(() => shows(bob, "quit - log out and leave"), "the help behind the login");
  assert.ok(shows(bob, "welcome bob"));
  assert.ok(!bob.screen.raw.includes(password));
  bob.type(`${up}${up}`);
  await cluster.run(50);
  assert.equal(bob.rows().at(-1), "bob> login bob");
});

test("Ctrl+C at the second question for a new password is no password that differs", async () => {
  const cluster = await started(63);
  const bob = await bobAt(cluster, { columns: 60 });
  for (const keys of ["passwd", password, "another horse"]) {
    bob.type(`${keys}${enter}`);
    await cluster.run(50);
  }
  assert.equal(bob.rows().at(-1), "password again:");
  bob.type("\x03");
  await cluster.run(50);
  assert.deepEqual(bob.rows().slice(-2), ["Cancelled.", "bob>"]);
});
