// The thread in which base images are built while the server goes on serving. One order (folder,
// op) a message, one answer each. What is built is imageBuilding.ts's business.

import { parentPort } from "node:worker_threads";
import { asOp } from "../base/ids.ts";
import { makeClock } from "../node/clock.ts";
import { openNodeDisk } from "../node/disk.ts";
import { stepBack } from "../node/threadPriority.ts";
import { pieceRest, writingRest } from "./backgroundPace.ts";
import { buildImage } from "./imageBuilding.ts";
import type { BuildAnswer, BuildOrder } from "./workerBuilder.ts";

const clock = makeClock();
stepBack();
parentPort?.on("message", (order: BuildOrder) => {
  build(order).then(
    (answer) => parentPort?.postMessage(answer),
    (error: Error) => parentPort?.postMessage({ ok: false, message: error.message }),
  );
});

async function build(order: BuildOrder): Promise<BuildAnswer> {
  const disk = await openNodeDisk(order.folder);
  const what = { throughOp: asOp(order.throughOp), atMs: order.atMs };
  const pace = { reading: pieceRest(clock), writing: writingRest(clock) };
  const image = await buildImage(disk, what, pace);
  return { ok: true, image };
}
