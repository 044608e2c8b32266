// Stories of trouble in the very middle of view changes: what is done to whom comes right behind a
// message or an event of one, and lasts about as long as leases, grants and silence do.

import type { Prng } from "../../src/base/prng.ts";
import type { Fault, What, Who } from "./plan.ts";

export interface Scene {
  readonly servers: number;
  /** Servers and people's machines. */
  readonly places: number;
  readonly prng: Prng;
  /** A stream beside that one, for what a story came to draw later: it changes no other. */
  readonly own: Prng;
}

export function drawGarbage({ servers, prng }: Pick<Scene, "servers" | "prng">): What {
  const port = prng.pick(["client", "peer"] as const);
  return { kind: "garbage", who: prng.below(servers), port, salt: prng.next32() };
}

const cues = [
  "proposing",
  "says propose",
  "says propose",
  "says promise",
  "says promise",
  "says promise",
  "says keep",
  "says caughtUp",
  "says decline",
  "says activate",
  "says join",
  "view-installed",
  "view-installed",
  "view-active",
  "peer-dead",
  "recovering",
  "joining",
] as const;

/** Around the bounds that leases, grants and silence have. */
const spellsMs = [60, 300, 700, 900, 1_300, 1_600, 2_200, 3_500, 6_000, 12_000] as const;
export const delaysMs = [0, 0, 0, 0, 0.3, 1, 3, 20, 150, 600, 900, 1_500] as const;

export function trouble(scene: Scene): Fault[] {
  const { prng } = scene;
  const faults: Fault[] = [];
  let atMs = 1_500 + prng.below(1_500);
  for (let acts = 1 + prng.below(5); acts > 0; acts -= 1) {
    faults.push({ atMs, when: null, lastsMs: spellMs(prng), what: drawTrouble(scene, "anybody") });
    for (let others = 1 + prng.below(4); others > 0; others -= 1) {
      atMs += prng.pick([1, 20, 400, 1_400]) * prng.unit();
      const when = { event: prng.pick(cues), delayMs: prng.pick(delaysMs) * (0.5 + prng.unit()) };
      faults.push({ atMs, when, lastsMs: spellMs(prng), what: drawTrouble(scene, "teller") });
    }
    atMs += prng.pick([1_500, 4_000, 9_000, 16_000]);
  }
  return faults;
}

export function spellMs(prng: Prng): number {
  return Math.ceil(prng.pick(spellsMs) * (0.85 + 0.3 * prng.unit()));
}

export function drawTrouble({ servers, prng }: Scene, whom: "anybody" | "teller"): What {
  const who = (): Who => {
    if (whom === "teller" && prng.chance(0.6)) return "teller";
    return prng.chance(0.3) ? prng.pick(["primary", "secondary"]) : prng.below(servers);
  };
  const way = { from: prng.below(servers), to: prng.below(servers) };
  switch (prng.below(11)) {
    case 0:
    case 1:
      return { kind: "crash", who: who(), how: "killed", effect: prng.pick([0, 0, 1, 2, 4]) };
    case 2:
      return { kind: "crashes", who: [who(), prng.below(servers)], gapMs: prng.pick([0, 1, 20]) };
    case 3:
    case 4:
    case 5:
      return { kind: "isolate", who: who(), how: "silence", moves: prng.chance(0.7) };
    case 6:
      return { kind: "pause", who: who() };
    case 7:
      return bridge(servers, prng);
    case 8:
      return { kind: "slowLink", ...way, ms: prng.pick([30, 300, 1_200, 2_000]) };
    case 9:
      return { kind: "cut", ...way, oneWay: prng.chance(0.5), how: "silence" };
    default:
      return { kind: "slowDisk", who: who(), ms: prng.pick([20, 200, 900]) };
  }
}

/** One or more hear both sides, which do not hear each other. */
function bridge(servers: number, prng: Prng): What {
  const ids = shuffled(servers, prng);
  const between = servers === 3 ? 1 : 1 + prng.below(2);
  const cutAt = between + 1 + prng.below(servers - between - 1);
  return {
    kind: "bridge",
    left: ids.slice(between, cutAt),
    right: ids.slice(cutAt),
    how: "silence",
  };
}

/**
 * One server at a time hears nobody; the cut moves on in the middle of what the others do about it,
 * so that each knows of other views than the next.
 */
export function wandering({ servers, prng }: Scene): Fault[] {
  const faults: Fault[] = [];
  let atMs = 1_500 + prng.below(2_000);
  for (let moves = 2 + prng.below(6); moves > 0; moves -= 1) {
    const event = prng.pick(movingCues);
    const isFirst = faults.length === 0;
    const when = isFirst ? null : { event, delayMs: prng.pick(delaysMs) };
    const who = !isFirst && prng.chance(0.7) ? "teller" : prng.below(servers);
    const what = { kind: "isolate", who, how: "silence", moves: true } as const;
    faults.push({ atMs, when, lastsMs: 2_200 + prng.below(4_000), what });
    atMs += prng.pick([100, 1_300, 2_000, 4_500]) * (0.8 + 0.4 * prng.unit());
  }
  return faults;
}

const movingCues = [
  "proposing",
  "says propose",
  "says promise",
  "says keep",
  "view-installed",
  "view-installed",
  "view-installed",
  "view-active",
] as const;

/**
 * Neither half of the servers is more than the other. Of each half one has a slower disk and
 * answers late: it knows what has become of those who promise and die at once (or soon come back),
 * while it is still being decided what follows. Nobody disturbs the other half, mostly that with
 * the lowest id, which may go on alone.
 */
export function halves({ servers, prng }: Scene): Fault[] {
  const faults: Fault[] = [];
  let atMs = 2_000 + prng.below(2_000);
  for (let rounds = 2 + prng.below(3); rounds > 0; rounds -= 1) {
    const ids = shuffled(servers, prng);
    const left = ids.slice(0, Math.floor(servers / 2));
    const right = ids.slice(left.length);
    const lastsMs = 4_000 + prng.below(5_000);
    const bridge = { kind: "bridge", left, right, how: "silence" } as const;
    faults.push({ atMs, when: null, lastsMs, what: bridge });
    if (prng.chance(0.25))
      faults.push(loss(prng.pick(ids), { atMs: atMs + prng.below(300), prng }));
    const late = [left, right].map((half) => Math.max(...half));
    for (const who of ids) {
      const ms = prng.pick(late.includes(who) ? [40, 60, 120, 200, 600] : [1, 1, 1, 40, 200]);
      const what = { kind: "slowDisk", who, ms } as const;
      faults.push({ atMs: atMs + prng.below(1_000), when: null, lastsMs, what });
    }
    const half = left.includes(0) === prng.chance(0.25) ? left : right;
    const of = prng.chance(0.7) ? half.filter((id) => !late.includes(id)) : half;
    for (let deaths = prng.pick([1, 1, 2, 3]); deaths > 0; deaths -= 1) {
      const event = prng.pick(halfCues);
      const when = { event, delayMs: prng.pick([0, 0.5, 2, 10, 30]), of };
      faults.push({ ...loss("teller", { atMs: atMs + 1_000 + prng.below(1_000), prng }), when });
    }
    atMs += lastsMs + prng.pick([100, 4_000, 12_000]);
  }
  return faults.sort((one, other) => one.atMs - other.atMs);
}

const halfCues = ["says promise", "says promise", "says promise", "says caughtUp", "says propose"];

function loss(who: Who, { atMs, prng }: { readonly atMs: number; readonly prng: Prng }): Fault {
  const what = { kind: "crash", who, how: "killed", effect: 0 } as const;
  return { atMs, when: null, lastsMs: prng.pick([5, 20, 60, 300, 5_000, 5_000]), what };
}

export function shuffled(count: number, prng: Prng): number[] {
  const ids = Array.from({ length: count }, (_, id) => id);
  for (let at = count - 1; at > 0; at -= 1) {
    const other = prng.below(at + 1);
    [ids[at], ids[other]] = [ids[other] as number, ids[at] as number];
  }
  return ids;
}
