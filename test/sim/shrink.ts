// Makes a failing plan smaller while it still fails: fewer faults, fewer people, fewer habits,
// usual bounds. What is left is what matters, or nearly so.

import { endOfFaults } from "./faultTimes.ts";
import type { Fault, Plan } from "./plan.ts";
import type { Played } from "./play.ts";

export interface Smallest {
  readonly plan: Plan;
  readonly played: Played;
  readonly tries: number;
  readonly words: string;
}

const triesMax = 150;

export async function shrink(
  plan: Plan,
  playIt: (plan: Plan) => Promise<Played>,
): Promise<Smallest> {
  let best = { plan, played: await playIt(plan) };
  let tries = 1;
  const attempt = async (smaller: Plan): Promise<boolean> => {
    if (tries >= triesMax) return false;
    tries += 1;
    const played = await playIt(smaller);
    if (played.failure === null) return false;
    best = { plan: smaller, played };
    return true;
  };
  for (let size = Math.ceil(plan.faults.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = best.plan.faults.length - size; from > -size; from -= size) {
      const { faults } = best.plan;
      const fewer = faults.filter((_, at) => at < from || at >= from + size);
      if (fewer.length < faults.length) await attempt(withFaults(best.plan, fewer));
    }
  }
  for (let at = best.plan.people.length - 1; at >= 1; at -= 1) {
    await attempt({ ...best.plan, people: best.plan.people.slice(0, at) });
  }
  await attempt({ ...best.plan, finale: null });
  await attempt({ ...best.plan, limits: {} });
  await attempt({ ...best.plan, snapshotEvery: 0 });
  if (best.plan.late !== null) await attempt({ ...best.plan, late: null });
  if (best.plan.keep > 0) await attempt({ ...best.plan, keep: 0 });
  if (best.plan.blockBytes > 1) await attempt({ ...best.plan, blockBytes: 1 });
  await attempt({
    ...best.plan,
    people: best.plan.people.map((one) => ({ ...one, habits: onlySends(one.habits) })),
  });
  return { ...best, tries, words: wordsOf(best.plan) };
}

function withFaults(plan: Plan, faults: readonly Fault[]): Plan {
  const faultsEndMs = endOfFaults(faults, 2_000);
  return { ...plan, faults, faultsEndMs };
}

function onlySends<T extends Readonly<Record<string, number>>>(habits: T): T {
  return Object.fromEntries(
    Object.keys(habits).map((habit) => [habit, habit === "send" ? 1 : 0]),
  ) as unknown as T;
}

function wordsOf({ faults, people, ...rest }: Plan): string {
  const { kind, servers, mode, minCopies, snapshotEvery, keep, blockBytes } = rest;
  const { late, limits, finale } = rest;
  const lines = faults.map((fault) => `  ${JSON.stringify(fault)}`);
  const sizes = { servers, minCopies, snapshotEvery, keep, blockBytes };
  const head = { kind, mode, ...sizes, late, limits, finale };
  const names = people.map(
    ({ name, terminals, thinkMs }) => `${name} (${terminals}, ${thinkMs} ms)`,
  );
  return [JSON.stringify(head), `people: ${names.join(", ")}`, ...lines].join("\n");
}
