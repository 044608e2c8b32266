// The real network keeps the contract of the Network port, and what TCP and Node make of ends,
// resets and ports with nobody behind them does not reach those above.

import { equal, ok } from "node:assert/strict";
import { createServer, connect as connectSocket, type Socket } from "node:net";
import { test } from "node:test";
import { linkFlushMs } from "../../src/base/limits.ts";
import { makeNetwork } from "../../src/node/network.ts";
import type { Link } from "../../src/ports.ts";
import { connect, networkContract, record } from "../support/networkContract.ts";

const waitMs = 8_000;

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + waitMs;
  while (!condition()) {
    ok(performance.now() < deadline, `waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

let nextPort = 21_000 + (process.pid % 500) * 8;

networkContract("the real network", async () => ({
  caller: makeNetwork(),
  listener: makeNetwork(),
  address: { host: "127.0.0.1", port: (nextPort += 1) },
  until,
  quiet: () => new Promise((resolve) => setTimeout(resolve, 50)),
  close: async () => undefined,
}));

test("the last words of a link arrive although the other end's input lay unread", async () => {
  const accepted: Link[] = [];
  const listener = await makeNetwork().listen({ host: "127.0.0.1", port: 0 }, (link) => {
    accepted.push(link);
  });
  const socket = connectSocket({ host: "127.0.0.1", port: listener.address.port });
  let received = "";
  let reset = false;
  socket.on("data", (chunk: Buffer) => (received += chunk.toString("latin1")));
  socket.on("error", () => (reset = true));
  socket.pause();
  await until(() => accepted.length === 1, "the accepted link");
  const link = accepted[0] as Link;
  link.start({ bytes: () => undefined, drained: () => undefined, closed: () => undefined });
  link.pause();
  socket.write(Buffer.alloc(200_000, "x"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  link.send(Buffer.from("this frame was too large"));
  link.end();
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.resume();
  await until(() => socket.closed, "the end");
  equal(received, "this frame was too large");
  equal(reset, false);
  await listener.close();
});

test("connections that come at once are handed on together", async () => {
  let round = 0;
  let isOver = false;
  const count = (): void => {
    round += 1;
    if (!isOver) setImmediate(count);
  };
  const rounds = new Map<number, number>();
  const links: Link[] = [];
  const listener = await makeNetwork().listen({ host: "127.0.0.1", port: 0 }, (link) => {
    rounds.set(round, (rounds.get(round) ?? 0) + 1);
    links.push(link);
  });
  const { port } = listener.address;
  setImmediate(count);
  const sockets = Array.from({ length: 40 }, () => connectSocket({ host: "127.0.0.1", port }));
  for (const socket of sockets) socket.on("error", () => undefined);
  try {
    await until(() => links.length === 40, "all of them");
  } finally {
    isOver = true;
    for (const socket of sockets) socket.destroy();
    for (const link of links) link.destroy();
    await listener.close();
  }
  ok(rounds.size <= 4, `handed on in ${rounds.size} rounds: ${[...rounds.values()].join()}`);
});

test("an end is bounded when the other side never reads what was sent", async () => {
  const stuck: Socket[] = [];
  const server = createServer((socket) => stuck.push(socket.pause()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  ok(typeof address === "object" && address !== null);
  const link = await connect(
    { caller: makeNetwork(), until },
    { host: "127.0.0.1", port: address.port },
  );
  ok(typeof link === "object");
  const recorder = record(link);
  link.send(Buffer.alloc(30_000_000));
  const startMs = performance.now();
  link.end();
  await until(() => recorder.closed === 1, "the bounded end");
  ok(performance.now() - startMs >= linkFlushMs - 50, "it was given its time");
  for (const socket of stuck) socket.destroy();
  server.close();
});

test("an address that is not this machine's is named when it cannot be opened", async () => {
  const problem = await makeNetwork()
    .listen({ host: "192.0.2.1", port: 22_067 }, () => undefined)
    .then(
      () => "no error",
      (error: unknown) => (error as Error).message,
    );
  equal(problem, "Address 192.0.2.1 is not one of this machine's.");
});

test("a name that stands for no address is told apart from a server that does not answer", async () => {
  for (const host of ["a..b", `${"a".repeat(64)}.invalid`]) {
    const [failure, detail] = await new Promise<readonly string[]>((resolve) => {
      makeNetwork().connect({ host, port: 1 }, waitMs, {
        connected: () => resolve(["connected", ""]),
        failed: (...why) => resolve(why),
      });
    });
    equal(failure, "unknown-host", detail);
    ok(detail?.startsWith(`${host} stands for no address: `), detail);
  }
});

test("all links read into the same memory, on either side", async () => {
  const network = makeNetwork();
  const memories = new Set<unknown>();
  let chunks = 0;
  const listen = (link: Link, answer: Buffer | null): void => {
    link.start({
      bytes: (chunk) => {
        memories.add(chunk.buffer);
        chunks += 1;
        if (answer !== null) link.send(answer);
      },
      drained: () => undefined,
      closed: () => undefined,
    });
  };
  const accepted: Link[] = [];
  const listener = await network.listen({ host: "127.0.0.1", port: 0 }, (link) => {
    accepted.push(link);
    listen(link, Buffer.from("answer"));
  });
  const links: Link[] = [];
  for (let count = 0; count < 2; count += 1) {
    const link = await connect({ caller: network, until }, listener.address);
    ok(typeof link === "object");
    links.push(link);
    listen(link, null);
    link.send(Buffer.from("question"));
  }
  await until(() => chunks === 4, "two questions and two answers");
  for (const link of [...links, ...accepted]) link.destroy();
  await listener.close();
  equal(memories.size, 1);
});
