// Whose an outbox is when several processes would send it: the first that claims it has it, and
// what a process leaves undone when it ends falls to the next. No disk error ends anybody.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { StoredOutbox } from "../../src/client/kept.ts";
import { checkOutbox } from "../../src/client/keptCheck.ts";
import { makeOutboxFiles, type OutboxFiles } from "../../src/node/outboxFile.ts";
import { makePinFiles } from "../../src/node/pinFiles.ts";
import { exampleOutbox as outbox } from "../support/memoryOutbox.ts";

const dead = 2 ** 30;
const none = { outbox: null, problem: null };
const skip = process.platform !== "linux" && "only Linux tells one life of a process from another";

interface Place {
  readonly files: OutboxFiles<StoredOutbox>;
  readonly environment: { readonly XDG_STATE_HOME: string };
  readonly folder: string;
  readonly file: string;
  /** As if that process had written it. */
  write(pid: number, life: string): void;
  owner(): unknown;
}

function inPlace(run: (place: Place) => void): void {
  const home = mkdtempSync(join(tmpdir(), "replichat-claims-"));
  const environment = { XDG_STATE_HOME: home };
  const folder = join(home, "replichat", "outbox");
  const file = join(folder, `${outbox.client}.json`);
  mkdirSync(folder, { recursive: true });
  const files = makeOutboxFiles(environment, checkOutbox);
  const write = (pid: number, life: string): void => {
    writeFileSync(file, JSON.stringify({ process: pid, life, outbox }));
  };
  const owner = (): unknown => {
    // Written right here.
    return (JSON.parse(readFileSync(file, "utf8")) as { readonly process: unknown }).process;
  };
  try {
    run({ files, environment, folder, file, write, owner });
  } finally {
    rmSync(home, { recursive: true });
  }
}

/** A living process that is not this one, and its life. */
function withAnother(run: (pid: number, life: string) => void): void {
  const other = spawn("sleep", ["60"]);
  try {
    const stat = readFileSync(`/proc/${other.pid}/stat`, "latin1").split(" ");
    run(other.pid ?? 0, stat[21] ?? "");
  } finally {
    other.kill("SIGKILL");
  }
}

test("an outbox that a dead process left is claimed, and is then the claimant's", () => {
  inPlace(({ files, folder, write, owner }) => {
    write(dead, "7");
    assert.deepEqual(files.claim(outbox.client), { outbox, problem: null });
    assert.equal(owner(), process.pid);
    assert.deepEqual(readdirSync(folder), [`${outbox.client}.json`], "no claim is left lying");
    assert.deepEqual(files.claim(outbox.client), { outbox, problem: null }, "again, by the same");
    assert.equal(files.drop(outbox.client), null);
    assert.deepEqual(files.claim(outbox.client), none);
  });
});

test("what a living process has written or is just claiming is not claimed", { skip }, () => {
  inPlace(({ files, folder, write, owner }) => {
    withAnother((pid, life) => {
      write(pid, life);
      assert.deepEqual(files.claim(outbox.client), none);
      write(dead, "7");
      const claim = join(folder, `${outbox.client}.${dead}-7.claim`);
      symlinkSync(`${pid}-${life}`, claim);
      assert.deepEqual(files.claim(outbox.client), none);
      assert.equal(owner(), dead);
      rmSync(claim);
      symlinkSync(`${pid}-${life}0`, claim);
      assert.deepEqual(files.claim(outbox.client), { outbox, problem: null }, "it has ended");
      assert.deepEqual(readdirSync(folder), [`${outbox.client}.json`]);
    });
  });
});

test("whatever stands in place of its owner, an outbox that nobody living owns is claimed", () => {
  inPlace(({ environment, files, folder, file }) => {
    const owners = [
      { process: -1, life: "" },
      { process: 0.5, life: "7" },
      { process: "1", life: 7 },
      { process: dead, life: "../../../elsewhere" },
      {},
    ];
    for (const owner of owners) {
      writeFileSync(file, JSON.stringify({ ...owner, outbox }));
      assert.deepEqual(files.claim(outbox.client), { outbox, problem: null });
      assert.deepEqual(readdirSync(folder), [`${outbox.client}.json`]);
    }
    assert.deepEqual(readdirSync(environment.XDG_STATE_HOME), ["replichat"]);
  });
});

test("a file that holds no outbox, or one of another name, is left alone, and that is said", () => {
  inPlace(({ files, folder, file, write }) => {
    const another = join(folder, `${"0".repeat(32)}.json`);
    write(dead, "7");
    renameSync(file, another);
    const { kept, problem } = files.load();
    assert.deepEqual(kept, []);
    assert.equal(problem?.includes(another), true, problem ?? "nothing was said");
    rmSync(another);
    const other = JSON.stringify({ process: dead, life: "7", outbox: { mine: true } });
    writeFileSync(file, other);
    assert.match(files.load().problem ?? "", /is not what this client writes.*left alone/);
    assert.match(files.claim(outbox.client).problem ?? "", /is not what this client writes/);
    assert.equal(readFileSync(file, "utf8"), other);
  });
});

test("keys that this client did not write count for nothing, are left alone, and that is said", () => {
  inPlace(({ environment }) => {
    const owner = { user: "alice", id: "AAAAAAAAAAA" };
    const keys = join(environment.XDG_STATE_HOME, "replichat", "keys");
    const pins = makePinFiles<{ readonly name: string }>(
      environment,
      (value) => (Array.isArray(value) ? value : null),
      () => null,
    );
    assert.deepEqual(pins.load(owner), { pins: [], problem: null, hadOthers: false });
    const bob = { name: "bob" };
    assert.equal(pins.keep(owner, { name: "bob", pin: bob }), null);
    assert.deepEqual(pins.load(owner).pins, [bob]);
    const file = join(keys, "alice.AAAAAAAAAAA.json");
    for (const text of ['{ "bob": 1 }', "[", ""]) {
      writeFileSync(file, text);
      const { pins: none, problem } = pins.load(owner);
      assert.deepEqual(none, []);
      assert.match(problem ?? "", /is not what this client writes.*left alone/);
      assert.match(pins.keep(owner, { name: "bob", pin: bob }) ?? "", /is not what this client/);
      assert.equal(readFileSync(file, "utf8"), text);
    }
  });
});

test("of others something is kept who share the name or the keys, and of nobody else", () => {
  inPlace(({ environment }) => {
    const keys = join(environment.XDG_STATE_HOME, "replichat", "keys");
    mkdirSync(keys, { recursive: true });
    const owner = { user: "alice", id: "AAAAAAAAAAA" };
    const [formerKeys, formerName] = [
      { ...owner, id: "BBBBBBBBBBB" },
      { ...owner, user: "al" },
    ];
    const stranger = { user: "bob", id: "CCCCCCCCCCC" };
    const pins = makePinFiles(
      environment,
      () => [],
      () => null,
    );
    for (const { user, id } of [owner, stranger])
      writeFileSync(join(keys, `${user}.${id}.json`), "[]");
    writeFileSync(join(keys, "alice.txt"), "");
    assert.deepEqual([pins.others(owner), pins.load(owner).hadOthers], [[], false]);
    writeFileSync(join(keys, `al.${owner.id}.json`), "[]");
    assert.deepEqual([pins.others(owner), pins.load(owner).hadOthers], [[formerName], false]);
    writeFileSync(join(keys, `alice.${formerKeys.id}.json`), "[]");
    assert.deepEqual([pins.others(owner).length, pins.load(owner).hadOthers], [2, true]);
  });
});

test("what cannot be removed or claimed is said so in words, and nothing is thrown", () => {
  inPlace(({ files, environment, file }) => {
    mkdirSync(file);
    assert.match(files.drop(outbox.client) ?? "", /^Removing .* failed: .*\.$/);
    assert.match(files.claim(outbox.client).problem ?? "", /^Reading .* failed: it is a folder/);
    const pins = makePinFiles(
      environment,
      () => [],
      () => null,
    );
    const keys = join(environment.XDG_STATE_HOME, "replichat", "keys", "alice.AAAAAAAAAAA.json");
    mkdirSync(keys, { recursive: true });
    const owner = { user: "alice", id: "AAAAAAAAAAA" };
    assert.match(pins.forget(owner) ?? "", /^Removing .* failed: .*\.$/);
    rmSync(keys, { recursive: true });
    assert.equal(pins.forget(owner), null);
  });
});
