// The judge of speech must hear each broken rule: every rule is broken once here, and kept once.
// Whether servers keep them is for the simulator and the scenarios to show.

import { doesNotThrow, throws } from "node:assert/strict";
import { test } from "node:test";
import { asIncarnation, asOp, asServerId, makeBallot, noBallot } from "../../src/base/ids.ts";
import type { Ballot, ServerId } from "../../src/base/ids.ts";
import type { Inspection } from "../../src/server/inspection.ts";
import { encodeMessage } from "../../src/wire/codec.ts";
import type { Message, MessageOf } from "../../src/wire/messages.ts";
import { makeSpeechChecker } from "../support/speechChecker.ts";
import { hostOf, simHosts } from "../support/simHosts.ts";

const ids = [0, 1, 2].map(asServerId) as [ServerId, ServerId, ServerId];
const low = makeBallot({ round: 1, proposer: ids[0] });
const high = makeBallot({ round: 2, proposer: ids[1] });

/** Of everything else the judge asks nothing. */
function server(id: number, told: object = {}): Inspection {
  return {
    id: asServerId(id),
    incarnation: asIncarnation(1),
    status: "normal",
    views: [{ ballot: low }],
    promised: high,
    durable: asOp(7),
    leaseFrom: () => 1,
    leaseUntilMs: () => 0,
    ...told,
  } as unknown as Inspection;
}

function propose(members: readonly ServerId[]): Message {
  return { type: "propose", ballot: high, cluster: "", members, proofs: [] };
}

function promise(ballot: Ballot, lastOp = 7): Message {
  const rest = { proofs: [], views: 0, lastChain: 0 as MessageOf<"promise">["lastChain"] };
  const story = { normal: true, since: noBallot, active: noBallot, lastOp: asOp(lastOp), ...rest };
  const lives = { incarnation: asIncarnation(1), born: asIncarnation(1) };
  return { type: "promise", ballot, ...lives, ...story };
}

function grant(): Message {
  return {
    type: "heartbeat",
    sentAtMs: 0,
    incarnation: asIncarnation(1),
    receiver: asIncarnation(1),
    normal: true,
    ballot: low,
    active: true,
    primary: 1,
    promised: high,
    lastOp: asOp(7),
    committed: asOp(7),
    leases: [],
    hears: [],
    answers: 0,
    granted: true,
    wants: false,
    room: "enough",
  };
}

function listen(running: readonly Inspection[] = []): {
  says(who: Inspection, message: Message, to: number): void;
  forget(who: Inspection): void;
} {
  const clock = { nowMs: () => 1_000 };
  const checker = makeSpeechChecker(simHosts(3), { clock, running: () => running });
  return {
    says: (who, message, to) => checker.judge(who, encodeMessage(message), hostOf(to)),
    forget: ({ id }) => checker.forget(id),
  };
}

test("a promise is on disk before it is told, with all of the log that it tells of", () => {
  const { says } = listen();
  doesNotThrow(() => says(server(0), promise(high), 1));
  throws(() => says(server(0, { promised: low }), promise(high), 1), /before it is on disk/);
  throws(() => says(server(0), promise(high, 8), 1), /durable only to 7/);
});

test("what is called prepared is durable", () => {
  const { says } = listen();
  const prepared = { type: "prepared", ballot: low, op: asOp(8) } as const;
  throws(() => says(server(0), prepared, 1), /durable only to 7/);
});

test("only a member of the view acknowledges its records, and not while it is recovering", () => {
  const { says } = listen();
  const prepared = { type: "prepared", ballot: low, op: asOp(7) } as const;
  doesNotThrow(() => says(server(0), prepared, 1));
  throws(() => says(server(0, { status: "recovering" }), prepared, 1), /and is recovering/);
  const elsewhere = server(0, { views: [{ ballot: high }] });
  throws(() => says(elsewhere, prepared, 1), /acknowledges op 7 of view/);
});

test("nobody is left out by who gave him a lease that still runs", () => {
  const holder = server(2, { leaseUntilMs: () => 1_100 });
  const { says } = listen([holder]);
  doesNotThrow(() => says(server(1), propose(ids), 0));
  throws(() => says(server(1), propose([ids[0], ids[1]]), 0), /holds its lease for 100 ms/);
  const later = listen([server(2, { leaseUntilMs: () => 999 })]);
  doesNotThrow(() => later.says(server(1), propose([ids[0], ids[1]]), 0));
});

test("whoever has promised a view without somebody grants him no lease until another one", () => {
  const { says } = listen();
  says(server(1), propose([ids[0], ids[1]]), 0);
  says(server(0), promise(high), 1);
  doesNotThrow(() => says(server(0), grant(), 1));
  throws(() => says(server(0), grant(), 2), /grants server 2 a lease/);
  const installed = server(0, { views: [{ ballot: low }, { ballot: high }] });
  doesNotThrow(() => says(installed, grant(), 2));
});

test("what a folder that is gone had promised binds nobody, though a life has the same number", () => {
  const { says, forget } = listen();
  says(server(1), propose([ids[0], ids[1]]), 0);
  says(server(0), promise(high), 1);
  forget(server(0));
  doesNotThrow(() => says(server(0), grant(), 2));
});
