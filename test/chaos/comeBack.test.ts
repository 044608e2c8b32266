// Servers that come back while people chat: the dead, all three at once, and those that were only
// stopped, which is where stale state would be served or two primaries would confirm.

import assert from "node:assert/strict";
import { test } from "node:test";
import { present } from "../../src/base/assert.ts";
import type { Stage } from "../../src/demo/stage.ts";
import { expectAllWell, expectFlow, letThemTalk, stageForFile } from "../support/chaosStage.ts";

const backMs = 20_000;
/** Longer than any grant runs, shorter than the wait before servers go on unverified. */
const longStopMs = 3_000;
const shortStopMs = 600;

const stageOfFile = stageForFile();

async function expectMember(stage: Stage, id: number): Promise<void> {
  const isMember = (): boolean => stage.cluster.members().some((member) => member.id === id);
  assert.ok(await stage.until(isMember, backMs), `server ${id} is back: ${stage.describe()}`);
}

test("a dead server comes back while people chat, and can be the last one left", async () => {
  const stage = stageOfFile();
  await letThemTalk(stage);
  await stage.cluster.kill(0);
  await expectFlow(stage);
  stage.cluster.start(0);
  await expectMember(stage, 0);
  await Promise.all([stage.cluster.kill(1), stage.cluster.kill(2)]);
  await expectFlow(stage);
  await expectAllWell(stage);
});

test("kill -9 of all three at once: what was confirmed is there after the restart", async () => {
  const stage = stageOfFile();
  await letThemTalk(stage);
  await stage.killAll();
  assert.ok(await stage.startAll(), `all are back: ${stage.describe()}`);
  await expectFlow(stage);
  await expectAllWell(stage);
});

test("a primary stopped for 3 s is left out, and serves nothing stale when resumed", async () => {
  const stage = stageOfFile();
  await letThemTalk(stage);
  const primary = present(stage.cluster.primary(), "a primary");
  stage.pause(primary);
  const isReplaced = (): boolean => ![null, primary].includes(stage.cluster.primary());
  assert.ok(await stage.until(isReplaced, longStopMs), `replaced: ${stage.describe()}`);
  await expectFlow(stage);
  await stage.wait(longStopMs / 2);
  stage.resume(primary);
  await expectMember(stage, primary);
  await expectFlow(stage);
  await expectAllWell(stage);
});

test("while a secondary is stopped nothing is confirmed; it stays a member if it wakes soon", async () => {
  const stage = stageOfFile();
  await letThemTalk(stage);
  const view = stage.cluster.newestView();
  const secondary = present(
    stage.cluster.members().find(({ ready }) => ready?.role === "secondary"),
    "a secondary",
  );
  stage.pause(secondary.id);
  // What it had on its disk before may still be confirmed.
  await stage.wait(shortStopMs / 2);
  const confirmed = stage.tally.counts().sent;
  await stage.wait(shortStopMs / 2);
  assert.equal(stage.tally.counts().sent, confirmed);
  stage.resume(secondary.id);
  await expectFlow(stage);
  assert.equal(stage.cluster.newestView(), view);
  await expectAllWell(stage);
});
