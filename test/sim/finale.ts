// The end of some runs: all is well again, then some servers go and stay away, at once. The others
// must serve on, verified, for terminals that were on and for new ones, wherever they begin to look
// for a server. Then everybody is back.

import type { Prng } from "../../src/base/prng.ts";
import type { Cluster } from "../support/cluster.ts";
import { BrokenRule } from "../support/historyChecker.ts";
import { isolate } from "./harm.ts";
import type { Absence, Finale, Plan } from "./plan.ts";
import type { Stage } from "./stage.ts";

const takeOverMs = 20_000;

/** Only who may go on at once is left: of silent ones nobody knows that they are dead. */
export function drawFinale(plan: Plan, prng: Prng): Finale | null {
  const { servers, mode, minCopies } = plan;
  if (prng.chance(0.6)) return null;
  const how: Absence = prng.pick(["killed", "killed", "powerCut", "paused", "isolated"]);
  const ids = Array.from({ length: servers }, (_, id) => id);
  const first = prng.below(servers);
  const count = 1 + prng.below(Math.max(1, servers - 1));
  const absent = ids.filter((id) => (id - first + servers) % servers < count);
  const left = ids.filter((id) => !absent.includes(id));
  const isHalf = left.length * 2 === servers && left.includes(0) && mode !== "majority";
  const isEnough = left.length * 2 > servers || isHalf;
  const areProven = how === "killed" && mode !== "majority";
  if (left.length < Math.max(1, minCopies) || (!areProven && !isEnough)) return null;
  return { absent, how };
}

/** They go; resolves when the others serve. What it returns brings them back. */
export async function leave(cluster: Cluster, stage: Stage, finale: Finale): Promise<() => void> {
  const { absent, how } = finale;
  stage.tell(`servers ${absent.join(" ")} go, to stay away (${how})`);
  const undo = absent.map((id) => goAway(cluster, stage, { id, how }));
  const left = cluster.servers.map(({ id }) => id).filter((id) => !absent.includes(id));
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
