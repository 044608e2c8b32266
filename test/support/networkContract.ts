// What every implementation of the Network port must do, written once: the simulated network and
// the real one run it alike (test/contract/). It tests no timing but that things happen at all.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import type { Address, ConnectFailure, Link, Listener, Network } from "../../src/ports.ts";

export interface NetworkWorld {
  /** Of two different processes on hosts that reach each other. */
  readonly caller: Network;
  readonly listener: Network;
  /** Where `listener` may listen, and `caller` finds it. */
  readonly address: Address;
  /** Resolves when the condition holds; throws after a bound. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Long enough for whatever was sent to have arrived. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

/** Records what a link tells, and keeps the bytes. */
export interface Recorder {
  readonly link: Link;
  readonly chunks: Buffer[];
  drained: number;
  closed: number;
  text(): string;
  byteCount(): number;
}

export function record(link: Link): Recorder {
  const recorder: Recorder = {
    link,
    chunks: [],
    drained: 0,
    closed: 0,
    text: () => Buffer.concat(recorder.chunks).toString("latin1"),
    byteCount: () => recorder.chunks.reduce((sum, chunk) => sum + chunk.length, 0),
  };
  link.start({
    bytes: (chunk) => {
      equal(recorder.closed, 0, "bytes after closed");
      recorder.chunks.push(Buffer.from(chunk));
    },
    drained: () => (recorder.drained += 1),
    closed: () => (recorder.closed += 1),
  });
  return recorder;
}

export type Outcome = Link | ConnectFailure;

/** Connects; what came of it, once it is known. */
export async function connect(
  world: Pick<NetworkWorld, "until" | "caller">,
  address: Address,
  timeoutMs = 2_000,
): Promise<Outcome> {
  let outcome: Outcome | null = null;
  world.caller.connect(address, timeoutMs, {
    connected: (link) => (outcome = link),
    failed: (failure) => (outcome = failure),
  });
  await world.until(() => outcome !== null, "the outcome of a connect");
  return outcome as unknown as Outcome;
}

type MakeWorld = () => Promise<NetworkWorld>;
type Check = (world: NetworkWorld, pair: Pair) => Promise<void>;

interface Pair {
  readonly near: Link;
  readonly far: Link;
  readonly listener: Listener;
}

export function networkContract(name: string, make: MakeWorld): void {
  const contract = (sentence: string, check: (world: NetworkWorld) => Promise<void>): void => {
    test(`${name} ${sentence}`, async () => {
      const world = await make();
      try {
        await check(world);
      } finally {
        await world.close();
      }
    });
  };
  const connected = (sentence: string, check: Check): void =>
    contract(sentence, async (world) => {
      const accepted: Link[] = [];
      const listener = await world.listener.listen(world.address, (link) => accepted.push(link));
      const near = await connect(world, listener.address);
      ok(typeof near === "object", `connect failed: ${String(near)}`);
      await world.until(() => accepted.length === 1, "the accepted link");
      await check(world, { near, far: accepted[0] as Link, listener });
      near.destroy();
      accepted[0]?.destroy();
      await listener.close();
    });
  for (const [sentence, check] of Object.entries(linkChecks)) connected(sentence, check);
  for (const [sentence, check] of Object.entries(connectChecks)) contract(sentence, check);
}

const connectChecks: Record<string, (world: NetworkWorld) => Promise<void>> = {
  "reports a port where nobody listens as refused": async (world) => {
    equal(await connect(world, world.address), "refused");
  },
  "refuses after its listener has closed, and lets the port be used again": async (world) => {
    const first = await world.listener.listen(world.address, (link) => link.destroy());
    await first.close();
    equal(await connect(world, first.address), "refused");
    const second = await world.listener.listen(first.address, (link) => link.destroy());
    await second.close();
  },
  "says in words that a port is in use": async (world) => {
    const first = await world.listener.listen(world.address, (link) => link.destroy());
    const problem = await world.listener
      .listen(first.address, () => undefined)
      .then(
        () => "no error",
        (error: unknown) => (error as Error).message,
      );
    match(problem, new RegExp(`${first.address.port}.* in use`, "i"));
    await first.close();
  },
};

const linkChecks: Record<string, Check> = {
  "carries bytes in order both ways": async (world, { near, far }) => {
    const [client, server] = [record(near), record(far)];
    for (let index = 0; index < 200; index += 1) {
      near.send(Buffer.from(`${index},`));
      far.send(Buffer.from(`${index};`));
    }
    const numbers = Array.from({ length: 200 }, (_, index) => index);
    await world.until(() => server.text().endsWith("199,"), "all bytes at the server");
    await world.until(() => client.text().endsWith("199;"), "all bytes at the client");
    equal(server.text(), numbers.map((index) => `${index},`).join(""));
    equal(client.text(), numbers.map((index) => `${index};`).join(""));
  },
  "keeps the bytes that came before the link was started": async (world, { near, far }) => {
    near.send(Buffer.from("early"));
    await world.quiet();
    const server = record(far);
    await world.until(() => server.text() === "early", "the early bytes");
  },
  "sends what is waiting before an orderly end, and closes both ends": async (world, pair) => {
    const [client, server] = [record(pair.near), record(pair.far)];
    const big = Buffer.alloc(3_000_000, "x");
    pair.near.send(big);
    pair.near.end();
    await world.until(() => server.closed === 1 && client.closed === 1, "both ends closed");
    equal(server.byteCount(), big.length);
  },
  "loses nothing by an orderly end when the other end reads late": async (world, pair) => {
    const server = record(pair.far);
    record(pair.near);
    pair.far.pause();
    pair.near.send(Buffer.alloc(9_000_000, "x"));
    await world.quiet();
    pair.near.send(Buffer.alloc(9_000_000, "y"));
    pair.near.end();
    await world.quiet();
    pair.far.resume();
    await world.until(() => server.closed === 1, "the end");
    equal(server.byteCount(), 18_000_000);
  },
  "closes the other end when one is destroyed, each exactly once": async (world, pair) => {
    const [client, server] = [record(pair.near), record(pair.far)];
    pair.near.destroy();
    pair.near.destroy();
    await world.until(() => server.closed === 1 && client.closed === 1, "both ends closed");
    await world.quiet();
    deepEqual([client.closed, server.closed], [1, 1]);
  },
  "ignores what is sent after the end": async (world, { near, far }) => {
    const [client, server] = [record(near), record(far)];
    near.send(Buffer.from("last"));
    near.end();
    near.send(Buffer.from("too late"));
    await world.until(() => server.closed === 1 && client.closed === 1, "both ends closed");
    near.send(Buffer.from("much too late"));
    equal(server.text(), "last");
  },
  "holds the bytes back while paused, fills up, and drains after resume": async (world, pair) => {
    const [client, server] = [record(pair.near), record(pair.far)];
    pair.far.pause();
    const chunk = Buffer.alloc(1_000_000, "y");
    let sent = 0;
    while (pair.near.unsentBytes() === 0 && sent < 64) {
      pair.near.send(chunk);
      sent += 1;
      await world.quiet();
    }
    ok(pair.near.unsentBytes() > 0, "a reader that does not read must be felt");
    const { drained } = client;
    await world.quiet();
    equal(client.drained, drained, "nothing is drained as long as he does not read");
    pair.far.resume();
    await world.until(() => client.drained > drained, "the drain");
    equal(pair.near.unsentBytes(), 0);
    await world.until(() => server.byteCount() === sent * chunk.length, "all bytes");
  },
  "tells of a drain whenever something was left unsent right after a send": async (world, pair) => {
    const [client, server] = [record(pair.near), record(pair.far)];
    let bytes = 0;
    for (let count = 0; count < 10; count += 1) {
      const { drained } = client;
      pair.near.send(Buffer.alloc(300_000, "z"));
      bytes += 300_000;
      if (pair.near.unsentBytes() > 0) {
        await world.until(() => client.drained > drained, "the drain");
        equal(pair.near.unsentBytes(), 0);
      }
    }
    await world.until(() => server.byteCount() === bytes, "all bytes");
  },
  "keeps open links when its listener closes": async (world, { near, far, listener }) => {
    const server = record(far);
    await listener.close();
    near.send(Buffer.from("still here"));
    await world.until(() => server.text() === "still here", "the bytes");
  },
  "names the other end": async (_world, { near, far, listener }) => {
    match(near.remote, new RegExp(`:${listener.address.port}$`));
    match(far.remote, /:\d+$/);
  },
};
