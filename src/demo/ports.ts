// Addresses for servers on this machine: the usual ports when all of them are free, others below
// the ephemeral range when not. A port is free when it can be listened on; it may be taken a moment
// later.

import type { Host } from "../base/hosts.ts";
import { parseHosts } from "../base/hosts.ts";
import { assert } from "../base/assert.ts";
import { demoPortMax, demoPortMin } from "../base/demoLimits.ts";
import { clientPortBase, peerPortBase } from "../base/limits.ts";
import type { Network } from "../ports.ts";

const host = "127.0.0.1";

export interface PortChoice {
  readonly servers: number;
  readonly preferUsual: boolean;
  readonly network: Network;
  /** In [0, 1). */
  readonly draw: () => number;
}

export async function chooseHosts(choice: PortChoice): Promise<readonly Host[]> {
  const { servers, preferUsual, network } = choice;
  const usual = Array.from({ length: servers }, (_, id) => [
    clientPortBase + id,
    peerPortBase + id,
  ]);
  if (preferUsual && (await areFree(network, usual.flat()))) return hostsAt(usual);
  const found: number[] = [];
  while (found.length < servers * 2) {
    const port = demoPortMin + Math.floor(choice.draw() * (demoPortMax - demoPortMin));
    if (!found.includes(port) && (await areFree(network, [port]))) found.push(port);
  }
  return hostsAt(Array.from({ length: servers }, (_, id) => found.slice(id * 2, id * 2 + 2)));
}

async function areFree(network: Network, ports: readonly number[]): Promise<boolean> {
  for (const port of ports) {
    try {
      await (await network.listen({ host, port }, (link) => link.destroy())).close();
    } catch {
      return false;
    }
  }
  return true;
}

function hostsAt(ports: readonly (readonly number[])[]): readonly Host[] {
  const parsed = parseHosts(ports.map((pair) => [host, ...pair].join(":")));
  assert(parsed.ok, "ports chosen here make good hosts");
  return parsed.hosts;
}
