// What a new user tries first, told in whole visits: what was read, written and kept is there at
// the next terminal, whichever servers have died meanwhile. The details of each command are tested
// with it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionIdleMs } from "../../src/base/limits.ts";
import { bobAt, enter, password, run, shows, started } from "../support/seats.ts";

test("inbox opens the oldest, and they stay read at every terminal, whichever server dies", async () => {
  const cluster = await started(90);
  await run(cluster, ["register bob", password]);
  const sends = ["send bob one", "send bob two", "send bob three"];
  await run(cluster, ["register alice", password, ...sends]);
  const first = await run(cluster, ["login bob", password, "inbox 2"], { json: true });
  const texts = (messages: unknown): string[] => {
    return (messages as { readonly text: string }[]).map(({ text }) => text);
  };
  const [opened] = first.json("inbox");
  assert.deepEqual(texts(opened?.["messages"]), ["one", "two"]);
  assert.equal(opened?.["unread"], 1);
  cluster.crash(0, 1);
  const second = await run(cluster, ["login bob", password, "inbox", "inbox"], { json: true });
  assert.equal(second.json("loggedIn")[0]?.["unread"], 0, "all were shown before");
  const [rest, none] = second.json("inbox");
  assert.deepEqual(texts(rest?.["messages"]), ["three"]);
  assert.deepEqual([texts(none?.["messages"]), none?.["unread"]], [[], 0]);
});

test("a new terminal has all of it by the password alone, from each server that is left", async () => {
  const cluster = await started(91);
  await run(cluster, ["register bob", password]);
  const talk = ["send bob hello", "draft new bob later", "group create #team"];
  const group = ["group add #team bob", "send #team welcome", "block bob", "unblock bob"];
  await run(cluster, ["register alice", password, ...talk, ...group]);
  await run(cluster, ["login bob", password, "send alice hello yourself", "read 1"]);
  const looks = ["history bob", "history #team", "draft list", "group list", "group members #team"];
  const look = async (): Promise<readonly string[]> => {
    return (await run(cluster, ["login alice", password, "inbox", ...looks], { json: true })).out;
  };
  await look();
  const inWhole = (await look()).filter((line) => !line.includes('"connected"'));
  assert.ok(inWhole.some((line) => line.includes("hello yourself")));
  for (const id of [0, 1]) {
    cluster.crash(id);
    const after = (await look()).filter((line) => !line.includes('"connected"'));
    assert.deepEqual(after, inWhole, `without server ${id}`);
  }
});

test("who was cut off until the session had ended goes on as if nothing had been", async () => {
  const cluster = await started(92);
  const bob = await bobAt(cluster, { columns: 60 });
  bob.type(`send bob before${enter}`);
  await cluster.until(() => shows(bob, "before ✓"), "a message");
  cluster.split({ left: [bob.machine], right: [0, 1, 2] });
  await cluster.run(sessionIdleMs + 60_000);
  bob.type(`send bob after${enter}`);
  cluster.heal();
  await cluster.until(() => shows(bob, "after ✓"), "the message", 30_000);
  const told = bob.rows().filter((row) => /log in|session|expired/i.test(row));
  assert.deepEqual(told, [], "a new login that nobody sees");
});

test("a note to oneself is delivered at once, and counts as read", async () => {
  const cluster = await started(93);
  const script = ["register alice", password, "send Alice buy milk", "history alice", "inbox"];
  const { out } = await run(cluster, script);
  assert.ok(out.includes("delivered to alice"));
  assert.match(out.join("\n"), /\[1\] alice: buy milk \(read\)\n/);
  assert.equal(out.at(-2), "no unread messages");
});

test("a reply to somebody whose account is gone says so", async () => {
  const cluster = await started(94);
  await run(cluster, ["register bob", password]);
  await run(cluster, ["register alice", password, "send bob farewell", "delete", "alice"]);
  const bob = await run(cluster, ["login bob", password, "reply fare well"]);
  assert.equal(bob.out[2], "error: alice (deleted) wrote to you last, and gets no more messages.");
});

test("cluster shows each server's part, and what one more failure would mean", async () => {
  const cluster = await started(95);
  const whole = await run(cluster, ["cluster"], { json: true });
  const [{ servers, copies } = {}] = whole.json("cluster");
  const states = (servers as { readonly state: string }[]).map(({ state }) => state);
  assert.deepEqual(states, ["primary", "secondary", "secondary"]);
  assert.equal(copies, 3);
  cluster.crash(0, 1);
  const { out } = await run(cluster, ["register alice", password, "cluster"]);
  const parts = ["away", "away", "primary"].map(
    (state, id) => new RegExp(`^server ${id}.*${state}`),
  );
  for (const [at, part] of parts.entries()) assert.match(out[at + 1] ?? "", part);
  assert.match(out[4] ?? "", /^view \d+, verified; \d+ changes, 1 copy of everything$/);
  assert.match(out[5] ?? "", /One more failure stops the chat/);
});
