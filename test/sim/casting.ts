// Who is meant by a fault's words: servers by their id or by the part they have just now, places by
// their number (servers first, then people's machines).

import type { Cluster } from "../support/cluster.ts";
import { hostOf } from "../support/simHosts.ts";
import type { SimServer } from "../support/simServer.ts";
import type { Way } from "./harm.ts";
import type { Plan, Who } from "./plan.ts";

/** `teller`: who gave the fault's cue; -1: nobody. Null: nobody has that part. */
export function serverOf(cluster: Cluster, who: Who, teller: number): SimServer | null {
  const { servers } = cluster;
  if (typeof who === "number") return servers[who] ?? null;
  if (who === "teller") return servers[teller] ?? servers[cluster.primary() ?? 0] ?? null;
  const primary = cluster.primary();
  if (who === "primary") return primary === null ? null : (servers[primary] ?? null);
  return servers.find((server) => server.id !== primary && server.isUp()) ?? null;
}

export function wayBetween(
  plan: Plan,
  { from, to }: { readonly from: number; readonly to: number },
): Way {
  return { from: hostAt(plan, from), to: hostAt(plan, to) };
}

/** Every way from the places on the left to those on the right. */
export function waysAcross(
  plan: Plan,
  { left, right }: { readonly left: readonly number[]; readonly right: readonly number[] },
): readonly Way[] {
  return left.flatMap((from) => right.map((to) => wayBetween(plan, { from, to })));
}

/** All places that are not among these. */
export function placesBesides({ servers, people }: Plan, places: readonly number[]): number[] {
  const count = servers + people.length;
  return Array.from({ length: count }, (_, at) => at).filter((at) => !places.includes(at));
}

function hostAt({ servers, people }: Plan, place: number): string {
  return hostOf(place < servers ? place : (people[place - servers]?.name ?? ""));
}
