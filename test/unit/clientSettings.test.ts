// What users set for themselves: kept for each of them on this machine, never on a server. What
// each setting changes is shown where that is tested.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { complete } from "../../src/client/complete.ts";
import { lineOf } from "../../src/client/line.ts";
import { parseLine } from "../../src/client/parse.ts";
import { settingNames, Settings, unkeptSettings, valuesOf } from "../../src/client/settings.ts";
import { makeSettingsFile } from "../../src/node/settingsFile.ts";
import { bobAt, enter, password, run, shows, started } from "../support/seats.ts";

test("a setting is changed, shown and kept for the next login of the same user", async () => {
  const cluster = await started(60);
  const settings = unkeptSettings();
  await run(cluster, ["register alice", password, "set time off"], { settings });
  const again = await run(cluster, ["login alice", password, "SET Time"], { settings, json: true });
  assert.deepEqual(again.json("settings"), [{ type: "settings", settings: { time: "off" } }]);
  const other = await run(cluster, ["register bob", password, "set time"], { settings });
  assert.match(other.out.at(-2) ?? "", /^time\s+on /, "bob has set nothing");
});

test("who registers a name anew has the usual settings", async () => {
  const cluster = await started(61);
  const settings = unkeptSettings();
  const alice = ["register alice", password, "set time off"];
  await run(cluster, alice, { settings });
  await run(cluster, ["login alice", password, "delete", "alice"]);
  const anew = await run(cluster, ["register alice", password, "set time"], { settings });
  assert.match(anew.out.at(-2) ?? "", /^time\s+on /);
});

test("what set does not know is refused with what it knows, and changes nothing", async () => {
  const said = (line: string): string => {
    const parsed = parseLine(line);
    return parsed.kind === "misused" ? parsed.message : "";
  };
  assert.match(said("set tide off"), /^set knows .*time/);
  assert.equal(said("set time maybe"), "set time takes on or off.");
  assert.equal(said("set time on off"), "set time takes on or off.");
  assert.match(said("set constructor"), /^set knows/);
  const cluster = await started(62);
  const script = await run(cluster, ["set time off"]);
  assert.deepEqual(script.out, ["error: You are not logged in. Log in first."]);
});

test("without times, what arrives stands alone on its line", async () => {
  const cluster = await started(63);
  const bob = await bobAt(cluster, { columns: 60 });
  bob.type(`set time off${enter}`);
  await cluster.until(() => shows(bob, "time"), "the setting");
  await run(cluster, ["register alice", password, "send bob hi"]);
  await cluster.until(() => bob.rows().includes("[1] alice: hi"), "the message without a time");
});

test("Tab completes settings and their values", () => {
  const known = { names: [], numbers: [], lastSender: null, partner: null };
  assert.equal(complete(lineOf("set ti"), known).line.text, "set time ");
  assert.equal(complete(lineOf("set time of"), known).line.text, "set time off ");
  assert.equal(complete(lineOf("set tide o"), known).line.text, "set tide o");
});

test("every setting has a usual value, and takes each of its own", () => {
  const settings = new Settings(unkeptSettings());
  for (const name of settingNames) {
    assert.equal(settings.of(name), valuesOf(name)[0]);
    for (const value of valuesOf(name)) {
      assert.equal(parseLine(`set ${name} ${value}`).kind, "command");
      settings.change("alice", name, value);
      assert.equal(settings.of(name), value);
    }
  }
});

test("settings last over restarts, for their owner's eyes alone", () => {
  const folder = mkdtempSync(join(tmpdir(), "settings-"));
  try {
    const places = { XDG_STATE_HOME: folder };
    const file = join(folder, "replichat", "settings");
    assert.equal(makeSettingsFile(places).keep("alice", new Map([["time", "off"]])), null);
    assert.equal(makeSettingsFile(places).keep("bob", new Map([["time", "on"]])), null);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(makeSettingsFile(places).load("alice").values.get("time"), "off");
    makeSettingsFile(places).keep("alice", new Map());
    assert.deepEqual(Object.keys(JSON.parse(readFileSync(file, "utf8")) as object), ["bob"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a settings file that makes no sense is left alone, and said so", async () => {
  const folder = mkdtempSync(join(tmpdir(), "settings-"));
  try {
    const places = { XDG_STATE_HOME: folder };
    const file = join(folder, "replichat", "settings");
    makeSettingsFile(places).keep("alice", new Map([["time", "off"]]));
    writeFileSync(file, "[]");
    const settings = makeSettingsFile(places);
    const cluster = await started(64);
    const script = ["register alice", password, "set time off", "set time"];
    const { out } = await run(cluster, script, { settings });
    const text = out.join("\n");
    assert.match(text, /Mend it or remove it; it is left alone\./);
    assert.match(text, /It holds until you leave and no longer: /);
    assert.match(text, /time\s+off /, "it holds for now");
    assert.equal(readFileSync(file, "utf8"), "[]");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("settings that cannot be written say why", () => {
  const settings = makeSettingsFile({ XDG_STATE_HOME: "/dev/null" });
  assert.match(settings.keep("alice", new Map([["time", "off"]])) ?? "", /^Writing .* failed: /);
});
