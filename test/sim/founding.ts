// How a run begins, and what of it must be there in the end: the view with which the cluster was
// founded, in every server's history, whoever was wiped meanwhile and founded anew. What all held
// may stand in base images alone, which no merge brings back.

import { isDeepStrictEqual } from "node:util";
import { present } from "../../src/base/assert.ts";
import type { View } from "../../src/replica/types.ts";
import type { Cluster } from "../support/cluster.ts";
import { BrokenRule } from "../support/historyChecker.ts";
import type { Plan } from "./plan.ts";

/** All serve; `late` has come when the others did. The founding view. */
export async function found(cluster: Cluster, { late }: Plan, limitMs: number): Promise<View> {
  const all = cluster.servers.map(({ id }) => id);
  const early = all.filter((id) => id !== late);
  for (const id of early) cluster.server(id).start();
  await cluster.serving(early, limitMs);
  if (late !== null) cluster.server(late).start();
  await cluster.serving(all, limitMs);
  return present(cluster.inspect(early[0] ?? 0).views[0], "a view that all are in");
}

export function expectFounding(cluster: Cluster, founding: View): void {
  for (const { id } of cluster.servers) {
    if (isDeepStrictEqual(cluster.inspect(id).views[0], founding)) continue;
    throw new BrokenRule(`server ${id} holds another history than the one all were founded with`);
  }
}
