// The end of some runs: all is well again, then some servers go and stay away, at once. The others
// must serve on, verified, for terminals that were on and for new ones, wherever they begin to look
// for a server. Then everybody is back.

import { unverifiedWaitMs } from "../../src/base/limits.ts";
import type { Prng } from "../../src/base/prng.ts";
import type { Cluster } from "../support/cluster.ts";
import { BrokenRule } from "../support/historyChecker.ts";
import { isolate } from "./harm.ts";
import type { Absence, Finale, Plan } from "./plan.ts";
import type { Stage } from "./stage.ts";

const takeOverMs = 20_000;
const gapsMs = [0, 0, 0.1, 0.3, 1, 3, 10, 40, 400] as const;

/** Only who may go on at once is left: of silent ones nobody knows that they are dead. */
export function drawFinale(plan: Plan, prng: Prng): Finale | null {
  const { servers, mode, minCopies } = plan;
  if (prng.chance(0.6)) return null;
  const how: Absence = prng.pick(["killed", "killed", "powerCut", "paused", "isolated"]);
  const ids = Array.from({ length: servers }, (_, id) => id);
  const first = prng.below(servers);
  const count = 1 + prng.below(Math.max(1, servers - 1));
  const absent = Array.from({ length: count }, (_, at) => ((first + at) % servers) as number);
  const left = ids.filter((id) => !absent.includes(id));
  const isHalf = left.length * 2 === servers && left.includes(0) && mode !== "majority";
  const isEnough = left.length * 2 > servers || isHalf;
  const areProven = how === "killed" && mode !== "majority";
  if (left.length < Math.max(1, minCopies) || (!areProven && !isEnough)) return null;
  const gapMs = areProven && prng.chance(0.6) ? prng.pick(gapsMs) * (0.5 + prng.unit()) : null;
  return { absent, how, gapMs };
}

/** They go; resolves when the others serve. What it returns brings them back. */
export async function leave(cluster: Cluster, stage: Stage, finale: Finale): Promise<() => void> {
  const { absent, how, gapMs } = finale;
  const left = cluster.servers.map(({ id }) => id).filter((id) => !absent.includes(id));
  const undo: (() => void)[] = [];
  for (const id of absent) {
    if (gapMs !== null && undo.length > 0) await outlast(cluster, left, gapMs);
    stage.tell(`server ${id} goes, to stay away (${how})`);
    undo.push(goAway(cluster, stage, { id, how }));
  }
  await cluster.serving(left, takeOverMs);
  const view = cluster.inspect(left[0] ?? 0).views.at(-1);
  if (view?.verified !== true) {
    throw new BrokenRule(`servers ${left.join(" ")} went on unverified without need`);
  }
  return () => {
    for (const comeBack of undo) comeBack();
    stage.tell(`servers ${absent.join(" ")} are back`);
  };
}

/** Whoever is cut off for so long goes on for himself, and finds the others a little later. */
export function mayHaveParted(finale: Finale | null, awayMs: number): boolean {
  return finale?.how === "isolated" && awayMs > unverifiedWaitMs - 1_000;
}

/** Until one of these has installed one more view, and then so long. */
async function outlast(cluster: Cluster, left: readonly number[], gapMs: number): Promise<void> {
  const newest = (id: number): number => cluster.inspect(id).views.at(-1)?.ballot ?? 0;
  const before = Math.max(...left.map(newest));
  const isNew = (): boolean => left.some((id) => newest(id) > before);
  await cluster.until(isNew, "a view without who has gone", takeOverMs);
  if (gapMs > 0) await cluster.run(gapMs);
}

function goAway(
  cluster: Cluster,
  stage: Stage,
  { id, how }: { readonly id: number; readonly how: Absence },
): () => void {
  switch (how) {
    case "killed":
    case "powerCut":
      stage.absent.add(id);
      cluster.server(id).die(how);
      return () => {
        stage.absent.delete(id);
        cluster.restart(id);
      };
    case "paused":
      cluster.pause(id);
      return () => cluster.resume(id);
    case "isolated":
      return isolate(cluster, cluster.server(id), "silence");
  }
}
