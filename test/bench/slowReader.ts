// Terminals that read nothing while very much is sent to them: `npm run footprint -- slow`. What
// that takes of the primary's memory, beside what the same messages take when their recipients are
// off, and how the same senders are served. The terminals go on saying pings. It only prints.

import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { present } from "../../src/base/assert.ts";
import { clientPingMs } from "../../src/base/limits.ts";
import { encodeMessage } from "../../src/wire/codec.ts";
import { connectMany, sendMany } from "./filling.ts";
import { login } from "./login.ts";
import { residentMegabytes } from "./memory.ts";
import { connectClient, startReplichat } from "./replichat.ts";
import { type Connection, depthMax } from "./system.ts";
import { SteadyLoad, wordsOf } from "./steady.ts";

const senderCount = 50;
/** Nobody has more unread than a mailbox may hold. */
const slow = { recipients: "slow", recipientCount: 10 } as const;
const bystanderCount = 10;
const bystandersPerSecond = 200;
const restMs = 1_000;
const ping = encodeMessage({ type: "ping", query: 1 });

export async function slowReaders(folder: string, count: number): Promise<void> {
  const system = await startReplichat(folder);
  const sockets: Socket[] = [];
  const timer = setInterval(() => sockets.forEach((socket) => socket.write(ping)), clientPingMs);
  let gone = 0;
  try {
    const pid = present(system.pids.get("primary"), "a primary");
    const load = new SteadyLoad(
      await connectMany(system.connect, bystanderCount),
      bystandersPerSecond,
    );
    load.start();
    for (let at = 0; at < slow.recipientCount; at += 1) {
      const { socket } = await login(system.port, `${slow.recipients}${at}`);
      // Nothing reads from it again.
      socket.pause();
      socket.on("error", () => undefined).on("close", () => (gone += 1));
      sockets.push(socket);
    }
    const toOff = await connectMany(system.connect, senderCount);
    // The first ones fill buffers of fixed size.
    await sendMany(toOff, count / 2);
    const print = (senders: readonly Connection[], words: string): Promise<void> => {
      return measure({ pid, load, senders, count }, words);
    };
    await print(toOff, "to people who are off");
    // Whoever says nothing is let go: those that write to them come only now.
    const connecting = Array.from({ length: senderCount }, (_, index) => {
      return connectClient(system.port, { index, depth: depthMax, ...slow });
    });
    const toSlow = await Promise.all(connecting);
    await print(toSlow, `to ${slow.recipientCount} terminals that read nothing`);
    if (gone > 0) console.log(`${gone} of these terminals were let go by the server`);
    await load.stop();
  } finally {
    clearInterval(timer);
    for (const socket of sockets) socket.destroy();
    await system.stop();
  }
}

interface Measured {
  readonly pid: number;
  readonly load: SteadyLoad;
  readonly senders: readonly Connection[];
  readonly count: number;
}

async function measure({ pid, load, senders, count }: Measured, words: string): Promise<void> {
  await sleep(restMs);
  load.take();
  const before = residentMegabytes(pid);
  const startedMs = performance.now();
  await sendMany(senders, count);
  const rate = Math.round((count * 1_000) / (performance.now() - startedMs));
  const served = wordsOf(load.take());
  await sleep(restMs);
  const grown = residentMegabytes(pid) - before;
  const each = Math.round((grown * 1_048_576) / count);
  console.log(
    `${count} messages ${words}, ${rate}/s: primary ${grown} MB more (${each} bytes each)`,
  );
  console.log(`  bystanders meanwhile: ${served}`);
}
