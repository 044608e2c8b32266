// Real servers on a network that is cut, one way and both ways, and slowed while people chat: on
// addresses of their own in network namespaces where that is allowed, and behind proxies anywhere.
// Afterwards everything confirmed is there once and in order, and all servers agree.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { present } from "../../src/base/assert.ts";
import { type BrokenNet, type BrokenStage, openBrokenStage } from "../support/brokenNet.ts";
import { expectAllWell, expectFlow, letThemTalk } from "../support/chaosStage.ts";
import { makeNamespaces, whyNoNamespaces } from "../support/namespaces.ts";
import { makePairProxies } from "../support/pairProxies.ts";

const backMs = 30_000;
/** Longer than any grant runs, shorter than the wait before servers go on unverified. */
const cutMs = 5_000;

function stageOn(make: () => Promise<BrokenNet>, isThere: boolean): () => BrokenStage {
  let open: BrokenStage | null = null;
  before(async () => {
    if (isThere) open = await openBrokenStage(await make());
  });
  after(() => open?.close());
  return () => present(open, "the stage");
}

async function expectWhole({ stage }: BrokenStage): Promise<void> {
  const isWhole = (): boolean => stage.cluster.members().length === 3;
  assert.ok(await stage.until(isWhole, backMs), `all are members again: ${stage.describe()}`);
}

const kinds = [
  ["in namespaces", makeNamespaces, await whyNoNamespaces()],
  ["behind proxies", makePairProxies, null],
] as const;

for (const [where, make, why] of kinds) {
  const open = stageOn(make, why === null);
  const skip = why ?? false;

  test(`${where}: a primary that is cut off is replaced, and comes back`, { skip }, async () => {
    const { stage, net } = open();
    await letThemTalk(stage);
    const primary = present(stage.cluster.primary(), "a primary");
    for (const id of [0, 1, 2].filter((other) => other !== primary)) {
      await net.cut(primary, id);
      await net.cut(id, primary);
    }
    const isReplaced = (): boolean => ![null, primary].includes(stage.cluster.primary());
    assert.ok(await stage.until(isReplaced, cutMs), `replaced: ${stage.describe()}`);
    await expectFlow(stage);
    await net.heal();
    await expectWhole(open());
    await expectFlow(stage);
    await expectAllWell(stage);
  });

  test(`${where}: a server that only hears, or is only heard, stops nobody`, { skip }, async () => {
    const { stage, net } = open();
    await letThemTalk(stage);
    for (const isHeard of [true, false]) {
      const primary = present(stage.cluster.primary(), "a primary");
      const other = (primary + 1) % 3;
      await net.cut(isHeard ? primary : other, isHeard ? other : primary);
      await stage.wait(cutMs);
      await expectFlow(stage);
      await net.heal();
      await expectWhole(open());
    }
    await expectFlow(stage);
    await expectAllWell(stage);
  });
}

const slowOpen = stageOn(makePairProxies, true);

test("behind proxies: links of 30 ms each way slow people down, and lose nothing", async () => {
  const { stage, net } = slowOpen();
  await letThemTalk(stage);
  assert.ok(net.slow !== undefined);
  net.slow(30);
  await expectFlow(stage);
  await stage.cluster.kill(present(stage.cluster.primary(), "a primary"));
  await expectFlow(stage);
  net.slow(0);
  await expectAllWell(stage);
});
