// A group named without its #: whoever asks for it is refused, and told of the group if it is one
// of his.

import assert from "node:assert/strict";
import { test } from "node:test";
import { password, run, started } from "../support/seats.ts";

test("who leaves a group's # out is asked whether he means the group", async () => {
  const cluster = await started(331);
  await run(cluster, ["register bob", password, "group create #team"]);
  const named = ["history team", "history Team", "send team hi", "history nobody", "chat TEAM"];
  const bob = await run(cluster, ["login bob", password, "group", ...named]);
  const refusals = bob.out.filter((line) => line.startsWith("error: "));
  assert.deepEqual(refusals.slice(0, 3), [
    "error: There is no user named team. Did you mean the group #team?",
    "error: There is no user named Team. Did you mean the group #team?",
    "error: There is no user named team. Did you mean the group #team?",
  ]);
  assert.equal(refusals[3], "error: There is no user named nobody.");
  assert.equal(refusals[4], "error: There is no user named TEAM. Did you mean the group #team?");
  const eve = await run(cluster, ["register eve", password, "history team"]);
  assert.equal(eve.out[1], "error: There is no user named team.", "no word of others' groups");
});
