// A few seconds of real servers under attack, one port after the other, with fixed seeds: that
// `npm run fuzz` still finds its way, and finds nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { attackClients, attackPeers } from "./realRuns.ts";

const seed = 11;
const seconds = 4;

test("hostile clients end no server, and keep nobody from chatting", async (t) => {
  const run = await attackClients(seed, seconds);
  t.diagnostic(`${run.frames} frames, ${run.confirmed} confirmed`);
  assert.deepEqual(run.findings, []);
  assert.ok(run.frames > 100 && run.logins > 0 && run.confirmed > 0);
});

test("strangers among servers, and one that lies, end no other", async (t) => {
  const run = await attackPeers(seed, seconds);
  t.diagnostic(`${run.frames} frames, ${run.lies} lies, ${run.confirmed} confirmed`);
  assert.deepEqual(run.findings, []);
  assert.ok(run.frames > 100);
});
