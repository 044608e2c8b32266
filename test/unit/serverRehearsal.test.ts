// The failovers that a server plays through at its start: they come to their end with real sockets,
// leave nothing behind, and whatever keeps them from it is said in words.

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import { makeClock } from "../../src/node/clock.ts";
import { makeEntropy } from "../../src/node/entropy.ts";
import { makeMemoryDisk } from "../../src/node/memoryDisk.ts";
import { makeNetwork } from "../../src/node/network.ts";
import type { Disk, Network } from "../../src/ports.ts";
import { rehearse } from "../../src/server/rehearsal.ts";

/** Bare TCP that counts, and has no port to give behind so many. */
class CountingNetwork implements Network {
  readonly #network = makeNetwork();
  readonly #listensMax: number;
  readonly hosts = new Set<string>();
  listening = 0;
  listened = 0;
  accepted = 0;

  constructor(listensMax = Infinity) {
    this.#listensMax = listensMax;
  }

  listen: Network["listen"] = async (address, accept) => {
    this.hosts.add(address.host);
    if (this.listened === this.#listensMax) throw new Error("No port is to be had.");
    const listener = await this.#network.listen(address, (link) => {
      this.accepted += 1;
      accept(link);
    });
    this.listened += 1;
    this.listening += 1;
    const close = async (): Promise<void> => {
      await listener.close();
      this.listening -= 1;
    };
    return { address: listener.address, close };
  };

  connect: Network["connect"] = (address, timeoutMs, handler) => {
    this.hosts.add(address.host);
    this.#network.connect(address, timeoutMs, handler);
  };
}

function stage(network: Network): Parameters<typeof rehearse>[0] & { readonly disks: Disk[] } {
  const disks: Disk[] = [];
  const makeDisk = (name: string): Disk => {
    const disk = makeMemoryDisk(name);
    disks.push(disk);
    return disk;
  };
  return { clock: makeClock(), network, entropy: makeEntropy(), makeDisk, disks };
}

test("it is played until one of three servers is left, over loopback, and nothing stays", async () => {
  const network = new CountingNetwork();
  const parts = stage(network);
  await rehearse(parts);
  deepEqual([network.listened, network.listening, ...network.hosts], [6, 0, "127.0.0.1"]);
  // Eight people, who lose each connection six times, and two servers.
  ok(network.accepted >= 8 * (1 + 6 + 2), `${network.accepted} connections`);
  equal(parts.disks.length, 3);
  for (const disk of parts.disks) ok(await disk.lock(), "its server has let go of it");
});

test("where no port is to be had it ends in words, and what was started is stopped", async () => {
  for (const listensMax of [0, 3]) {
    const network = new CountingNetwork(listensMax);
    await rejects(rehearse(stage(network)), /No port is to be had/);
    deepEqual([network.listened, network.listening], [listensMax, 0]);
  }
});

test("people who reach nobody are waited for no longer than it may take", async () => {
  const network = new CountingNetwork();
  network.connect = (_address, _timeoutMs, handler) => {
    setImmediate(() => handler.failed("unreachable", "no way"));
  };
  const parts = stage(network);
  let sinceMs = 0;
  const { clock } = parts;
  // Time flies: what would take seconds is over at once.
  const quick = { ...clock, nowMs: () => clock.nowMs() + (sinceMs += 5) };
  await rejects(rehearse({ ...parts, clock: quick }), /took too long/);
  equal(network.listening, 0);
});
