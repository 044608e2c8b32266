// How scenarios begin: three servers in one verified view, and alice and bob at their terminals.
// What happens then is each scenario's own.

import { present } from "../../src/base/assert.ts";
import type { View } from "../../src/replica/types.ts";
import { Cluster } from "./cluster.ts";
import type { ClusterOptions } from "./clusterOptions.ts";
import type { SimTerminal } from "./simTerminal.ts";

export interface Given {
  readonly cluster: Cluster;
  readonly alice: SimTerminal;
  readonly bob: SimTerminal;
}

export async function given(options: ClusterOptions): Promise<Given> {
  const cluster = new Cluster(options);
  await cluster.start();
  const alice = await cluster.user("alice");
  const bob = await cluster.user("bob");
  await cluster.settle();
  return { cluster, alice, bob };
}

/** The newest view in a server's history. */
export function viewOf(cluster: Cluster, id: number): View {
  return present(cluster.inspect(id).views.at(-1), `a view of server ${id}`);
}

export const newsOfOne = "1 alone holds this, and nobody was told";

/** Server 1 alone holds it, as the primary of these others; then all of them are down. */
export async function leaveNewsWithOne(
  { cluster, alice }: Given,
  others: readonly number[],
): Promise<void> {
  for (const other of others) cluster.cut(1, other, { oneWay: true });
  alice.post("bob", newsOfOne);
  await cluster.run(100);
  cluster.crash(1, ...others);
  cluster.heal();
}
