// Has base images built in a worker thread, started for each image and ended after it, so that an
// idle server keeps no second heap.

import { Worker } from "node:worker_threads";
import type { CompactedImage } from "../store/offline.ts";
import type { ImageBuilder } from "./compaction.ts";

export interface BuildOrder {
  readonly folder: string;
  readonly throughOp: number;
  readonly atMs: number;
}

export type BuildAnswer =
  | { readonly ok: true; readonly image: CompactedImage }
  | { readonly ok: false; readonly message: string };

export function makeWorkerBuilder(folder: string, wallMs: () => number): ImageBuilder {
  let running: Worker | null = null;

  function build(throughOp: number): Promise<CompactedImage> {
    const worker = new Worker(new URL("./compactionWorker.js", import.meta.url));
    running = worker;
    return new Promise<CompactedImage>((resolve, reject) => {
      worker.once("message", (answer: BuildAnswer) => {
        if (answer.ok) resolve(answer.image);
        else reject(new Error(answer.message));
      });
      worker.once("error", reject);
      worker.once("exit", (code) => reject(new Error(`the worker ended with code ${code}`)));
      const order: BuildOrder = { folder, throughOp, atMs: wallMs() };
      worker.postMessage(order);
    }).finally(async () => {
      running = null;
      await worker.terminate();
    });
  }

  return {
    build,
    async stop() {
      await running?.terminate();
    },
  };
}
