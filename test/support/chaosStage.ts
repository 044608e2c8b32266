// A stage of real server processes for tests: its folder is temporary and its ports are free ones.
// What a test finds off comes with the servers' last log lines; everything started is stopped by
// its id.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { present } from "../../src/base/assert.ts";
import { Stage, startCluster } from "../../src/demo/stage.ts";
import { makeClock } from "../../src/node/clock.ts";

const logLinesShown = 25;
/** Short, so that a kill finds requests under way, decided and not yet answered. */
const gapMs = 4;

export const testClock = makeClock();

/** One stage for all tests of a file, stopped after the last one. */
export function stageForFile(): () => Stage {
  let open: OpenStage | null = null;
  before(async () => {
    open = await openStage();
  });
  after(() => open?.close());
  return () => present(open, "the stage").stage;
}

export interface OpenStage {
  readonly stage: Stage;
  close(): Promise<void>;
}

/** Three servers with alice and bob logged in. */
export async function openStage(): Promise<OpenStage> {
  const stateFolder = mkdtempSync(join(tmpdir(), "replichat-test-"));
  const { env } = process;
  const cluster = await startCluster({ stateFolder, clock: testClock, env, draw: Math.random });
  process.on("exit", () => cluster.killAllNow());
  const stage = new Stage(cluster, testClock);
  for (const name of ["alice", "bob"]) await stage.addTalker(name);
  return {
    stage,
    close: async () => {
      await stage.close();
      rmSync(stateFolder, { recursive: true, force: true });
    },
  };
}

/** Both talk, and some of it has been confirmed. */
export async function letThemTalk(stage: Stage): Promise<void> {
  stage.talk(gapMs);
  await expectFlow(stage);
}

/** The conversation goes on. */
export async function expectFlow(stage: Stage, count = 30): Promise<void> {
  if (!(await stage.flow(count))) assert.fail(`no more messages are confirmed\n${trace(stage)}`);
}

/** Each confirmed message shown once and in order, equal states everywhere, all servers back. */
export async function expectAllWell(stage: Stage): Promise<void> {
  const { proof, complaints: all } = await stage.judge();
  assert.ok(proof.counts.sent > 0);
  const complaints = newOnes(all, toldOf.get(stage) ?? []);
  toldOf.set(stage, all);
  if (complaints.length === 0) return;
  const clients = stage.talkers.map(
    ({ name, client }) => `${name} ${JSON.stringify(client.view())}`,
  );
  const few = complaints.slice(0, 10);
  assert.fail([...few, `${complaints.length} complaints`, ...clients, trace(stage)].join("\n"));
}

/** A case answers for what came about in it, not for what another one on that stage has told. */
const toldOf = new WeakMap<Stage, readonly string[]>();

function newOnes(complaints: readonly string[], told: readonly string[]): readonly string[] {
  const left = [...told];
  return complaints.filter((complaint) => {
    const at = left.indexOf(complaint);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function trace(stage: Stage): string {
  const logs = stage.hosts.map(({ id }) => {
    const lines = readFileSync(stage.cluster.logOf(id), "utf8").trimEnd().split("\n");
    return [`--- server ${id}`, ...lines.slice(-logLinesShown)].join("\n");
  });
  return [stage.describe(), ...logs].join("\n");
}
