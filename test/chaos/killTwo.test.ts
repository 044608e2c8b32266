// Promise 4 with real processes: of three servers any two are killed, in every order and in both
// ways, while two people chat; the last one serves on, and the dead come back to the same state.
// One stage for all orders: each case begins where the one before has been judged.

import { test } from "node:test";
import { present } from "../../src/base/assert.ts";
import { expectAllWell, expectFlow, letThemTalk, stageForFile } from "../support/chaosStage.ts";

const stageOfFile = stageForFile();

const orders = [
  [0, 1],
  [0, 2],
  [1, 0],
  [1, 2],
  [2, 0],
  [2, 1],
] as const;

for (const signal of ["SIGKILL", "SIGINT"] as const) {
  for (const [first, second] of orders) {
    const last = 3 - first - second;
    const how = signal === "SIGKILL" ? "kill -9 of" : "Ctrl+C at";
    test(`${how} server ${first}, then ${second}: server ${last} serves on`, async () => {
      const stage = stageOfFile();
      await letThemTalk(stage);
      await stage.cluster.kill(first, signal);
      await expectFlow(stage);
      await stage.cluster.kill(second, signal);
      await expectFlow(stage);
      await expectAllWell(stage);
    });
  }
}

test("kill -9 of the primary and of its successor a few milliseconds later", async () => {
  const stage = stageOfFile();
  await letThemTalk(stage);
  const primary = present(stage.cluster.primary(), "a primary");
  const successor = present(
    stage.hosts.map(({ id }) => id).find((id) => id !== primary),
    "a successor",
  );
  void stage.cluster.kill(primary);
  await stage.wait(5);
  await stage.cluster.kill(successor);
  await expectFlow(stage);
  await expectAllWell(stage);
});
