// Where nothing can be kept on this machine (its disk is full, say), whoever chats there is told
// what that means for him. The servers are a simulated cluster.

import assert from "node:assert/strict";
import { test } from "node:test";
import { unkeptPins } from "../../src/client/sealing/pins.ts";
import { password, run, started } from "../support/seats.ts";

test("what cannot be kept of keys and messages is told with what comes of it, once each", async () => {
  const cluster = await started(391);
  await run(cluster, ["register fay", password]);
  const full = "The disk is full.";
  const pins = { ...unkeptPins(), keep: () => full, keepOrder: () => full };
  const script = ["register bob", password, "send fay one", "send bob two", "send fay three"];
  const { out } = await run(cluster, script, { pins });
  assert.deepEqual(out.filter((line) => line.includes(full)).sort(), [
    `${full} Whether a key is the same as before will not be known after a restart.`,
    `${full} Whether a message was shown before will not be known after a restart.`,
  ]);
});
