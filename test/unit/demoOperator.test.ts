// What the person at the demo is told of a server that was started again: that it has everything
// where that is so, and whose messages may be missing where it went on without the others. And of
// servers that are killed. All of them are played.

import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { LocalCluster } from "../../src/demo/localCluster.ts";
import { Operator } from "../../src/demo/operator.ts";
import { makeClock } from "../../src/node/clock.ts";
import { makeLog } from "../../src/node/log.ts";
import { simHosts } from "../support/simHosts.ts";

interface Demo {
  readonly told: string[];
  readonly operator: Operator;
  /** As a server does that begins to serve: it is logged before it is said. */
  serves(
    id: number,
    as: { readonly role: string; readonly verified: boolean; readonly view?: number },
  ): void;
}

function demo(t: TestContext): Demo {
  const stateFolder = mkdtempSync(join(tmpdir(), "replichat-operator-"));
  t.after(() => rmSync(stateFolder, { recursive: true }));
  const lines = new Map<number, (line: string) => void>();
  const clock = makeClock();
  const cluster = new LocalCluster({
    ...{ hosts: simHosts(3), stateFolder, clock, env: {} },
    startChild: ({ args }, { line, ended }) => {
      lines.set(Number(args[0]), line);
      const signal = (): void => void setImmediate(ended, { code: null, signal: "SIGKILL" });
      return { pid: 1, signal };
    },
  });
  const told: string[] = [];
  const tell = (text: string): void => void told.push(text.replace(/ [0-9.]+ s/, " 0.1 s"));
  const operator = new Operator({ cluster, clock, tell, survived: () => undefined });
  mkdirSync(dirname(cluster.logOf(0)));
  return {
    told,
    operator,
    serves: (id, { role, verified, view = 7 }) => {
      const write = (line: string): void => appendFileSync(cluster.logOf(id), line);
      makeLog({ format: "text", level: "info", write }).write("info", "status", { role, verified });
      lines.get(id)?.(`ready id=${id} role=${role} view=${view} clients=x peers=x`);
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a server that went on without the others is not said to have everything", async (t) => {
  const { told, operator, serves } = demo(t);
  operator.take(":start 1");
  serves(1, { role: "primary", verified: false });
  await turn();
  const others = "servers 0 and 2 may hold newer messages, merged once they are back.";
  assert.deepEqual(told, [`Server 1 is back as primary, unverified, after 0.1 s: ${others}`]);
  operator.take(":start 0");
  serves(0, { role: "secondary", verified: false });
  await turn();
  const other = "server 2 may hold newer messages, merged once it is back.";
  assert.equal(told[1], `Server 0 is back as secondary, unverified, after 0.1 s: ${other}`);
  operator.take(":start 2");
  serves(2, { role: "secondary", verified: true });
  await turn();
  const all = "Server 2 is back as secondary, with everything it missed, after 0.1 s.";
  assert.equal(told[2], all);
});

test("what a server has logged in an earlier life does not count", async (t) => {
  const { told, operator, serves } = demo(t);
  serves(1, { role: "primary", verified: false });
  operator.take(":start 1");
  serves(1, { role: "primary", verified: true });
  await turn();
  assert.match(told[0] ?? "", /with everything it missed/);
});

test("of two that are killed at once, with nobody left, neither waits for the others", async (t) => {
  const { told, operator, serves } = demo(t);
  for (const id of [0, 1, 2]) {
    operator.take(`:start ${id}`);
    serves(id, { role: id === 0 ? "primary" : "secondary", verified: true });
  }
  await turn();
  told.length = 0;
  operator.take(":kill 0");
  operator.take(":kill 1");
  operator.take(":kill 2");
  const fromMs = performance.now();
  while (told.length < 3 && performance.now() - fromMs < 5_000) await turn();
  const last = "Server 2 is killed, the last one. What you send waits until you :start it.";
  const others = [0, 1].map((id) => `Server ${id} is killed, and so are all others by now.`);
  assert.deepEqual([...told].sort(), [...others, last]);
});

test("who kills a server that the others go on without hears just that", async (t) => {
  const { told, operator, serves } = demo(t);
  for (const id of [0, 1, 2]) {
    operator.take(`:start ${id}`);
    serves(id, { role: id === 0 ? "primary" : "secondary", verified: true });
  }
  await turn();
  operator.take(":pause 0");
  serves(1, { role: "primary", verified: true, view: 8 });
  serves(2, { role: "secondary", verified: true, view: 8 });
  operator.take(":kill 0");
  const fromMs = performance.now();
  while (told.length < 5 && performance.now() - fromMs < 5_000) await turn();
  assert.equal(told.at(-1), "Server 0 is killed; the others had gone on without it.");
});
