// Comparing histories (REPLICATION §5): prefixes, forks, verified parts; never a clock.
// Also: how long a cluster counts as unverified.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asServerId } from "../../src/base/ids.ts";
import * as histories from "../../src/replica/histories.ts";
import { forkPoint, isVerified } from "../../src/replica/histories.ts";
import type { History } from "../../src/replica/types.ts";
import { historyOf, viewOf } from "../support/histories.ts";

const all = { ballot: 64, at: 1, members: [0, 1, 2] } as const;
const servers = all.members.map(asServerId);

function isBetter(a: History, b: History): boolean {
  return histories.isBetter(a, b, servers);
}

test("a prefix loses to its extension", () => {
  const short = historyOf(5, all);
  const long = historyOf(8, all);
  assert.equal(isBetter(long, short), true);
  assert.equal(isBetter(short, long), false);
  assert.equal(isBetter(short, short), false);
});

test("histories part where the first different view begins, or where one view ends earlier", () => {
  const left = historyOf(9, all, { ballot: 128, at: 6, members: [0], parent: 64 });
  const right = historyOf(9, all, { ballot: 129, at: 8, members: [1, 2], parent: 64 });
  assert.equal(forkPoint(left, right), 5);
  assert.equal(forkPoint(historyOf(7, all), right), 7);
  assert.equal(forkPoint(historyOf(3, { ...all, ballot: 65 }), right), 0);
});

test("whoever was wiped and founded anew shares nothing with the history before", () => {
  const founded = { ballot: 64, at: 1, members: [0, 1], incarnations: [3, 5] };
  const before = historyOf(20, founded);
  const anew = historyOf(4, { ...founded, members: [0], incarnations: [9], verified: false });
  assert.equal(forkPoint(before, anew), 0);
  assert.equal(forkPoint(before, historyOf(8, founded)), 8);
});

test("at a fork the verified branch wins over an unverified one, however long that is", () => {
  const verified = historyOf(8, all, { ballot: 128, at: 6, members: [0, 1], parent: 64 });
  const unverified = historyOf(900, all, {
    ballot: 192,
    at: 6,
    members: [2],
    parent: 64,
    verified: false,
  });
  assert.equal(isBetter(verified, unverified), true);
  assert.equal(isBetter(unverified, verified), false);
});

test("of two verified branches the one whose last ballot is higher wins", () => {
  const lower = historyOf(20, all, { ballot: 128, at: 6, members: [0], parent: 64 });
  const higher = historyOf(7, all, { ballot: 129, at: 6, members: [1, 2], parent: 64 });
  assert.equal(isBetter(higher, lower), true);
});

test("of two unverified branches the higher last ballot wins, then the longer", () => {
  const one = { ballot: 128, at: 6, members: [0], parent: 64, verified: false };
  const two = { ballot: 129, at: 6, members: [1], parent: 64, verified: false };
  assert.equal(isBetter(historyOf(7, all, two), historyOf(30, all, one)), true);
  assert.equal(isBetter(historyOf(30, all, one), historyOf(7, all, two)), false);
});

test("who was left out by an unverified view, and has come back, makes good what follows it", () => {
  const alone = { ballot: 128, at: 6, members: [2], parent: 64, verified: false } as const;
  const back = { ballot: 192, at: 7, members: [0, 1, 2], parent: 128 } as const;
  const made = historyOf(8, all, alone, back);
  const later = { ballot: 257, at: 6, members: [0], parent: 64, verified: false } as const;
  assert.equal(isBetter(made, historyOf(30, all, later)), true);
  assert.equal(isBetter(historyOf(30, all, later), made), false);
  const half = historyOf(8, all, alone, { ...back, members: [1, 2] });
  assert.equal(isBetter(half, historyOf(30, all, later)), false, "server 0 is still missed");
  const forgot = { ballot: 128, at: 6, members: [0, 1, 2], parent: 64, verified: false } as const;
  const whole = historyOf(8, all, forgot, back);
  assert.equal(isBetter(whole, historyOf(30, all, later)), false, "nobody says who is missed");
});

test("founded while one was away, and whole since, loses to nobody who founds anew", () => {
  const founded = { ...all, members: [0, 1], verified: false } as const;
  const back = { ballot: 128, at: 6, members: [0, 1, 2], parent: 64 } as const;
  const anew = historyOf(30, { ballot: 6_402, at: 1, members: [2], verified: false });
  assert.equal(isBetter(anew, historyOf(5, founded)), true, "server 2 has never been with them");
  const whole = historyOf(8, founded, back);
  assert.equal(isBetter(whole, anew), true);
  assert.equal(isBetter(anew, whole), false);
  const alone = { ballot: 192, at: 9, members: [1], parent: 128, verified: false } as const;
  assert.equal(isBetter(anew, historyOf(12, founded, back, alone)), false);
});

test("who comes back with another folder makes nothing good, whatever follows", () => {
  const alone = { ballot: 130, at: 6, members: [2], parent: 64, verified: false } as const;
  const two = { ballot: 194, at: 7, members: [1, 2], parent: 130 } as const;
  const wiped = { ballot: 258, at: 8, members: [0, 1, 2], parent: 194, verified: false } as const;
  const next = { ballot: 322, at: 9, members: [0, 1, 2], parent: 258 } as const;
  const confirmed = { ballot: 128, at: 6, members: [0], parent: 64 } as const;
  const branch = historyOf(20, all, confirmed);
  assert.equal(isBetter(branch, historyOf(30, all, alone, two, wiped, next)), true);
});

test("what a member holds beyond the fork in the old view counts as verified", () => {
  const tail = historyOf(9, all);
  const branch = historyOf(30, all, {
    ballot: 128,
    at: 8,
    members: [2],
    parent: 64,
    verified: false,
  });
  assert.equal(isBetter(tail, branch), true);
});

test("unverified lasts until everybody who was left out has come back", () => {
  const views = [viewOf(all), viewOf({ ballot: 128, at: 6, members: [2], verified: false })];
  assert.equal(isVerified(views.slice(0, 1), servers), true);
  assert.equal(isVerified(views, servers), false);
  views.push(viewOf({ ballot: 192, at: 7, members: [1, 2] }));
  assert.equal(isVerified(views, servers), false);
  views.push(viewOf({ ballot: 256, at: 8, members: [0, 1, 2] }));
  assert.equal(isVerified(views, servers), true);
});

test("where everybody was there, and somebody had forgotten, unverified lasts until all are", () => {
  const pair = { ballot: 128, at: 6, members: [1, 2] };
  const views = [viewOf(all), viewOf(pair), viewOf({ ...pair, ballot: 192, verified: false })];
  assert.equal(isVerified(views, servers), false);
  views.push(viewOf(all));
  assert.equal(isVerified(views, servers), true);
});
