// The proof of demo and chaos must be able to fail: each promise is broken once here, and is
// noticed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isProven, proofLine } from "../../src/demo/proof.ts";
import { lengthOf, overlaps, Tally, textOf } from "../../src/demo/tally.ts";

const messageOf = (number: number) => ({ from: "alice", to: "bob", number });

/** So many messages handed over and confirmed, none of them shown yet. */
function confirmedTally(count: number): Tally {
  const tally = new Tally();
  for (let number = 1; number <= count; number += 1) {
    tally.handOver(messageOf(number), number);
    tally.confirm(messageOf(number), number * 10);
  }
  return tally;
}

const show = (tally: Tally, number: number): void => {
  tally.show("bob", "alice", textOf(messageOf(number)));
};

test("what is confirmed and shown once in order is no complaint", () => {
  const tally = confirmedTally(3);
  for (const number of [1, 2, 3]) show(tally, number);
  assert.deepEqual(tally.complaints(), []);
  assert.deepEqual(tally.counts(), { sent: 3, shown: 3, twice: 0, outOfOrder: 0 });
  assert.equal(tally.isQuiet(), true);
  assert.deepEqual(tally.confirmedTo("bob"), [1, 2, 3].map(messageOf).map(textOf));
  assert.deepEqual(tally.confirmedTo("alice"), []);
});

test("a message shown twice is noticed", () => {
  const tally = confirmedTally(1);
  show(tally, 1);
  show(tally, 1);
  assert.equal(tally.counts().twice, 1);
  assert.match(tally.complaints().join(), /"alice to bob 1" was shown 2 times/);
});

test("a message shown behind a later one is noticed", () => {
  const tally = confirmedTally(2);
  show(tally, 2);
  show(tally, 1);
  assert.equal(tally.counts().outOfOrder, 1);
  assert.match(tally.complaints().join(), /was shown after number 2/);
});

test("a confirmed message that is never shown is noticed", () => {
  const tally = confirmedTally(1);
  assert.equal(tally.isQuiet(), false);
  assert.match(tally.complaints().join(), /was confirmed, yet bob never saw it/);
});

test("a message that is never confirmed, or refused, is noticed", () => {
  const tally = new Tally();
  tally.handOver(messageOf(1), 0);
  assert.match(tally.complaints().join(), /was never confirmed/);
  tally.refuse(messageOf(1), "it was tired");
  assert.match(tally.complaints().join(), /was refused: it was tired/);
});

test("a message that nobody sent, or not to this person, is noticed", () => {
  const tally = confirmedTally(1);
  tally.show("bob", "alice", "something else");
  tally.show("carol", "alice", textOf(messageOf(1)));
  tally.show("bob", "mallory", textOf(messageOf(1)));
  assert.equal(tally.complaints().filter((text) => text.includes("was never sent so")).length, 3);
});

test("the longest wait is that of the message that waited longest, among those meant", () => {
  const tally = confirmedTally(3);
  assert.equal(lengthOf(tally.longestWait(() => true)), 27);
  assert.equal(lengthOf(tally.longestWait(({ toMs }) => toMs < 30)), 18);
  assert.equal(lengthOf(tally.longestWait(() => false)), 0);
  const early = { fromMs: 0, toMs: 5 };
  assert.equal(overlaps(early, { fromMs: 5, toMs: 9 }), true);
  assert.equal(overlaps(early, { fromMs: 6, toMs: 9 }), false);
});

test("a silence is a time in which nobody has a confirmation, to its end", () => {
  const tally = confirmedTally(3);
  // Handed over behind the third, and confirmed before it; and one long after all others.
  tally.handOver(messageOf(4), 15);
  tally.confirm(messageOf(4), 22);
  tally.handOver(messageOf(5), 15);
  tally.confirm(messageOf(5), 99);
  assert.equal(tally.longestSilenceMs({ fromMs: 11, toMs: 21 }), 9);
  assert.equal(tally.longestSilenceMs({ fromMs: 21, toMs: 29 }), 8);
  assert.equal(tally.longestSilenceMs({ fromMs: 15, toMs: 40 }), 69);
});

test("the proof is one line, and holds only if the three counts agree", () => {
  const counts = { sent: 5_120, shown: 5_120, twice: 0, outOfOrder: 0 };
  const proof = { counts, stored: 5_120, failovers: 23, longestPauseMs: 60.6, hardPauses: [] };
  const counted = "5,120 sent, 5,120 stored, 5,120 shown, 0 twice, 0 out of order";
  const line = `${counted}, 23 failovers, longest pause 61 ms`;
  assert.equal(proofLine(proof), line);
  const hardPauses = [{ kind: "with a server stopped", longestMs: 1_640 }];
  assert.equal(proofLine({ ...proof, hardPauses }), `${line} (1,640 ms with a server stopped)`);
  assert.equal(isProven(proof), true);
  assert.equal(isProven({ ...proof, stored: 5_119 }), false);
  assert.equal(isProven({ ...proof, counts: { ...counts, shown: 5_119 } }), false);
  assert.equal(isProven({ ...proof, counts: { ...counts, twice: 1 } }), false);
  assert.equal(isProven({ ...proof, counts: { ...counts, outOfOrder: 1 } }), false);
  const nothing = { sent: 0, shown: 0, twice: 0, outOfOrder: 0 };
  assert.equal(isProven({ ...proof, counts: nothing, stored: 0 }), false);
});

test("who waits for a confirmation, and since when, is known until it comes", () => {
  const tally = confirmedTally(1);
  assert.equal(tally.waitingSinceMs(), Infinity);
  tally.handOver(messageOf(2), 20);
  tally.handOver(messageOf(3), 30);
  assert.equal(tally.waitingSinceMs(), 20);
  tally.confirm(messageOf(2), 40);
  assert.equal(tally.waitingSinceMs(), 30);
  tally.confirm(messageOf(3), 40);
  assert.equal(tally.waitingSinceMs(), Infinity);
});
