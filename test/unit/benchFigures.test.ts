// What the bench makes of what it has counted: shapes by their names, ratios of windows taken side
// by side, and what one message costs. No time is measured here.

import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { costsOf, grownBetween, socketBytesOf, sumOf } from "../bench/counters.ts";
import { GroupConnection } from "../bench/group.ts";
import { LogWatch } from "../bench/logWatch.ts";
import { readOptions } from "../bench/options.ts";
import { ratioOf } from "../bench/ratios.ts";
import { parseShape, standardShapes } from "../bench/shapes.ts";
import { depthMax, type SendDone } from "../bench/system.ts";

test("a shape's name says who sends how much, and to whom", () => {
  const offline = { kind: "offline", connections: 50, depth: 64, messagesEach: 1 };
  assert.deepEqual(parseShape("50x64"), { ...offline, name: "50x64" });
  assert.deepEqual(parseShape("50x64-online"), {
    ...offline,
    kind: "online",
    name: "50x64-online",
    offline: { ...offline, name: "50x64" },
  });
  const group = { kind: "group", name: "1to100", connections: 1, depth: 1, messagesEach: 100 };
  assert.deepEqual(parseShape("1to100"), group);
  for (const name of standardShapes) assert.notEqual(parseShape(name), undefined, name);
});

test("what is no shape is none", () => {
  for (const name of ["", "50", "0x1", "1x0", "50x64-offline", "1to100-online", "x1", "1 x 1"]) {
    assert.equal(parseShape(name), undefined, name);
  }
});

test("windows are compared with the ones beside them, not with the best of the day", () => {
  const ratio = ratioOf([100, 10, 90], [200, 10, 100]);
  assert.deepEqual(ratio, { median: 0.9, smallest: 0.5, largest: 1 });
  assert.equal(ratioOf([1, 2], []), null);
  assert.equal(ratioOf([], [1, 2]), null);
});

test("a message costs what grew while it was sent; what was not counted throughout is left out", () => {
  const before = new Map([
    ["cpuUs primary", 1_000],
    ["logBytes primary", 50],
  ]);
  const after = new Map([
    ["cpuUs primary", 1_300],
    ["logBytes primary", 1_050],
    ["syncs primary", 7],
  ]);
  const grown = grownBetween(before, after);
  const cpu = ["cpuUs primary", 300] as const;
  assert.deepEqual([...grown], [cpu, ["logBytes primary", 1_000]]);
  assert.deepEqual(costsOf(sumOf(sumOf(null, grown), grown), 20), {
    cpuUs: { primary: 30 },
    logBytes: { primary: 100 },
  });
});

test("bytes on sockets are those of the one process", () => {
  const line = (pid: number, sent: number, received: number): string => {
    const counts = `bytes_sent:${sent} bytes_acked:9 bytes_received:${received} segs_out:4`;
    return `ESTAB 0 0 127.0.0.1:1 127.0.0.1:2 users:(("node",pid=${pid},fd=20)) cubic ${counts}`;
  };
  const list = [line(12, 100, 7), line(123, 1, 1), line(12, 20, 3), "ESTAB 0 0 a b"].join("\n");
  assert.deepEqual(socketBytesOf(list, 12), { sent: 120, received: 10 });
});

test("a log grows by what is appended, not by room written ahead, nor shrinks when cleared away", () => {
  const folder = mkdtempSync(join(tmpdir(), "replichat-test-"));
  try {
    const at = (name: string): string => join(folder, name);
    writeFileSync(at("journal-1"), `old${"\0".repeat(200_000)}`);
    const watch = new LogWatch({ folder, pattern: /^journal-/ });
    assert.equal(watch.grownBytes(), 0);
    writeFileSync(at("journal-1"), `old, new${"\0".repeat(100_000)}`);
    writeFileSync(at("base-1"), "no log");
    assert.equal(watch.grownBytes(), 5);
    writeFileSync(at("journal-1"), "o");
    assert.equal(watch.grownBytes(), 5);
    rmSync(at("journal-1"));
    writeFileSync(at("journal-2"), "");
    assert.equal(watch.grownBytes(), 5);
    appendFileSync(at("journal-2"), "next");
    assert.equal(watch.grownBytes(), 9);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a group's message is confirmed when every member's is, and no more are under way than may be", () => {
  const waiting: SendDone[] = [];
  const connection = { send: (done: SendDone) => void waiting.push(done), close: () => undefined };
  const outcomes: (Error | null)[] = [];
  new GroupConnection(connection, 100).send((error) => void outcomes.push(error));
  assert.equal(waiting.length, depthMax);
  for (let at = 0; at < 99; at += 1) waiting[at]?.(null);
  assert.equal(waiting.length, 100);
  assert.deepEqual(outcomes, []);
  waiting[99]?.(null);
  assert.deepEqual(outcomes, [null]);
});

test("a group's message fails with the first member's that does", () => {
  const waiting: SendDone[] = [];
  const connection = { send: (done: SendDone) => void waiting.push(done), close: () => undefined };
  const outcomes: (Error | null)[] = [];
  new GroupConnection(connection, 2).send((error) => void outcomes.push(error));
  const failure = new Error("the connection was closed");
  for (const done of waiting) done(failure);
  assert.deepEqual(outcomes, [failure]);
});

test("lists and numbers are read from the arguments, and nonsense is refused", () => {
  const read = readOptions(["--shapes", "1x1,1to5", "--stored", "0,100000", "--only", "redis"]);
  assert.deepEqual(
    read?.shapes.map(({ name }) => name),
    ["1x1", "1to5"],
  );
  assert.deepEqual([read?.stored, read?.only, read?.windows], [[0, 100_000], ["redis"], 5]);
  for (const nonsense of [
    ["--shapes", "1x1,"],
    ["--stored", "many"],
    ["--only", "mongo"],
    ["--windows", "0"],
    ["--windows", "1.5"],
    ["--seconds", "soon"],
    ["--warm", "soon"],
    ["--warm=-1"],
    ["--fast"],
  ]) {
    assert.equal(readOptions(nonsense), null, nonsense.join(" "));
  }
});
