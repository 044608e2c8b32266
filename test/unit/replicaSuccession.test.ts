// Who may follow whom, clause by clause (REPLICATION §4), each against the case that paid for it.
// Pure: promises go in, a verdict comes out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asServerId } from "../../src/base/ids.ts";
import { countRemembering, isKnownActive, judgeSuccession } from "../../src/replica/succession.ts";
import { bringsNothingBack, whoForgot } from "../../src/replica/succession.ts";
import type { History } from "../../src/replica/types.ts";
import { historyOf, promiseOf, viewOf } from "../support/histories.ts";

const all = { ballot: 64, at: 1, members: [0, 1, 2] } as const;
const whole = historyOf(9, all);
const servers = all.members.map(asServerId);

function verdictOf(...promises: Parameters<typeof judgeSuccession>[0]): string {
  return judgeSuccession(promises, servers).kind;
}

test("all members of the newest view together follow at once, restarted or not", () => {
  const promises = [0, 1, 2].map((id) => promiseOf(id, { history: whole }));
  assert.equal(verdictOf(...promises), "verified");
});

test("two of three that have been up follow by majority", () => {
  const up = { history: whole, since: 64, active: 64 };
  assert.equal(verdictOf(promiseOf(1, up), promiseOf(2, up)), "verified");
});

test("two of three that have restarted do not follow: the third may hold more", () => {
  const restarted = { history: whole };
  assert.equal(verdictOf(promiseOf(1, restarted), promiseOf(2, restarted)), "unverified");
});

test("a restarted member does not count in the half", () => {
  const pair = historyOf(9, { ballot: 64, at: 1, members: [0, 1] });
  assert.equal(verdictOf(promiseOf(0, { history: pair })), "unverified");
  assert.equal(verdictOf(promiseOf(0, { history: pair, since: 64, active: 64 })), "verified");
});

test("exactly half follows only with the lowest id among it", () => {
  const pair = historyOf(9, { ballot: 64, at: 1, members: [1, 2] });
  const up = { history: pair, since: 64, active: 64 };
  assert.equal(verdictOf(promiseOf(1, up)), "verified");
  assert.equal(verdictOf(promiseOf(2, up)), "unverified");
});

test("who is proven dead by somebody up since does not speak any more", () => {
  const dead = [
    [0, 1],
    [1, 1],
  ] as const;
  const survivor = promiseOf(2, { history: whole, since: 64, active: 64, dead });
  assert.equal(verdictOf(survivor), "verified");
});

test("a proof of an earlier incarnation than the view's proves nothing", () => {
  const later = historyOf(9, { ballot: 64, at: 1, members: [0, 1], incarnations: [2, 1] });
  const proof = { history: later, since: 64, active: 64, dead: [[0, 1]] as const };
  assert.equal(verdictOf(promiseOf(1, proof)), "unverified");
});

test("a proof held by a server that has restarted since is void", () => {
  const pair = historyOf(9, { ballot: 64, at: 1, members: [0, 1] });
  const restarted = promiseOf(1, { history: pair, since: 0, dead: [[0, 1]] });
  assert.equal(verdictOf(restarted), "unverified");
});

test("a member that is proven dead and promised is not counted on either side", () => {
  const four = historyOf(9, { ballot: 64, at: 1, members: [0, 1, 2, 3] });
  const up = { history: four, since: 64, active: 64 };
  const witness = promiseOf(2, { ...up, dead: [[3, 1]] });
  assert.equal(verdictOf(witness, promiseOf(3, up)), "unverified");
});

test("a view installed at one member alone is judged together with the active one before it", () => {
  const lone = { ballot: 128, at: 10, members: [0], parent: 64, parentActive: false };
  const half = historyOf(10, all, lone);
  const installer = promiseOf(0, { history: half, since: 64, active: 64 });
  // {0} satisfies the rule against its own view; against {0 1 2} one of three does not.
  assert.equal(verdictOf(installer), "verified", "all of its members hold the newest view");
  const shared = { ballot: 128, at: 10, members: [0, 1], parent: 64, parentActive: false };
  const alone = promiseOf(0, { history: historyOf(10, all, shared), since: 64, active: 64 });
  assert.equal(verdictOf(alone), "unverified");
});

test("a view is known active by record, by a later view, by an op in it, or when all hold it", () => {
  const view = viewOf(all);
  const only = historyOf(1, all);
  assert.equal(isKnownActive(view, [promiseOf(0, { history: only })]), false);
  assert.equal(isKnownActive(view, [promiseOf(0, { history: only, active: 64 })]), true);
  assert.equal(isKnownActive(view, [promiseOf(0, { history: historyOf(2, all) })]), true);
  const next = { ballot: 128, at: 2, members: [0], parent: 64 };
  const told = historyOf(2, all, { ...next, parentActive: true });
  const untold = historyOf(2, all, { ...next, parentActive: false });
  assert.equal(isKnownActive(view, [promiseOf(0, { history: told })]), true);
  assert.equal(isKnownActive(view, [promiseOf(0, { history: untold })]), false);
  const everybody = [0, 1, 2].map((id) => promiseOf(id, { history: only }));
  assert.equal(isKnownActive(view, everybody), true);
});

test("who is not in the newest view has no say in its succession", () => {
  const shrunk = historyOf(12, all, { ballot: 128, at: 10, members: [1, 2], parent: 64 });
  const promises = [
    promiseOf(0, { history: whole }),
    promiseOf(1, { history: shrunk, since: 64, active: 128 }),
  ];
  const verdict = judgeSuccession(promises, servers);
  assert.deepEqual(verdict, { kind: "outside", outsiders: [0] });
});

test("the only one left of a view of one follows itself after a restart", () => {
  const one = historyOf(12, all, { ballot: 130, at: 10, members: [2], parent: 64 });
  assert.equal(verdictOf(promiseOf(2, { history: one })), "verified");
});

const lone = { ballot: 128, at: 10, members: [1, 2], parent: 64, parentActive: false } as const;

/** The newest view, of 1 and 2, is held by 1 alone; the others hold the one before it. */
function restartedPromises(ids: readonly number[]): Parameters<typeof judgeSuccession>[0] {
  const half = historyOf(10, all, lone);
  return ids.map((id) => promiseOf(id, { history: id === 1 ? half : whole }));
}

test("everybody of the newest view and of those before it together follow at once", () => {
  assert.equal(verdictOf(...restartedPromises([0, 1, 2])), "verified");
});

test("a server of an earlier view takes part only where nobody of any view is missing", () => {
  assert.equal(verdictOf(...restartedPromises([0, 1])), "outside");
  const [one, two] = restartedPromises([1, 2]);
  assert.ok(one !== undefined && two !== undefined);
  assert.equal(verdictOf(one, two), "unverified", "server 0 may hold more");
});

test("a server that a view known active left out takes no part, whoever else is here", () => {
  const both = historyOf(10, all, lone);
  const promises = [0, 1, 2].map((id) => promiseOf(id, { history: id === 0 ? whole : both }));
  assert.equal(verdictOf(...promises), "outside");
});

test("who were all only on their way into the newest view go on unverified, none as verified", () => {
  const alone = historyOf(12, all, { ballot: 128, at: 10, members: [0], parent: 64 });
  const fed = promiseOf(2, { history: alone });
  assert.equal(verdictOf(fed), "unverified");
  assert.equal(verdictOf(promiseOf(1, { history: whole }), fed), "unverified");
});

/** The view names life 1 of server 2; its folder was made in life 5. */
const wiped = { history: whole, incarnation: 6, born: 5 } as const;

test("a wiped server does not vouch for a view of the folder before, whatever it holds since", () => {
  const restarted = [promiseOf(0, { history: whole }), promiseOf(1, { history: whole })];
  assert.equal(verdictOf(...restarted, promiseOf(2, wiped)), "unverified");
  assert.equal(verdictOf(...restarted, promiseOf(2, { ...wiped, born: 1 })), "verified");
});

test("a folder made while the clock was set back does not vouch for a later number either", () => {
  const later = historyOf(9, { ...all, incarnations: [1, 1, 9] });
  const promises = [0, 1].map((id) => promiseOf(id, { history: later }));
  const early = promiseOf(2, { ...wiped, history: later });
  assert.equal(verdictOf(...promises, early), "unverified");
});

test("a wiped server that was taken in since vouches for the view that names its new life", () => {
  const taken = historyOf(12, all, { ballot: 128, at: 10, members: [0, 2], incarnations: [1, 5] });
  const promises = [promiseOf(0, { history: taken }), promiseOf(2, { ...wiped, history: taken })];
  assert.equal(verdictOf(...promises), "verified");
});

test("a member that kept its folder vouches for a view whose record it never had on its disk", () => {
  const half = historyOf(10, all, lone);
  const promises = [0, 1, 2].map((id) => {
    const history = id === 1 ? half : whole;
    return promiseOf(id, { history, incarnation: 7 });
  });
  assert.equal(verdictOf(...promises), "verified");
});

test("those that remember go on by majority without the one that was wiped", () => {
  const up = { history: whole, since: 64, active: 64 };
  assert.equal(verdictOf(promiseOf(0, up), promiseOf(1, up), promiseOf(2, wiped)), "verified");
});

test("a wiped server that was given a view's record since does not make that view active", () => {
  const only = historyOf(1, all);
  const promises = [0, 1].map((id) => promiseOf(id, { history: only }));
  const fed = promiseOf(2, { ...wiped, history: only });
  assert.equal(isKnownActive(viewOf(all), [...promises, fed]), false);
});

test("everybody of all views together goes on unverified where one of them was wiped", () => {
  const [zero, one] = restartedPromises([0, 1]);
  assert.ok(zero !== undefined && one !== undefined);
  assert.equal(verdictOf(zero, one, promiseOf(2, wiped)), "unverified");
  assert.deepEqual(whoForgot([zero, one, promiseOf(2, wiped)], servers), [2]);
});

test("of a majority a wiped server is none before it has been taken in, nor a new one", () => {
  const pair = historyOf(9, { ballot: 64, at: 1, members: [0, 2] });
  const zero = promiseOf(0, { history: pair });
  assert.equal(countRemembering([zero, promiseOf(2, { history: pair })], servers), 2);
  assert.equal(countRemembering([zero, promiseOf(2, { ...wiped, history: pair })], servers), 1);
  assert.equal(countRemembering([zero, promiseOf(1, { history: pair })], servers), 1);
  const taken = historyOf(12, all, { ballot: 128, at: 10, members: [0, 2], incarnations: [1, 5] });
  const since = [promiseOf(0, { history: taken }), promiseOf(2, { ...wiped, history: pair })];
  assert.equal(countRemembering(since, servers), 2);
});

test("a member that holds a view no longer that was active counts as missing", () => {
  const both = { ballot: 128, at: 10, members: [0, 2], parent: 64 } as const;
  const elsewhere = { ballot: 193, at: 10, members: [1, 2], parent: 64, verified: false } as const;
  const kept = promiseOf(0, { history: historyOf(12, all, both) });
  const rotted = promiseOf(2, { history: historyOf(9, all) });
  assert.equal(verdictOf(kept, rotted), "unverified", "it may have gone on alone since");
  const fedSince = promiseOf(2, { history: historyOf(20, all, elsewhere) });
  assert.equal(verdictOf(kept, fedSince), "unverified", "nor does another branch bring it back");
  const held = promiseOf(2, { history: historyOf(11, all, both) });
  assert.equal(verdictOf(kept, held), "verified");
});

test("only whoever an unverified view had left out, and has lost its folder, brings nothing back", () => {
  const alone = { ballot: 128, at: 10, members: [0], parent: 64, verified: false } as const;
  const together = { ballot: 192, at: 20, members: [0, 1], parent: 128 } as const;
  const left = historyOf(12, all, alone);
  const self = promiseOf(0, { history: left });
  const comesBack = (history: History, id: number, born: number): boolean => {
    return bringsNothingBack(history, [
      self,
      promiseOf(id, { history: whole, born, incarnation: 5 }),
    ]);
  };
  assert.equal(comesBack(left, 1, 5), true, "its folder is gone");
  assert.equal(comesBack(left, 1, 1), false, "it has the folder that it had");
  assert.equal(comesBack(left, 3, 5), false, "it had not been there before");
  assert.equal(comesBack(historyOf(22, all, alone, together), 1, 5), false, "it is back already");
  assert.equal(comesBack(historyOf(12, all, { ...alone, verified: true }), 1, 5), false);
});
