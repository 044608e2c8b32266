// Plays a random story on a simulated cluster: people write while servers die, stop, lose power,
// disks and ways to each other; then everything heals, and all promises are checked. One seed, one
// story. It never wipes a disk: what only wiped disks held is lost by right.

import { makePrng, type Prng } from "../../src/base/prng.ts";
import { Cluster } from "./cluster.ts";
import type { ServerMode } from "./simBoot.ts";
import type { SimServer } from "./simServer.ts";
import type { SimTerminal } from "./simTerminal.ts";

export interface Play {
  readonly seed: number;
  readonly mode: ServerMode;
  readonly stepCount: number;
}

export interface Outcome {
  readonly confirmed: number;
  readonly views: number;
  /** Somebody went on without those that may have held newer messages: forks were possible. */
  readonly wasUnverified: boolean;
}

const people = ["alice", "bob", "carol"];
const settleLimitMs = 120_000;

export async function playRandomly({ seed, mode, stepCount }: Play): Promise<Outcome> {
  const prng = makePrng(seed);
  const snapshotEvery = prng.pick([0, 0, 7, 30]);
  const cluster = new Cluster({ seed, mode, snapshotEvery });
  await cluster.start();
  const terminals: SimTerminal[] = [];
  for (const name of people) terminals.push(await cluster.user(name));
  let wasUnverified = false;
  for (let step = 0; step < stepCount; step += 1) {
    write(terminals, prng, step);
    act(cluster, prng);
    await cluster.run(prng.pick([0.3, 2, 10, 50, 200, 800, 2_500, prng.below(12_000)]));
    wasUnverified ||= cluster.servers.some(({ id }) => isUnverified(cluster, id));
  }
  recover(cluster);
  await cluster.serving([0, 1, 2], settleLimitMs);
  if (wasUnverified) await cluster.settle(settleLimitMs);
  else await cluster.finish(settleLimitMs);
  const { confirmed } = cluster.deliveries.counts();
  return { confirmed, views: cluster.inspect(0).views.length, wasUnverified };
}

function write(terminals: readonly SimTerminal[], prng: Prng, step: number): void {
  const count = prng.pick([0, 1, 1, 3, 20]);
  for (let index = 0; index < count; index += 1) {
    const from = prng.pick(terminals);
    from.post(prng.pick(people), `${from.name} ${step}.${index} ${"x".repeat(prng.below(200))}`);
  }
}

function act(cluster: Cluster, prng: Prng): void {
  const server = prng.pick(cluster.servers);
  const { id } = server;
  const other = prng.pick(cluster.servers).id;
  const action = prng.below(20);
  if (action < 5) turnOffOrOn(cluster, server, prng);
  else if (action < 7)
    cluster.cutPower(
      ...cluster.servers.filter((one) => one.isUp() && prng.chance(0.7)).map((one) => one.id),
    );
  else if (action < 10) restartAll(cluster, prng);
  else if (action < 12 && id !== other) cluster.cut(id, other, { oneWay: prng.chance(0.3) });
  else if (action < 13) cluster.split({ left: [id, prng.pick(people)], right: othersThan(id) });
  else if (action < 16) cluster.heal();
  else if (action < 17) cluster.slowDisk(id, prng.pick([0.4, 5, 60, 400]));
  else if (action < 18) cluster.jumpWall(id, prng.below(7_200_000) - 3_600_000);
  else if (server.isPaused()) cluster.resume(id);
  else if (server.isUp()) cluster.pause(id);
}

function turnOffOrOn(cluster: Cluster, server: SimServer, prng: Prng): void {
  if (!server.isUp()) cluster.restart(server.id);
  else if (prng.chance(0.7)) cluster.crash(server.id);
  else cluster.cutPower(server.id);
}

function restartAll(cluster: Cluster, prng: Prng): void {
  for (const server of cluster.servers) {
    if (!server.isUp() && prng.chance(0.8)) cluster.restart(server.id);
  }
}

function othersThan(id: number): number[] {
  return [0, 1, 2].filter((other) => other !== id);
}

/** Everybody is back, and every way and disk is sound. */
function recover(cluster: Cluster): void {
  cluster.heal();
  for (const server of cluster.servers) {
    if (!server.isUp()) cluster.restart(server.id);
    cluster.resume(server.id);
    cluster.slowDisk(server.id, 0.4);
  }
}

function isUnverified(cluster: Cluster, id: number): boolean {
  const views = cluster.server(id).inspect()?.views ?? [];
  return views.some(({ verified }) => !verified);
}
