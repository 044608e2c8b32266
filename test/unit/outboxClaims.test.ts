// Whose an outbox is when several processes would send it: the first that claims it has it, and
// what a process leaves undone when it ends falls to the next. No disk error ends anybody.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
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
