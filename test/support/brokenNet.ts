// What a test can do to the real network between three real servers: cut one direction between two
// of them, silently, and heal everything. How it is done is for who makes one (pairProxies.ts,
// namespaces.ts); clients reach every server whatever is cut.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert } from "../../src/base/assert.ts";
import { type Host, parseHosts } from "../../src/base/hosts.ts";
import { LocalCluster } from "../../src/demo/localCluster.ts";
import { Stage } from "../../src/demo/stage.ts";
import { type ChildProgram, startChild } from "../../src/node/childProcess.ts";
import { testClock } from "./chaosStage.ts";

const startMs = 30_000;

export interface BrokenNet {
  /** As the servers are told, by id. */
  readonly servers: readonly string[];
  /** As the clients are told. */
  readonly clients: readonly string[];
  /** What a server's program needs to run on its own address. */
  program(id: number, program: ChildProgram): ChildProgram;
  /** Nothing that `from` sends reaches `to` any more, and neither is told. */
  cut(from: number, to: number): Promise<void>;
  heal(): Promise<void>;
  /** From now on everything between servers takes so much longer, each way; not everywhere. */
  slow?(delayMs: number): void;
  close(): Promise<void>;
}

export interface BrokenStage {
  readonly stage: Stage;
  readonly net: BrokenNet;
  close(): Promise<void>;
}

/** Three servers on that network with alice and bob logged in. */
export async function openBrokenStage(net: BrokenNet): Promise<BrokenStage> {
  const stateFolder = mkdtempSync(join(tmpdir(), "replichat-test-"));
  const cluster = new LocalCluster({
    hosts: hostsOf(net.servers),
    clientHosts: hostsOf(net.clients),
    stateFolder,
    clock: testClock,
    env: process.env,
    startChild: (program, handler) => {
      return startChild(net.program(Number(program.args[0]), program), handler);
    },
  });
  process.on("exit", () => cluster.killAllNow());
  const close = async (): Promise<void> => {
    await cluster.stopAll();
    await net.close();
    rmSync(stateFolder, { recursive: true, force: true });
  };
  try {
    cluster.start(0, 1, 2);
    const isUp = await cluster.until(() => cluster.members().length === 3, startMs);
    assert(isUp, "the servers have started", cluster.logOf(0));
    const stage = new Stage(cluster, testClock);
    for (const name of ["alice", "bob"]) await stage.addTalker(name);
    return {
      stage,
      net,
      close: async () => {
        for (const talker of stage.talkers) talker.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function hostsOf(texts: readonly string[]): readonly Host[] {
  const parsed = parseHosts([...texts]);
  assert(parsed.ok, "addresses made here are good ones");
  return parsed.hosts;
}
