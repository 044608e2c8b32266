// The addresses of simulated servers: each on a host of its own, at the usual ports.
// Nothing is resolved: a host's name is its address.

import { parseHosts, type Host } from "../../src/base/hosts.ts";
import { assert } from "../../src/base/assert.ts";

export function simHosts(count: number): readonly Host[] {
  const parsed = parseHosts(Array.from({ length: count }, (_, index) => hostOf(index)));
  assert(parsed.ok, "hosts of a simulation are well-formed");
  return parsed.hosts;
}

/** A place in the network: a server by its id, a terminal by its name. */
export type Place = number | string;

export function hostOf(place: Place): string {
  return typeof place === "number" ? `host${place}` : `machine-of-${place}`;
}
