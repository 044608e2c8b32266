// The memory of slabs: side by side in pieces, nobody's twice, and gone when nobody has any of it.
// What lies in it is for the tests of letters and of sweeping.

import { deepEqual, equal, notEqual } from "node:assert/strict";
import { test } from "node:test";
import { letterSlabBytes, slabsPerPiece } from "../../src/base/limits.ts";
import { SlabMemory } from "../../src/chat/slabMemory.ts";

const piece = Array.from({ length: slabsPerPiece }, (_, at) => 1 + at);

test("the slabs of a piece lie side by side, in whatever order they are taken", () => {
  const memory = new SlabMemory();
  const taken = new Map([...piece].reverse().map((slab) => [slab, memory.take(slab)]));
  const places = piece.map((slab) => taken.get(slab)?.byteOffset);
  deepEqual(
    places,
    piece.map((_, at) => at * letterSlabBytes),
  );
  equal(new Set([...taken.values()].map(({ buffer }) => buffer)).size, 1);
  deepEqual(new Set([...taken.values()].map(({ length }) => length)), new Set([letterSlabBytes]));
});

test("the first slab lies alone, and so does each piece", () => {
  const memory = new SlabMemory();
  const slabs = [0, 1, 1 + slabsPerPiece].map((slab) => memory.take(slab));
  equal(new Set(slabs.map(({ buffer }) => buffer)).size, 3);
  equal(slabs[0]?.buffer.byteLength, letterSlabBytes, "little takes little");
});

test("a piece is kept while one of its slabs is taken, and made anew when none was", () => {
  const memory = new SlabMemory();
  const [{ buffer: before }] = [memory.take(1), memory.take(2)];
  memory.giveBack(1);
  equal(memory.take(1).buffer, before);
  memory.giveBack(1);
  memory.giveBack(2);
  notEqual(memory.take(2).buffer, before);
  memory.giveBack(0);
  equal(memory.take(0).buffer.byteLength, letterSlabBytes);
});
