// A store beside a model of what must be in it. A history is modelled as a line: for each op the
// branch its record belongs to. A step may be cut short by a crash at any disk operation; what may
// be found afterwards is judged in storeModelCheck.

import { equal } from "node:assert/strict";
import { present } from "../../src/base/assert.ts";
import { asOp } from "../../src/base/ids.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { digestOf } from "../../src/wire/checksum.ts";
import * as bench from "./storeBench.ts";
import type { StoreModel } from "./storeModelCheck.ts";
import { adopt, checkRecovered, imageOf } from "./storeModelCheck.ts";

export type Step =
  | { readonly kind: "append"; readonly groups: readonly number[] }
  | { readonly kind: "promise" }
  | { readonly kind: "image"; readonly back: number }
  | { readonly kind: "seal" }
  /** Loses a fork `back` ops ago; later appends go on another branch. */
  | { readonly kind: "cut"; readonly back: number }
  /** Takes over a state `ahead` ops further on, of another branch altogether. */
  | { readonly kind: "install"; readonly ahead: number };

const segmentBytes = 2_048;
const zerosAhead = 1_500;

/** Opens the store as it stands, and checks what it has recovered. */
export async function openModel(model: StoreModel, at: bench.SimPlace): Promise<"done" | "frozen"> {
  model.place = at;
  const opening = (async () => {
    const { store: opened, recovered } = await openAt(at);
    model.store = opened;
    opened.onFailure = (error) => {
      throw error;
    };
    opened.onDurable = (op) => {
      model.durableCount = op;
    };
    await checkRecovered(model, opened, recovered);
  })();
  return untilFrozen(model, opening);
}

export function runStep(model: StoreModel, step: Step): Promise<"done" | "frozen"> {
  return untilFrozen(model, take(model, step));
}

export function closeModel(model: StoreModel): Promise<void> {
  return place(model).run(store(model).close());
}

async function openAt(at: bench.SimPlace): Promise<bench.Opened> {
  const { disk, clock } = at;
  const options = {
    disk,
    clock,
    log: bench.silentLog,
    serverId: bench.server,
    segmentBytes,
    removalStepBytes: segmentBytes >> 2,
    zerosAhead,
  };
  const result = await openStore(options);
  if (!result.ok) throw new Error(`${result.refusal}: ${result.message}`);
  return result;
}

async function untilFrozen(model: StoreModel, work: Promise<void>): Promise<"done" | "frozen"> {
  let outcome: "done" | "frozen" | null = null;
  let failure: unknown = null;
  work.then(
    () => void (outcome ??= "done"),
    (error: unknown) => {
      failure = error;
      outcome ??= "done";
    },
  );
  const { clock, disk } = place(model);
  const isOver = (): boolean => outcome !== null || disk.isFrozen();
  equal(await clock.runUntil(isOver, { limitMs: 60_000 }), true, "the step never ended");
  if (failure !== null) throw failure;
  return outcome ?? "frozen";
}

async function take(model: StoreModel, step: Step): Promise<void> {
  const { line } = model;
  switch (step.kind) {
    case "append":
      return append(model, step.groups);
    case "promise":
      return promise(model);
    case "seal":
      await store(model).seal();
      return;
    case "image": {
      const newest = store(model).latestImage();
      newest?.release();
      const op = Math.max(1, line.length - step.back, newest?.op ?? 0);
      if (line.length > 0)
        await store(model).writeImage({ ...imageOf(line.slice(0, op)), atMs: op });
      return;
    }
    case "cut":
      return cut(model, Math.max(0, line.length - step.back));
    case "install":
      return install(model, Math.max(1, line.length + step.ahead));
  }
}

/** Of groups of any length some, and always the same ones. */
function isMarked(count: number): boolean {
  return count % 3 === 1;
}

async function append(model: StoreModel, groups: readonly number[]): Promise<void> {
  for (const count of groups) {
    const point = { op: store(model).lastOp, chain: store(model).lastChain };
    const batch = bench.batchAfter(point, count, (op) => bench.frameOf(op, model.branch));
    store(model).append(batch, isMarked(count));
    model.line = [...model.line, ...Array.from({ length: count }, () => model.branch)];
    store(model).flush();
  }
  const wanted = model.line.length;
  await new Promise<void>((resolve) => {
    store(model).onDurable = (op) => {
      model.durableCount = op;
      if (op >= wanted) resolve();
    };
  });
}

function promise(model: StoreModel): Promise<void> {
  model.promised += 64;
  const { promised } = model;
  return new Promise((resolve) => {
    store(model).saveMeta(bench.metaWith(promised), () => {
      model.promisedDurable = promised;
      resolve();
    });
  });
}

async function cut(model: StoreModel, after: number): Promise<void> {
  const { line } = model;
  model.cutTo = after;
  const options = { orphanName: `orphans-${model.promised}` };
  const result = await store(model).truncateAfter(asOp(after), options);
  if (result.ok) {
    line.slice(after).forEach((branch, index) => {
      model.cutAway.push({ op: after + index + 1, branch });
    });
    model.line = line.slice(0, after);
    model.durableCount = after;
    model.branch = (model.branch + 1) % 64;
  }
  model.cutTo = null;
}

async function install(model: StoreModel, op: number): Promise<void> {
  const branch = (model.branch + 1) % 64;
  const other = Array.from({ length: op }, () => branch);
  model.other = other;
  const { content, ...at } = imageOf(other);
  const sizeBytes = Buffer.concat(content).length;
  const receiving = await store(model).beginInstall({
    ...at,
    sizeBytes,
    digest: digestOf(content),
  });
  for (const part of content) await receiving.write(part);
  await receiving.whole(() => undefined);
  await receiving.finish();
  adopt(model, other);
}

function store(model: StoreModel): Store {
  return present(model.store, "a store");
}

function place(model: StoreModel): bench.SimPlace {
  return present(model.place, "a place");
}
