// Sets of numbers as intervals, which keep a late request of a fork from being taken for a
// duplicate: adding in any order, looking up, encoding.

import assert from "node:assert/strict";
import { test } from "node:test";
import { executedIntervalsMax } from "../../src/base/doubtLimits.ts";
import { makePrng } from "../../src/base/prng.ts";
import { IntervalSet } from "../../src/chat/intervals.ts";

function pairsOf(set: IntervalSet): number[] {
  return [...set.pairs(512)].flat();
}

test("numbers in a row are one interval, whatever order they come in", () => {
  const set = new IntervalSet();
  for (const value of [3, 1, 5, 2, 4]) assert.ok(set.add(value));
  assert.deepEqual(pairsOf(set), [1, 5]);
  assert.equal(set.size, 5);
});

test("what was not added is not there, below, between and above", () => {
  const set = new IntervalSet();
  set.addRangeAtEnd({ first: 1, last: 4 });
  set.add(7);
  assert.deepEqual(
    [0, 4, 5, 6, 7, 8].map((value) => set.has(value)),
    [false, true, false, false, true, false],
  );
  assert.equal(set.add(4), false);
  assert.equal(set.size, 5);
});

test("a range is taken only at the end, and apart from what is there", () => {
  const set = new IntervalSet();
  assert.ok(set.addRangeAtEnd({ first: 2, last: 3 }));
  assert.equal(set.addRangeAtEnd({ first: 4, last: 5 }), false);
  assert.equal(set.addRangeAtEnd({ first: 1, last: 1 }), false);
  assert.equal(set.addRangeAtEnd({ first: 9, last: 8 }), false);
  assert.ok(set.addRangeAtEnd({ first: 5, last: 5 }));
  assert.deepEqual(pairsOf(set), [2, 3, 5, 5]);
});

test("agrees with a plain set on random numbers, and is written in bounded pieces", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const prng = makePrng(seed);
    const set = new IntervalSet();
    const plain = new Set<number>();
    for (let round = 0; round < 400; round += 1) {
      const value = prng.below(500);
      assert.equal(set.add(value), !plain.has(value));
      plain.add(value);
    }
    for (let value = -1; value <= 500; value += 1) assert.equal(set.has(value), plain.has(value));
    assert.equal(set.size, plain.size);
    const again = new IntervalSet();
    for (const pairs of set.pairs(3)) {
      assert.ok(pairs.length <= 6);
      for (let at = 0; at < pairs.length; at += 2) {
        assert.ok(
          again.addRangeAtEnd({ first: pairs[at] as number, last: pairs[at + 1] as number }),
        );
      }
    }
    assert.deepEqual(pairsOf(again), pairsOf(set));
  }
});

test("however many gaps are left on purpose, the set stays small, and forgets nothing", () => {
  for (const step of [2, -2]) {
    const set = new IntervalSet();
    const added: number[] = [];
    for (let count = 0; count < 3 * executedIntervalsMax; count += 1) {
      added.push(1_000_000 + count * step);
      set.add(added.at(-1) as number);
    }
    assert.ok(pairsOf(set).length <= 2 * executedIntervalsMax);
    assert.ok(added.every((value) => set.has(value)));
    assert.equal(
      set.has(999_999 + Math.max(0, step * added.length)),
      false,
      "the newest gaps stay",
    );
    const pairs = pairsOf(set);
    let size = 0;
    for (let at = 0; at < pairs.length; at += 2) {
      size += (pairs[at + 1] as number) - (pairs[at] as number) + 1;
    }
    assert.equal(set.size, size);
  }
});
