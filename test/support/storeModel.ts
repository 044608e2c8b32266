// A life of a store, step by step, beside a model of what must be in it. A history is modelled as a
// line: for each op the branch its record belongs to. A step may be cut short by a crash at any disk
// operation; the model then says which lines recovery may find, and what must be somewhere.

import { deepEqual, equal, ok } from "node:assert/strict";
import { present } from "../../src/base/assert.ts";
import { asOp, noChain } from "../../src/base/ids.ts";
import { makePrng, type Prng } from "../../src/base/prng.ts";
import type { HistoryPoint } from "../../src/store/journalScan.ts";
import type { Recovered } from "../../src/store/recovery.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { digestOf, extendChain } from "../../src/wire/checksum.ts";
import type { Batch } from "../../src/wire/batch.ts";
import * as bench from "./storeBench.ts";

export type Step =
  | { readonly kind: "append"; readonly groups: readonly number[] }
  | { readonly kind: "promise" }
  | { readonly kind: "image"; readonly back: number }
  | { readonly kind: "seal" }
  /** Loses a fork `back` ops ago; later appends go on another branch. */
  | { readonly kind: "cut"; readonly back: number }
  /** Takes over a state `ahead` ops further on, of another branch altogether. */
  | { readonly kind: "install"; readonly ahead: number };

type Line = readonly number[];

export interface StoreModel {
  /** Opens the store as it stands, and checks what it has recovered. */
  open(place: bench.SimPlace): Promise<"done" | "frozen">;
  run(step: Step): Promise<"done" | "frozen">;
  close(): Promise<void>;
  /** For messages: where the model stands. */
  describe(): string;
}

interface Model {
  place: bench.SimPlace | null;
  store: Store | null;
  /** All that was appended, durable or not. */
  line: Line;
  durableCount: number;
  branch: number;
  promised: number;
  promisedDurable: number;
  /** Records cut away: they must be in the journal or in an orphan file. */
  readonly cutAway: { readonly op: number; readonly branch: number }[];
  /** While a step is under way: the other line that recovery may find. */
  other: Line | null;
  cutTo: number | null;
}

const segmentBytes = 2_048;

export function makeStoreModel(): StoreModel {
  const model: Model = {
    place: null,
    store: null,
    line: [],
    durableCount: 0,
    branch: 0,
    promised: 0,
    promisedDurable: 0,
    cutAway: [],
    other: null,
    cutTo: null,
  };
  return {
    open: (place) => open(model, place),
    run: (step) => untilFrozen(model, runStep(model, step)),
    close: async () => {
      await place(model).run(store(model).close());
    },
    describe: () => `${model.durableCount} of ${model.line.length} durable, branch ${model.branch}`,
  };
}

async function open(model: Model, at: bench.SimPlace): Promise<"done" | "frozen"> {
  model.place = at;
  return untilFrozen(
    model,
    (async () => {
      const { store: opened, recovered } = await openAt(at);
      model.store = opened;
      await checkRecovered(model, opened, recovered);
      opened.onFailure = (error) => {
        throw error;
      };
      opened.onDurable = (op) => {
        model.durableCount = op;
      };
    })(),
  );
}

async function openAt(at: bench.SimPlace): Promise<bench.Opened> {
  const { disk, clock } = at;
  const options = { disk, clock, log: bench.silentLog, serverId: bench.server, segmentBytes };
  const result = await openStore(options);
  if (!result.ok) throw new Error(`${result.refusal}: ${result.message}`);
  return result;
}

async function untilFrozen(model: Model, work: Promise<void>): Promise<"done" | "frozen"> {
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

async function runStep(model: Model, step: Step): Promise<void> {
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
      const op = Math.max(1, line.length - step.back);
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

async function append(model: Model, groups: readonly number[]): Promise<void> {
  for (const count of groups) {
    const point = { op: store(model).lastOp, chain: store(model).lastChain };
    const batch = bench.batchAfter(point, count, (op) => bench.frameOf(op, model.branch));
    store(model).append(batch);
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

function promise(model: Model): Promise<void> {
  model.promised += 64;
  const { promised } = model;
  return new Promise((resolve) => {
    store(model).saveMeta(bench.metaWith(promised), () => {
      model.promisedDurable = promised;
      resolve();
    });
  });
}

async function cut(model: Model, after: number): Promise<void> {
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

async function install(model: Model, op: number): Promise<void> {
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
  await receiving.finish();
  adopt(model, other);
}

/** The model goes on from a line that has been found or installed. */
function adopt(model: Model, line: Line): void {
  model.line = line;
  model.durableCount = line.length;
  model.branch = Math.max(model.branch, line.at(-1) ?? 0);
  model.other = null;
  model.cutTo = null;
}

async function checkRecovered(model: Model, opened: Store, recovered: Recovered): Promise<void> {
  equal(recovered.quarantined, null, "a crash is never taken for corruption");
  const promised = recovered.meta?.promised ?? 0;
  ok(promised >= model.promisedDurable, "promised never falls");
  ok(promised <= model.promised, "nothing is promised that was not said");
  model.promised = promised;
  model.promisedDurable = promised;
  const found = lineOf(recovered);
  ok(isAllowed(model, found), `found ${found.length} ops; ${model.durableCount} were durable`);
  deepEqual(recovered.lastChain, chainOf(found).chain);
  const orphans = new Set<string>();
  for (const name of await opened.orphanNames()) {
    for (const { op, branch } of recordsOf(await opened.readOrphans(name))) {
      orphans.add(`${op} ${branch}`);
    }
  }
  const cutNow = model.cutTo === null ? [] : model.line.slice(0, model.durableCount);
  const due = [...model.cutAway, ...cutNow.map((branch, index) => ({ op: index + 1, branch }))];
  for (const { op, branch } of due) {
    ok(found[op - 1] === branch || orphans.has(`${op} ${branch}`), `op ${op} is nowhere`);
  }
  if (model.cutTo !== null && found.length < model.line.length) {
    model.branch = (model.branch + 1) % 64;
    model.cutAway.push(...due.filter(({ op }) => op > found.length));
  }
  adopt(model, found);
}

function isAllowed(model: Model, found: Line): boolean {
  if (model.other !== null && isPrefix(model.other, found) && isPrefix(found, model.other)) {
    return true;
  }
  const least = model.cutTo ?? model.durableCount;
  return found.length >= Math.min(least, model.durableCount) && isPrefix(found, model.line);
}

function isPrefix(prefix: Line, line: Line): boolean {
  return prefix.length <= line.length && prefix.every((branch, index) => branch === line[index]);
}

function lineOf(recovered: Recovered): Line {
  const { image, batches } = recovered;
  const line: number[] =
    image === null ? [] : `${Buffer.concat(image.content)}`.split(",").map(Number);
  equal(line.length, image?.op ?? 0);
  if (image !== null) equal(image.chain, chainOf(line).chain);
  for (const { op, branch } of recordsOf(batches)) {
    equal(op, line.length + 1);
    line.push(branch);
  }
  return line;
}

function* recordsOf(batches: readonly Batch[]): Generator<{ op: number; branch: number }> {
  for (const { bytes, ends, firstOp } of batches) {
    for (const [index, end] of ends.entries()) {
      const start = index === 0 ? 0 : present(ends[index - 1], "an end");
      const op = firstOp + index;
      yield { op, branch: bench.branchOf(bytes.subarray(start, end), op) };
    }
  }
}

function chainOf(line: Line): HistoryPoint {
  let chain = noChain;
  line.forEach((branch, index) => {
    chain = extendChain(chain, bench.frameOf(index + 1, branch));
  });
  return { op: asOp(line.length), chain };
}

function imageOf(line: Line): HistoryPoint & { content: Buffer[] } {
  const text = line.join(",");
  const half = Math.floor(text.length / 2);
  return {
    ...chainOf(line),
    content: [text.slice(0, half), text.slice(half)].map((part) => Buffer.from(part)),
  };
}

function store(model: Model): Store {
  return present(model.store, "a store");
}

function place(model: Model): bench.SimPlace {
  return present(model.place, "a place");
}

/** A life of some steps with anything in it; images and cuts stay near the end. */
export function randomSteps(prng: Prng, count: number): Step[] {
  const steps: Step[] = [{ kind: "promise" }];
  while (steps.length < count) {
    const choice = prng.below(12);
    if (choice < 5) {
      const groups = Array.from({ length: 1 + prng.below(3) }, () => 1 + prng.below(9));
      steps.push({ kind: "append", groups });
    } else if (choice < 6) steps.push({ kind: "promise" });
    else if (choice < 8) steps.push({ kind: "image", back: prng.below(12) });
    else if (choice < 9) steps.push({ kind: "seal" });
    else if (choice < 11) steps.push({ kind: "cut", back: prng.below(20) });
    else steps.push({ kind: "install", ahead: prng.below(40) - 10 });
  }
  return steps;
}

/** Runs the steps until one is cut short; crashes, reopens and checks; then says how far it came. */
export async function liveAndCrash(
  steps: readonly Step[],
  crash: { readonly at: number; readonly seed: number; readonly powerCut: boolean },
): Promise<{ readonly changeCount: number }> {
  const prng = makePrng(crash.seed);
  const model = makeStoreModel();
  let at = bench.simPlace(crash.seed);
  at.disk.freezeAt(crash.at);
  let outcome = await model.open(at);
  for (const step of steps) if (outcome === "done") outcome = await model.run(step);
  const changeCount = at.disk.changeCount();
  for (let round = 0; round < 2; round += 1) {
    const disk = crash.powerCut ? at.disk.crash(prng, at.clock) : at.disk.kill(prng, at.clock);
    at = bench.simPlace(crash.seed, disk, at.clock);
    // The first recovery may be cut short as well.
    if (round === 0) at.disk.freezeAt(prng.below(12));
    outcome = await model.open(at);
    if (outcome === "done") break;
  }
  at.disk.freezeAt(Infinity);
  await model.run({ kind: "promise" });
  await model.run({ kind: "append", groups: [3, 4] });
  await model.close();
  return { changeCount };
}
