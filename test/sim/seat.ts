// Where somebody of a random run sits who speaks through the product's client itself: a machine of
// one's own with a terminal, and how one thinks and rests there.

import type { Prng } from "../../src/base/prng.ts";
import { type ChatClient, connectClient } from "../../src/client/api.ts";
import type { Cluster } from "../support/cluster.ts";
import { quickKeys } from "../support/quickKeys.ts";
import type { ProcessClock } from "../support/simClock.ts";
import { hostOf, simHosts } from "../support/simHosts.ts";
import { makeSimEntropy } from "../support/simProcess.ts";

export interface Seat {
  readonly client: ChatClient;
  readonly clock: ProcessClock;
}

/** `place`: its machine's name, no other's of the run; `seed`: what its client draws from. */
export function sitDown(cluster: Cluster, place: string, seed: number): Seat {
  const clock = cluster.clock.forProcess();
  const client = connectClient({
    hosts: simHosts(cluster.servers.length),
    network: cluster.network.forProcess(hostOf(place), clock),
    clock,
    entropy: makeSimEntropy(seed),
    deriveKeys: quickKeys,
  });
  return { client, clock };
}

/** Served, and all that was shown there is known as delivered. */
export function isAtRest(client: ChatClient): boolean {
  const { lostAtMs, acknowledged } = client.view();
  return lostAtMs === null && acknowledged;
}

/** Mostly short, now and then long, and never beyond eight times the mean. */
export function think(
  clock: Pick<ProcessClock, "after">,
  prng: Prng,
  meanMs: number,
): Promise<void> {
  const delayMs = Math.min(8 * meanMs, -Math.log(1 - prng.unit()) * meanMs);
  return new Promise((resolve) => void clock.after(delayMs, resolve));
}
