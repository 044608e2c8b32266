// Real servers all down, a client killed with -9 while a message of its user waits: the next client
// on this machine offers the message, and it arrives once. Under virtual time more of it is shown.

import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { password, townForFile } from "../support/realPeople.ts";
import { whyNoTerminal } from "../support/realTerminal.ts";

const townOfFile = townForFile();
const skip = whyNoTerminal;
const size = { columns: 80, rows: 24 };

test("a message outlives its client's kill -9 in an outage of all servers", { skip }, async () => {
  const town = townOfFile();
  const { cluster } = town;
  const ids = cluster.hosts.map(({ id }) => id);
  const folder = join(town.folder, "home", "replichat", "outbox");
  const first = await town.person("alice", size);
  await Promise.all(ids.map((id) => cluster.kill(id)));
  first.line("send alice a note to myself");
  await first.untilShown("alice (reconnecting)>");
  await first.until(() => filesIn(folder).length === 1, "the message to be kept");
  assert.equal(statSync(join(folder, filesIn(folder)[0] ?? "")).mode & 0o777, 0o600);
  process.kill(first.pid, "SIGKILL");
  await first.until(() => first.exitCode() !== null, "the client's end");
  cluster.start(...ids);
  assert.ok(await cluster.until(() => cluster.members().length === ids.length, 30_000));
  const second = town.terminal(size, { args: ["--user", "alice"] });
  await second.untilShown("password:");
  second.line(password);
  await second.untilShown("1 message of yours was never confirmed");
  second.line("outbox send");
  await second.untilShown("sent 1 message");
  await second.untilShown("alice: a note to myself");
  assert.deepEqual(filesIn(folder), []);
  second.line("history alice");
  await second.untilShown("—");
  second.line("quit");
  await second.until(() => second.exitCode() === 0, "the end");
  const shown = second.everything().filter((row) => row.includes("[2]"));
  assert.deepEqual(shown, [], "it is there once");
});

function filesIn(folder: string): readonly string[] {
  try {
    // Not those that are still being written.
    return readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
}
