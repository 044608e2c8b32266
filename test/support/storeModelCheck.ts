// The model of what a store must hold, and what recovery may find given it: every line that is
// durable so far and nothing that was never written; and that what was cut away is somewhere still.

import { deepEqual, equal, ok } from "node:assert/strict";
import { present } from "../../src/base/assert.ts";
import { asOp, noChain } from "../../src/base/ids.ts";
import type { HistoryPoint } from "../../src/store/journalScan.ts";
import type { Recovered } from "../../src/store/recovery.ts";
import type { Store } from "../../src/store/store.ts";
import type { Batch } from "../../src/wire/batch.ts";
import { extendChain } from "../../src/wire/checksum.ts";
import * as bench from "./storeBench.ts";

export type Line = readonly number[];

export interface StoreModel {
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

export function makeStoreModel(): StoreModel {
  return {
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
}

/** The same expectations, for another outcome of the same moment. */
export function copyModel(model: StoreModel): StoreModel {
  return { ...model, cutAway: [...model.cutAway], place: null, store: null };
}

export async function checkRecovered(
  model: StoreModel,
  opened: Store,
  recovered: Recovered,
): Promise<void> {
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
  for (const { recordFile } of await opened.orphans()) {
    const batches = await bench.orphanBatches(opened, present(recordFile, "an orphan file"));
    for (const { op, branch } of recordsOf(batches)) {
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

/** The model goes on from a line that has been found or installed. */
export function adopt(model: StoreModel, line: Line): void {
  model.line = line;
  model.durableCount = line.length;
  model.branch = Math.max(model.branch, line.at(-1) ?? 0);
  model.other = null;
  model.cutTo = null;
}

function isAllowed(model: StoreModel, found: Line): boolean {
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

export function imageOf(line: Line): HistoryPoint & { content: Buffer[] } {
  const text = line.join(",");
  const half = Math.floor(text.length / 2);
  return {
    ...chainOf(line),
    content: [text.slice(0, half), text.slice(half)].map((part) => Buffer.from(part)),
  };
}
