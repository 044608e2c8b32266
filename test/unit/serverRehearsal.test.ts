// The failovers that a server plays through at its start: they come to their end with real sockets,
// leave nothing behind, and whatever keeps them from it is said in words.

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import { makeClock } from "../../src/node/clock.ts";
import { makeEntropy } from "../../src/node/entropy.ts";
import { makeMemoryDisk } from "../../src/node/memoryDisk.ts";
import { makeNetwork } from "../../src/node/network.ts";
import type { Disk, Link, Network } from "../../src/ports.ts";
import { rehearse } from "../../src/server/rehearsal.ts";
import { opcodeOf } from "../../src/wire/codec.ts";

const welcome = String.fromCharCode(opcodeOf("welcome"));

/** Bare TCP that counts, and has no port to give behind so many. */
class CountingNetwork implements Network {
  readonly #network = makeNetwork();
  readonly #listensMax: number;
  readonly hosts = new Set<string>();
  listening = 0;
  listened = 0;
  readonly open = new Set<Link>();
  /** Of each listener: how many of the connections that it took have been said welcome to. */
  readonly welcomes: number[] = [];

  constructor(listensMax = Infinity) {
    this.#listensMax = listensMax;
  }

  listen: Network["listen"] = async (address, accept) => {
    this.hosts.add(address.host);
    if (this.listened === this.#listensMax) throw new Error("No port is to be had.");
    const at = this.listened;
    const listener = await this.#network.listen(address, (link) => accept(this.#watched(link, at)));
    this.welcomes[at] = 0;
    this.listened += 1;
    this.listening += 1;
    const close = async (): Promise<void> => {
      await listener.close();
      this.listening -= 1;
    };
    return { address: listener.address, close };
  };

  /** Every link has one end that was accepted. */
  #watched(link: Link, at: number): Link {
    const { start, send, destroy } = link;
    const over = (): void => void this.open.delete(link);
    let hasSent = false;
    this.open.add(link);
    link.start = (handler) => {
      const { closed } = handler;
      handler.closed = (problem) => {
        over();
        closed.call(handler, problem);
      };
      start.call(link, handler);
    };
    link.send = (bytes) => {
      const isWelcome = !hasSent && typeof bytes === "string" && bytes[0] === welcome;
      if (isWelcome) this.welcomes[at] = (this.welcomes[at] ?? 0) + 1;
      hasSent = true;
      send.call(link, bytes);
    };
    link.destroy = () => {
      over();
      destroy.call(link);
    };
    return link;
  }

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
  // Each server has led, for eight people; the first one while they lost it six times.
  const [first = 0, , second = 0, , third = 0] = network.welcomes;
  ok(first >= 8 * 7 && second >= 8 && third >= 8, network.welcomes.join(" "));
  const untilMs = parts.clock.nowMs() + 5_000;
  while (network.open.size > 0 && parts.clock.nowMs() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  equal(network.open.size, 0);
  equal(parts.disks.length, 3);
  for (const disk of parts.disks) ok(await disk.lock(), "its server has let go of it");
});

test("a server that cannot be stopped is told of, and the others are stopped", async () => {
  const network = new CountingNetwork();
  const parts = stage(network);
  const makeDisk = (name: string): Disk => {
    const disk = parts.makeDisk(name);
    const unlock = async (): Promise<void> => Promise.reject(new Error("It will not let go."));
    return name.endsWith("0") ? { ...disk, unlock } : disk;
  };
  await rejects(rehearse({ ...parts, makeDisk }), /will not let go/);
  equal(network.listening, 0);
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
