// Some seeds play stories instead of faults that know nothing of each other: trouble in the very
// middle of a view change, sides that live apart for as long as it takes to go on without the
// other, servers that die one after another and come back in another order. Drawn from a stream of
// its own, so that all other seeds stay what they are.

import type { Prng } from "../../src/base/prng.ts";
import { apart, drawLivingApart } from "./drawApart.ts";
import { comesLateMs, halvesOfSix } from "./drawExactly.ts";
import { drawGarbage, drawTrouble, halves, trouble, wandering } from "./drawTrouble.ts";
import { shuffled, type Scene } from "./drawTrouble.ts";
import { endOfFaults } from "./faultTimes.ts";
import type { Fault, Plan, PlanKind, What } from "./plan.ts";
import { pickWeighted } from "./weights.ts";

type Story = (scene: Scene) => Fault[];

/** With `what` else changes in the plan. */
const stories: ReadonlyMap<{ readonly kind: PlanKind; readonly tell: Story }, number> = new Map([
  [{ kind: "mixed", tell: trouble }, 5],
  [{ kind: "mixed", tell: wandering }, 4],
  [{ kind: "mixed", tell: halves }, 4],
  [{ kind: "mixed", tell: apart }, 5],
  [{ kind: "mixed", tell: relay }, 3],
  [{ kind: "beyond", tell: lastCopyLost }, 2],
  [{ kind: "mixed", tell: strangers }, 1],
]);

export function drawAimed(usual: Plan, { prng, own }: Pick<Scene, "prng" | "own">): Plan {
  const { kind, tell } = pickWeighted(stories, prng);
  const servers = tell === halves ? prng.pick([4, 5, 6, 6, 6]) : prng.pick([3, 3, 3, 4, 5]);
  const plan = tell === apart ? drawLivingApart(usual, prng) : usual;
  const mode =
    kind === "beyond"
      ? "plain"
      : prng.pick(["plain", "plain", "plain", "plain", "majority", "strict"] as const);
  const scene = { servers, places: servers + plan.people.length, prng, own };
  const told = tell(scene);
  const faults = tell === halves && servers === 6 && own.chance(0.4) ? halvesOfSix(scene) : told;
  const faultsEndMs = endOfFaults(faults, 2_000);
  const meddle = prng.pick([0, 0, 2]);
  const people = plan.people.map((one) => ({ ...one, habits: { ...one.habits, meddle } }));
  return { ...plan, kind, servers, mode, minCopies: 1, people, faults, faultsEndMs };
}

// ---- one after another

/** They die in one order and come back in another: whoever was left alone last has the most. */
function relay({ servers, prng }: Scene): Fault[] {
  const faults: Fault[] = [];
  let atMs = 2_000 + prng.below(2_000);
  for (let rounds = 1 + prng.below(2); rounds > 0; rounds -= 1) {
    const { deaths, aloneMs, endMs } = drawDeaths(servers, atMs, prng);
    const others = prng.pick([600, 2_000, 11_500]);
    deaths.forEach(({ who, diesMs }, rank) => {
      const isLast = rank === servers - 1;
      if (isLast && prng.chance(0.25)) return;
      const backMs = isLast
        ? endMs + prng.pick([300, 4_000, 12_500, 18_000, 25_000])
        : Math.max(diesMs + 100, endMs + prng.pick([-aloneMs * 0.3, 100, others]));
      faults.push(death({ who, diesMs, backMs }));
    });
    atMs = endMs + prng.pick([20_000, 30_000]);
  }
  return faults.sort((one, other) => one.atMs - other.atMs);
}

/** As above, and the last one loses its folder: nobody may go on as if nothing were missing. */
function lastCopyLost(scene: Scene): Fault[] {
  const { servers, prng } = scene;
  const { deaths, endMs } = drawDeaths(servers, 2_000 + prng.below(2_000), prng);
  const lateMs = comesLateMs(scene);
  return deaths.map(({ who, diesMs }, rank) => {
    const what = { kind: "wipe", who } as const;
    if (rank === servers - 1) return { atMs: endMs, when: null, lastsMs: 300, what };
    const usualMs = prng.pick([-100, 50, 300, 2_000, 12_000]);
    const backMs = endMs + (rank === servers - 2 && lateMs !== null ? lateMs : usualMs);
    return death({ who, diesMs, backMs: Math.max(diesMs + 50, backMs) });
  });
}

interface Deaths {
  readonly deaths: readonly { readonly who: number; readonly diesMs: number }[];
  /** How long the last one is alone. */
  readonly aloneMs: number;
  readonly endMs: number;
}

function drawDeaths(servers: number, fromMs: number, prng: Prng): Deaths {
  let diesMs = fromMs;
  const aloneMs = prng.pick([300, 2_000, 5_000]);
  const deaths = shuffled(servers, prng).map((who, rank) => {
    if (rank > 0) diesMs += prng.pick([2, 40, 700, 3_000]) * (0.5 + prng.unit());
    if (rank === servers - 1) diesMs += aloneMs;
    return { who, diesMs };
  });
  return { deaths, aloneMs, endMs: diesMs };
}

function death(life: {
  readonly who: number;
  readonly diesMs: number;
  readonly backMs: number;
}): Fault {
  const { who, diesMs, backMs } = life;
  const what = { kind: "crash", who, how: "killed", effect: 0 } as const;
  return { atMs: diesMs, when: null, lastsMs: Math.ceil(backMs - diesMs), what };
}

// ---- strangers

function strangers(scene: Scene): Fault[] {
  const { prng } = scene;
  const faults: Fault[] = [];
  for (let atMs = 200; atMs < 15_000; atMs += 1 + prng.below(1_500)) {
    const lastsMs = prng.pick([50, 3_000, 12_000]);
    const garbage = drawGarbage(scene) as What & { kind: "garbage" };
    const impostor = { kind: "impostor", who: garbage.who, salt: garbage.salt } as const;
    const trouble = drawTrouble(scene, "anybody");
    const what = prng.pick([garbage, garbage, garbage, garbage, impostor, trouble]);
    faults.push({ atMs, when: null, lastsMs, what });
  }
  return faults;
}
