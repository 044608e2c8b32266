// Whom `reply` answers: who wrote last, in the session that is on; not who has put one into a
// group since, nor who had written to somebody else at the same terminal.

import assert from "node:assert/strict";
import { test } from "node:test";
import { password, run, started } from "../support/seats.ts";

test("reply answers the last message, not who has put one into a group since", async () => {
  const cluster = await started(31);
  await run(cluster, ["register bob", password]);
  await run(cluster, ["register alice", password, "send bob hello"]);
  const makesTeam = ["group create #team", "group add #team bob"];
  await run(cluster, ["register carol", password, ...makesTeam]);
  const bob = await run(cluster, ["login bob", password, "wait --for 1", "reply hi"], {
    json: true,
  });
  assert.deepEqual([bob.json("message").length, bob.json("group").length], [1, 1]);
  assert.deepEqual(
    bob.json("sent").map((one) => one["to"]),
    ["alice"],
  );
});

test("reply answers nobody who has written to whoever was logged in before", async () => {
  const cluster = await started(32);
  await run(cluster, ["register bob", password]);
  await run(cluster, ["register alice", password, "send bob hello"]);
  for (const isLeft of [true, false]) {
    const name = isLeft ? "carol" : "dave";
    const next = [...(isLeft ? ["logout"] : []), `register ${name}`, password, "reply hi"];
    const script = await run(cluster, ["login bob", password, "wait --for 1", ...next], {
      json: true,
    });
    assert.deepEqual(script.json("sent"), []);
  }
});
