// A link that somebody has planted where the client or a server keeps a file of its own: nothing is
// read or written through it, whatever it points to, and where the file matters that is said.

import assert from "node:assert/strict";
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readOrMakeSecret } from "../../src/node/files.ts";
import { makeHistoryFile } from "../../src/node/historyFile.ts";
import { makeKnownServersFile } from "../../src/node/knownServersFile.ts";
import { makeOutboxFiles } from "../../src/node/outboxFile.ts";
import { makePinFiles } from "../../src/node/pinFiles.ts";
import { makeSettingsFile } from "../../src/node/settingsFile.ts";
import { replaceWhole } from "../../src/node/stateFiles.ts";

const precious = "somebody else's file, which is precious\n";
const words = /is a symbolic link, which is not followed/;

interface Place {
  readonly home: string;
  readonly environment: { readonly XDG_STATE_HOME: string };
  /** Puts a link to the precious file there. */
  plant(name: string): string;
}

function inPlace(run: (place: Place) => void): void {
  const home = mkdtempSync(join(tmpdir(), "replichat-own-"));
  const target = join(home, "precious");
  writeFileSync(target, precious);
  const plant = (name: string): string => {
    const file = join(home, "replichat", name);
    mkdirSync(join(file, ".."), { recursive: true });
    symlinkSync(target, file);
    return file;
  };
  try {
    run({ home, environment: { XDG_STATE_HOME: home }, plant });
    assert.equal(readFileSync(target, "utf8"), precious);
  } finally {
    rmSync(home, { recursive: true });
  }
}

test("no history is read from a link, nor is a line of it written through one", () => {
  inPlace(({ environment, plant }) => {
    plant("history");
    const history = makeHistoryFile(environment);
    assert.deepEqual(history.load(), []);
    history.add("send bob hello");
    assert.deepEqual(history.load(), []);
  });
});

test("settings that are a link are neither read nor replaced, and that is said", () => {
  inPlace(({ environment, plant }) => {
    plant("settings");
    const settings = makeSettingsFile(environment);
    assert.match(settings.load("alice").problem ?? "", words);
    assert.match(settings.keep("alice", new Map([["bell", "all"]])) ?? "", words);
  });
});

test("known servers that are a link are nobody's, and that is said", () => {
  inPlace(({ environment, plant }) => {
    plant("known-servers");
    const known = makeKnownServersFile(environment);
    assert.match(String(known.load()), words);
    assert.match(known.keep("ada.lan:22067", `sha256//${"A".repeat(43)}=`) ?? "", words);
  });
});

test("pins that are a link are not trusted, and that is said", () => {
  inPlace(({ environment, plant }) => {
    plant("keys/alice.1.json");
    const pins = makePinFiles<{ readonly name: string }>(
      environment,
      () => [],
      () => null,
    );
    const owner = { user: "alice", id: "1" };
    assert.match(pins.load(owner).problem ?? "", words);
    assert.match(pins.keep(owner, { name: "bob", pin: { name: "bob" } }) ?? "", words);
  });
});

test("an outbox that is a link holds nothing, and is replaced by one that is none", () => {
  inPlace(({ environment, plant }) => {
    const client = "0123456789abcdef".repeat(2);
    const file = plant(`outbox/${client}.json`);
    const files = makeOutboxFiles<{ readonly client: string }>(environment, () => null);
    assert.match(files.load().problem ?? "", words);
    assert.equal(files.keep({ client }), null);
    assert.equal(lstatSync(file).isSymbolicLink(), false);
  });
});

test("a link beside a file that is being replaced is not written through", () => {
  inPlace(({ home, plant }) => {
    plant(`settings.${process.pid}`);
    const file = join(home, "replichat", "settings");
    replaceWhole(file, "{}\n");
    assert.equal(readFileSync(file, "utf8"), "{}\n");
  });
});

test("files for their owner alone stay so when the user's mask lets everybody in", () => {
  inPlace(({ home, environment }) => {
    const before = process.umask(0);
    try {
      makeHistoryFile(environment).load();
      makeHistoryFile(environment).add("send bob hello");
      makeSettingsFile(environment).keep("alice", new Map([["bell", "all"]]));
    } finally {
      process.umask(before);
    }
    const folder = join(home, "replichat");
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    for (const name of ["history", "settings"]) {
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
    }
  });
});

test("a secret that is a link is refused in words, and none is made in its place", async () => {
  const folder = mkdtempSync(join(tmpdir(), "replichat-own-"));
  try {
    const target = join(folder, "elsewhere");
    const path = join(folder, "secret");
    symlinkSync(target, path);
    await assert.rejects(readOrMakeSecret(path), words);
    writeFileSync(target, "a secret of somebody else's choice");
    await assert.rejects(readOrMakeSecret(path), words);
    assert.equal(lstatSync(path).isSymbolicLink(), true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
