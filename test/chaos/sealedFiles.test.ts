// What lies on the disks of real servers when people have talked past them: nothing that could be
// read. Their frames and logs are looked through under virtual time (sealedChat.test.ts).

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { say, townForFile } from "../support/realPeople.ts";

const townOfFile = townForFile();
const marker = "xylophone";

test("no file of a real server holds a word that two people exchanged", async () => {
  const town = townOfFile();
  const alice = await town.friend("alice");
  const bob = await town.friend("bob");
  for (let at = 0; at < 20; at += 1) {
    await say(alice, "bob", `${marker} ${at}`);
    await say(bob, "alice", `${at} ${marker}`);
  }
  const files = filesIn(join(town.folder, "state"));
  const journals = files.filter((file) => file.includes("journal-"));
  assert.equal(journals.length, 3, files.join("\n"));
  for (const file of journals) assert.ok(readFileSync(file).includes("|s|"), "sealed bodies");
  for (const file of files) assert.ok(!readFileSync(file).includes(marker), file);
});

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? filesIn(path) : [path]));
}
