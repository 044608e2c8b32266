// passwd as people and scripts use it, on a simulated cluster of the product's own servers,
// failovers in the middle included: changed once, and the session goes on under the new password.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Cluster } from "../support/cluster.ts";
import { Person, Script } from "../support/simFaces.ts";

const oldWord = "correct horse";
const newWord = "battery staple";

async function started(seed: number): Promise<Cluster> {
  const cluster = new Cluster({ seed });
  await cluster.start();
  await run(cluster, ["register alice", oldWord]);
  return cluster;
}

async function run(cluster: Cluster, lines: readonly string[], json = false): Promise<Script> {
  const script = new Script(cluster, lines, { json });
  await cluster.until(() => script.exitCode !== null, "the script to end", 60_000);
  return script;
}

test("the password is changed, and the next login takes the new one alone", async () => {
  const cluster = await started(1);
  const lines = ["login alice", oldWord, "passwd", oldWord, newWord, "send alice still here"];
  const alice = await run(cluster, lines);
  assert.equal(alice.out[1], "password changed; your other terminals have to log in anew");
  assert.equal(alice.exitCode, 0);
  assert.equal((await run(cluster, ["login alice", oldWord])).exitCode, 4);
  assert.equal((await run(cluster, ["login alice", newWord])).exitCode, 0);
});

test("a wrong old password and a short new one change nothing, and eat their lines", async () => {
  const cluster = await started(2);
  const wrong = ["passwd", "not my password", newWord, "passwd", oldWord, "short"];
  const alice = await run(cluster, ["login alice", oldWord, ...wrong, "passwd now"], true);
  assert.deepEqual(
    alice.json("error").map(({ command, code }) => [command, code]),
    [
      ["passwd", "wrong-password"],
      ["passwd", "short-password"],
      ["passwd", "misused"],
    ],
  );
  assert.equal((await run(cluster, ["login alice", oldWord])).exitCode, 0);
});

test("the user's other terminals are logged out in words", async () => {
  const cluster = await started(3);
  const other = new Script(cluster, ["login alice", oldWord], { json: true, open: true });
  await cluster.until(() => other.json("loggedIn").length === 1, "the other terminal");
  await run(cluster, ["login alice", oldWord, "passwd", oldWord, newWord]);
  await cluster.until(() => other.json("error").length === 1, "the end of its session");
  assert.equal(other.json("error")[0]?.["code"], "password-changed");
  other.close();
});

for (const delayMs of [0, 1, 2, 3, 4, 6, 8, 12]) {
  test(`the primary dies ${delayMs} ms into the change: it is made once, and answered`, async () => {
    const cluster = await started(10 + delayMs);
    const alice = new Script(cluster, ["login alice", oldWord], { json: true, open: true });
    await cluster.until(() => alice.json("loggedIn").length === 1, "alice to log in");
    for (const line of ["passwd", oldWord, newWord]) alice.type(line);
    await cluster.run(delayMs);
    cluster.crash(0);
    alice.type("send alice after it");
    alice.close();
    await cluster.until(() => alice.exitCode !== null, "the script to end", 60_000);
    assert.deepEqual(alice.json("error"), []);
    assert.equal(alice.json("passwordChanged").length, 1);
    assert.equal(alice.json("sent").length, 1);
    assert.equal((await run(cluster, ["login alice", newWord])).exitCode, 0);
    assert.equal((await run(cluster, ["login alice", oldWord])).exitCode, 4);
  });
}

test("at a terminal the new password is asked for twice, and none is ever shown", async () => {
  const cluster = await started(5);
  const alice = new Person(cluster, { columns: 40 });
  const answer = async (question: string, text: string): Promise<void> => {
    await cluster.until(() => (alice.rows().at(-1) ?? "").startsWith(question), question);
    alice.type(`${text}\r`);
  };
  await answer(">", "login alice");
  await answer("password:", oldWord);
  await answer("alice>", "passwd");
  await answer("old password:", oldWord);
  await answer("new password:", newWord);
  await answer("password again:", "something else");
  await cluster.until(() => alice.rows().join(" ").includes("differ"), "that they differ");
  await answer("alice>", "passwd");
  await answer("old password:", oldWord);
  await answer("new password:", newWord);
  await answer("password again:", newWord);
  await cluster.until(() => alice.rows().join(" ").includes("password changed"), "the change");
  assert.ok(!/horse|staple/.test(alice.rows().join(" ")));
  assert.ok(!alice.kept.some((line) => /horse|staple/.test(line)), "nor kept in the history");
});

test("what was typed ahead of a refused password is no command, and is not shown", async () => {
  const cluster = await started(6);
  const person = new Person(cluster, { columns: 60 });
  for (const line of ["register carol", "tiny", "tiny"]) person.type(`${line}\r`);
  await cluster.until(() => person.rows().join(" ").includes("✗"), "the refusal");
  await cluster.run(200);
  assert.ok(!person.screen.raw.includes("tiny"), person.rows().join("\n"));
  assert.deepEqual(person.kept, ["register carol"]);
});
