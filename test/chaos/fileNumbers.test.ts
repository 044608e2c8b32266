// A server that may open few files, under more connections than that: it keeps what it needs for
// itself, stands, and serves whoever says who he is.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { makePrng } from "../../src/base/prng.ts";
import { chooseHosts } from "../../src/demo/ports.ts";
import { Chatterer } from "../fuzz/chatterer.ts";
import { realClock, realNetwork } from "../fuzz/realStage.ts";

const fileNumbers = 400;
const strangers = 1_500;
const rounds = 40;
const program = new URL("../../bin/chat-server.js", import.meta.url).pathname;
const skip = process.platform !== "linux" && "only Linux tells a process how many it may open";

test("more silent connections than file numbers end no server", { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "replichat-numbers-"));
  const draw = Math.random;
  const hosts = await chooseHosts({ servers: 1, preferUsual: false, network: realNetwork, draw });
  const [host] = hosts;
  assert.ok(host !== undefined);
  const { host: name, clientPort, peerPort } = host;
  const options = `--state "${folder}" --snapshot-every 5`;
  const words = `"${program}" 0 ${name}:${clientPort}:${peerPort} ${options}`;
  const script = `ulimit -n ${fileNumbers}; exec "${process.execPath}" ${words}`;
  const child = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  let isOver = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  }
  child.once("close", () => (isOver = true));
  const parts = { clock: realClock, network: realNetwork, hosts, prng: makePrng(1) };
  const honest = new Chatterer(parts);
  const sockets = new Set<Socket>();
  const dial = (port: number): void => {
    const socket = connect({ host: name, port });
    sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
  };
  try {
    while (!said.includes("ready") && !isOver) await sleep(50);
    honest.start();
    while (honest.confirmed < 5 && !isOver) await sleep(20);
    for (let round = 0; round < rounds; round += 1) {
      while (sockets.size < strangers) dial(round % 2 === 0 ? clientPort : peerPort);
      await sleep(100);
    }
    const { confirmed } = honest;
    const untilMs = performance.now() + 10_000;
    while (honest.confirmed < confirmed + 20 && performance.now() < untilMs) await sleep(50);
    t.diagnostic(`${honest.confirmed} confirmed under ${strangers} strangers`);
    assert.equal(isOver, false, said);
    assert.doesNotMatch(said, /too many files are open/);
    assert.ok(honest.confirmed >= confirmed + 20, said);
  } finally {
    honest.stop();
    for (const socket of sockets) socket.destroy();
    child.kill("SIGKILL");
    while (!isOver) await sleep(20);
    rmSync(folder, { recursive: true, force: true });
  }
});
