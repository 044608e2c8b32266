// Draws a plan from a seed. Each seed enables a random few kinds of faults with random weights, so
// that over many seeds every combination has its turn and none drowns the others. Faults come in
// their own time, or right behind something that a server logs (a view change above all).

import { present } from "../../src/base/assert.ts";
import { makePrng, type Prng } from "../../src/base/prng.ts";
import { drawAimed } from "./drawAimed.ts";
import { drawAway, drawBrief } from "./drawBrief.ts";
import { drawFounding } from "./drawFounding.ts";
import { drawBlocks } from "./drawBlocks.ts";
import { drawKeep } from "./drawKeep.ts";
import { drawLong } from "./drawLong.ts";
import { drawTakenIn } from "./drawTakenIn.ts";
import { drawGarbage, shuffled } from "./drawTrouble.ts";
import { endOfFaults } from "./faultTimes.ts";
import { drawFinale } from "./finale.ts";
import type { Fault, FaultKind, Habit, PersonPlan, Plan, PlanKind, What, Who } from "./plan.ts";
import { streams } from "./streams.ts";
import { pickWeighted } from "./weights.ts";

type Draw = (plan: Frame, prng: Prng) => What;

interface Frame {
  readonly kind: PlanKind;
  readonly servers: number;
  readonly people: number;
}

const habitWeights: Readonly<Record<Habit, number>> = {
  send: 30, burst: 3, sendToNobody: 1, list: 5, mark: 4, search: 2, wrongPassword: 1, relogin: 1,
  vanish: 1, freeze: 0.5, deleteAccount: 0.2, grabName: 0.5, meddle: 0,
}; // prettier-ignore

const eventsWorthWaitingFor = [
  "proposing",
  "view-installed",
  "view-active",
  "joining",
  "recovering",
  "tail-set-aside",
  "peer-dead",
  "image-made",
  "UNVERIFIED",
  "rejoining",
] as const;

export function drawPlan(seed: number): Plan {
  const plan = drawUnaimed(seed);
  const prng = makePrng(seed + streams.aimed);
  const own = makePrng(seed + streams.aimedOwn);
  const isAimed = prng.chance(0.4);
  const story = drawTakenIn(plan) ?? drawFounding(plan);
  const aimed = story ?? (isAimed ? drawAimed(plan, { prng, own }) : plan);
  const whole = { ...(drawLong(aimed) ?? aimed), finale: drawFinale(aimed, prng) };
  return drawBlocks(drawKeep(whole));
}

function drawUnaimed(seed: number): Plan {
  const prng = makePrng(seed);
  const kind = prng.pick(["crashes", "mixed", "mixed", "mixed", "mixed", "beyond"] as const);
  const servers = prng.pick([1, 2, 3, 3, 3, 3, 4, 4, 5]);
  const mode = drawMode(prng);
  const people = drawAway(seed, drawPeople(prng));
  const frame = { kind, servers, people: people.length };
  const faults = kind === "crashes" ? drawRounds(frame, prng) : drawFaults(frame, prng);
  return {
    seed,
    kind,
    servers,
    mode,
    minCopies: prng.chance(0.15) ? 1 + prng.below(servers) : 1,
    snapshotEvery: prng.pick([0, 0, 0, 0, 3, 20, 60]),
    keep: 0,
    blockBytes: 1,
    late: null,
    latency: prng.pick([
      { minMs: 0.1, maxMs: 1 },
      { minMs: 0.05, maxMs: 0.2 },
      { minMs: 5, maxMs: 40 },
    ]),
    limits: { ...drawLimits(prng), ...drawBrief(seed) },
    people,
    faults,
    faultsEndMs: endOfFaults(faults, 2_000),
    finale: null,
  };
}

function drawMode(prng: Prng): Plan["mode"] {
  return prng.pick(["plain", "plain", "plain", "majority", "majority", "strict"] as const);
}

function drawPeople(prng: Prng): PersonPlan[] {
  const count = prng.pick([1, 2, 2, 3, 4]);
  return Array.from({ length: count }, (_, index): PersonPlan => {
    const habits = { ...habitWeights };
    for (const habit of Object.keys(habits) as Habit[]) {
      if (habit !== "send" && habit !== "meddle" && prng.chance(0.5)) habits[habit] = 0;
    }
    return {
      name: `p${index}`,
      terminals: prng.pick([1, 1, 2]),
      startsMs: prng.chance(0.2) ? prng.below(20_000) : 0,
      thinkMs: prng.pick([150, 1_000, 1_000, 3_000, 8_000]),
      awayMs: 3_000,
      habits,
    };
  });
}

function drawLimits(prng: Prng): Record<string, number> {
  const limits: Record<string, number> = { zerosAheadBytes: prng.pick([0, 512, 4_096]) };
  const choices: readonly (readonly [string, readonly number[]])[] = [
    ["segmentBytesMax", [2_000, 20_000]],
    ["compactionJournalBytesMin", [3_000, 30_000]],
    ["memoryTailBytes", [1_500, 10_000]],
    ["catchUpChunkBytes", [600, 5_000]],
    ["imageChunkBytes", [500, 4_000]],
    ["imageChunksInFlight", [2]],
    ["applySliceRecords", [2, 16]],
    ["batchRecordsMax", [3, 50]],
    ["joinLagOpsMax", [2]],
    ["pushWindowBytes", [1_000]],
    ["itemsPerPage", [7]],
    ["namesPerPage", [2]],
    ["mailboxChunkLetters", [4]],
    ["namesPerBlock", [3]],
    ["letterSlabBytes", [140_000]],
    ["snapshotChunkBytes", [2_000]],
  ];
  for (const [name, values] of choices) if (prng.chance(0.4)) limits[name] = prng.pick(values);
  return limits;
}

// ---- faults in their own time

function drawFaults(frame: Frame, prng: Prng): Fault[] {
  const weights = new Map<FaultKind, number>();
  for (const kind of draws.keys()) {
    if (prng.chance(0.35)) weights.set(kind, 0.2 + prng.unit());
  }
  if (prng.chance(0.6)) weights.set("crash", 1 + prng.unit());
  if (weights.size === 0) weights.set("crashes", 1);
  const meanGapMs = prng.pick([400, 1_500, 1_500, 4_000, 9_000]);
  const lastsScale = prng.pick([0.2, 1, 1, 3]);
  const waits = prng.chance(0.6) ? prng.pick([0.2, 0.7]) : 0;
  const endMs = prng.pick([8_000, 20_000, 40_000, 70_000]);
  const faults: Fault[] = [];
  let atMs = 500 + prng.below(2_500);
  while (atMs < endMs) {
    const draw = present(draws.get(pickWeighted(weights, prng)), "a way to draw it");
    const when = prng.chance(waits) ? drawWhen(prng) : null;
    faults.push({ atMs, when, lastsMs: drawLastsMs(prng) * lastsScale, what: draw(frame, prng) });
    atMs += prng.chance(0.15) ? prng.below(60) : Math.ceil(-Math.log(1 - prng.unit()) * meanGapMs);
  }
  return faults;
}

function drawWhen(prng: Prng): Fault["when"] {
  const delayMs = prng.pick([0, 0, 0.3, 1, 3, 10, 50, 300]) * (0.5 + prng.unit());
  return { event: prng.pick(eventsWorthWaitingFor), delayMs };
}

function drawLastsMs(prng: Prng): number {
  const base = prng.pick([5, 60, 400, 1_000, 2_000, 4_000, 12_000]);
  return Math.ceil(base * (0.5 + prng.unit()));
}

const who = (frame: Frame, prng: Prng): Who => {
  const part = prng.below(6);
  if (part === 0) return "primary";
  if (part === 1) return "secondary";
  if (part === 2) return "teller";
  return prng.below(frame.servers);
};

/** A server, or a person's machine behind them. */
const place = (frame: Frame, prng: Prng): number =>
  prng.chance(0.7) ? prng.below(frame.servers) : prng.below(frame.servers + frame.people);

const how = (prng: Prng): "killed" | "powerCut" => (prng.chance(0.6) ? "killed" : "powerCut");

/** A firewall's refusals forge proofs of death: that is beyond the promise. */
const cutKind = (frame: Frame, prng: Prng): "silence" | "reset" =>
  frame.kind === "beyond" && prng.chance(0.4) ? "reset" : "silence";

const draws = new Map<FaultKind, Draw>([
  ["crash", (frame, prng) => ({
    kind: "crash", who: who(frame, prng), how: how(prng),
    effect: prng.chance(0.6) ? 1 + prng.below(prng.pick([3, 12, 60])) : 0,
  })],
  ["crashes", (frame, prng) => {
    const count = Math.max(1, Math.min(frame.servers - 1, 1 + prng.below(3)));
    const victims = Array.from({ length: count + 1 }, () => who(frame, prng)).slice(0, count);
    return { kind: "crashes", who: victims, gapMs: prng.pick([0, 1, 2, 5, 20, 50]) };
  }],
  ["blackout", (frame, prng) => ({
    kind: "blackout", how: how(prng),
    backMs: Array.from({ length: frame.servers }, () => {
      return prng.pick([10, 300, 2_000, 13_000]) + prng.below(500);
    }),
  })],
  ["stop", (frame, prng) => ({ kind: "stop", who: who(frame, prng) })],
  ["pause", (frame, prng) => ({ kind: "pause", who: who(frame, prng) })],
  ["suspend", (frame, prng) => ({ kind: "suspend", who: who(frame, prng) })],
  ["wipe", (frame, prng) => ({ kind: "wipe", who: who(frame, prng) })],
  ["rot", (frame, prng) => ({
    kind: "rot", who: who(frame, prng), flips: prng.pick([1, 1, 5]), salt: prng.next32(),
  })],
  ["cut", (frame, prng) => ({
    kind: "cut", from: place(frame, prng), to: place(frame, prng), oneWay: prng.chance(0.4),
    how: cutKind(frame, prng),
  })],
  ["split", (frame, prng) => {
    const places = Array.from({ length: frame.servers + frame.people }, (_, index) => index);
    const alone = prng.chance(0.5) ? prng.below(frame.servers) : null;
    const left = places.filter((at) => {
      if (alone !== null && at < frame.servers) return at === alone;
      return prng.chance(0.5);
    });
    return { kind: "split", left, how: cutKind(frame, prng) };
  }],
  ["reset", (frame, prng) => ({ kind: "reset", from: place(frame, prng), to: place(frame, prng) })],
  ["slowLink", (frame, prng) => ({
    kind: "slowLink", from: place(frame, prng), to: place(frame, prng),
    ms: prng.pick([3, 30, 150, 500, 1_200]),
  })],
  ["clog", (frame, prng) => ({ kind: "clog", from: place(frame, prng), to: place(frame, prng) })],
  ["slowDisk", (frame, prng) => ({
    kind: "slowDisk", who: who(frame, prng), ms: prng.pick([5, 60, 400, 1_500]),
  })],
  ["hangDisk", (frame, prng) => ({
    kind: "hangDisk", who: who(frame, prng), action: prng.pick(["sync", "sync", "write"] as const),
  })],
  ["failDisk", (frame, prng) => ({
    kind: "failDisk", who: who(frame, prng),
    action: prng.pick(["sync", "write", "create"] as const),
  })],
  ["fullDisk", (frame, prng) => ({
    kind: "fullDisk", who: who(frame, prng), roomBytes: prng.pick([0, 300, 5_000]),
  })],
  ["garbage", (frame, prng) => drawGarbage({ servers: frame.servers, prng })],
  ["jump", (frame, prng) => ({
    kind: "jump", who: who(frame, prng),
    deltaMs: prng.pick([-3_600_000, -50, 70, 3_600_000, -86_400_000]),
  })],
]); // prettier-ignore

// ---- crashes within the promise

/** Rounds: some die (one stays, that was a member), all come back and are one again. */
function drawRounds(frame: Frame, prng: Prng): Fault[] {
  const faults: Fault[] = [];
  let atMs = 1_500;
  const rounds = 1 + prng.below(5);
  for (let round = 0; round < rounds; round += 1) {
    const ids = shuffled(frame.servers, prng);
    const count = Math.max(1, Math.min(frame.servers - 1, 1 + prng.below(2)));
    const lastsMs = prng.chance(0.25) ? 13_000 : 50 + prng.below(6_000);
    const gapMs = prng.pick([0, 1, 2, 5, 20, 50, 400, 2_500]);
    faults.push({
      atMs,
      when: null,
      lastsMs,
      what: { kind: "crashes", who: ids.slice(0, count), gapMs },
    });
    if (prng.chance(0.5)) {
      const what = drawGarbage({ servers: frame.servers, prng });
      faults.push({ atMs: atMs + prng.below(lastsMs), when: null, lastsMs, what });
    }
    atMs += gapMs + lastsMs + 14_000;
  }
  return faults;
}
