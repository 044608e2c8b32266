// The demo's bot among people: it answers what was written to it, where it was written, and nothing
// else. The servers are a simulated cluster.

import assert from "node:assert/strict";
import { test } from "node:test";
import { unkeptPins } from "../../src/client/sealing/pins.ts";
import { Sealer } from "../../src/client/sealing/sealer.ts";
import { Bot } from "../../src/demo/bot.ts";
import { enter } from "../../src/demo/talker.ts";
import { password, run, started } from "../support/seats.ts";
import { connectMachine, Script } from "../support/simFaces.ts";

test("the bot answers once, in the group where it was written to, and not to being added", async () => {
  const cluster = await started(351);
  const { client, clock } = connectMachine(cluster);
  new Bot(client, { clock, serving: () => 3 });
  let isIn = false;
  void enter(client, "bot").then(() => (isIn = true));
  await cluster.until(() => isIn, "the bot");
  await run(cluster, ["register alice", password, "group create #team", "group add #team bot"]);
  const alice = new Script(cluster, ["login alice", password], { json: true, open: true });
  await cluster.run(3_000);
  assert.deepEqual(alice.json("message"), [], "no answer to being added");
  alice.type("send #team hello");
  await cluster.run(3_000);
  alice.type("send bot hello");
  await cluster.run(3_000);
  const answers = alice.json("message").map(({ from, group, text }) => [from, group, text]);
  assert.deepEqual(
    answers.map(([from, group]) => [from, group]),
    [
      ["bot", "#team"],
      ["bot", undefined],
    ],
  );
  assert.match(String(answers[1]?.[2]), /Message 2, and I have had each of them once/);
});

test("the bot's greeting waits for the keys of who has just come, so that it is sealed", async () => {
  const cluster = await started(352);
  const { client, clock } = connectMachine(cluster);
  const bot = new Bot(client, { clock, serving: () => 3 });
  let isIn = false;
  void enter(client, "bot").then(() => (isIn = true));
  await cluster.until(() => isIn, "the bot");
  const person = connectMachine(cluster);
  let isHere = false;
  void enter(person.client, "ada").then(() => (isHere = true));
  await cluster.until(() => isHere, "ada, who has no keys yet");
  void bot.greet("ada", "Hello, I am the bot.");
  await cluster.run(2_000);
  const formats: string[] = [];
  person.client.onEvent((event) => {
    if (event.kind === "message") formats.push(event.letter.format);
  });
  assert.deepEqual(formats, []);
  const pins = unkeptPins();
  new Sealer({ client: person.client, pins, tell: () => undefined });
  await cluster.until(() => formats.length === 1, "the greeting");
  assert.notEqual(formats[0], "p");
});
