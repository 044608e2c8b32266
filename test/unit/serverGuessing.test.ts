// Who guesses names and passwords learns nothing from the answers, is slowed down, and gains
// nothing by asking the other servers: they tell the same, and send him to the one that counts.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { asServerId } from "../../src/base/ids.ts";
import { loginTriesFree } from "../../src/base/limits.ts";
import type { MessageOf } from "../../src/wire/messages.ts";
import { greeted, loggedIn, makeClientWorld, type ClientWorld } from "../support/clientWorld.ts";

async function challengeOf(world: ClientWorld, name: string): Promise<MessageOf<"challenged">> {
  const client = await greeted(world);
  client.say(client.challenge(name));
  return client.next("challenged");
}

test("all servers make up the same keys for a name that nobody has, today and tomorrow", async () => {
  // Worlds differ in all that a server draws; the secret is the same.
  const [one, other] = [await makeClientWorld(1), await makeClientWorld(2)];
  const told = await challengeOf(one, "nobody");
  assert.deepEqual(await challengeOf(other, "nobody"), told);
  assert.deepEqual(await challengeOf(one, "NOBODY"), told, "regardless of case, as of names");
  assert.notEqual((await challengeOf(one, "nobody2")).salt, told.salt);
});

test("made-up keys look like those of somebody", async () => {
  const world = await makeClientWorld();
  await loggedIn(world, "alice");
  const [known, unknown] = [await challengeOf(world, "alice"), await challengeOf(world, "nobody")];
  assert.equal(unknown.salt.length, known.salt.length);
  const { cost, blockSize, parallelism } = known;
  assert.deepEqual(
    [unknown.cost, unknown.blockSize, unknown.parallelism],
    [cost, blockSize, parallelism],
  );
});

test("a wrong password and a wrong name get the same answer, from the first try to the last", async () => {
  const world = await makeClientWorld();
  await loggedIn(world, "alice");
  const answers: string[][] = [];
  for (const name of ["alice", "nobody"]) {
    const client = await greeted(world);
    const heard: string[] = [];
    for (let time = 0; time < loginTriesFree + 3; time += 1) {
      client.say(client.challenge(name), client.proof(name, "wrong"));
      const { code, message } = await client.next("refused");
      heard.push(`${code} ${message}`);
    }
    answers.push(heard);
  }
  assert.deepEqual(answers[0], answers[1]);
  assert.match(answers[0]?.at(-1) ?? "", /too-many-tries/);
});

test("only the primary looks at tries, so that asking all servers wins no more of them", async () => {
  const world = await makeClientWorld();
  world.driver.become({ role: "secondary", primary: asServerId(1) });
  const client = await world.connect();
  client.say({ type: "hello", version: 1, client: client.client, ballot: 0 as never });
  client.say(client.challenge("alice"), client.proof("alice", "wrong"));
  await client.ended();
  assert.equal(client.of("refused").length + client.of("challenged").length, 0);
  assert.equal(client.of("notPrimary").length, 1);
});

test("what a try costs is shown, of a name that is known and of one that is not", async (t) => {
  const world = await makeClientWorld();
  await loggedIn(world, "alice");
  for (const name of ["alice", "nobody", "alice", "nobody"]) await tell(t, world, name);
});

/** Shown, not asserted: what else runs on this machine counts for more. */
async function tell(t: TestContext, world: ClientWorld, name: string): Promise<void> {
  const client = await greeted(world);
  const fromMs = performance.now();
  const rounds = 200;
  for (let time = 0; time < rounds; time += 1) {
    client.say(client.challenge(name));
    await client.next("challenged");
  }
  t.diagnostic(`${name}: ${((performance.now() - fromMs) / rounds).toFixed(3)} ms a challenge`);
  assert.equal(client.of("challenged").length, rounds);
}
