// Why a script ends before its time, and what is said then: nobody reads it any more, or there is
// no server that it may talk to. Simulated servers, the client's own pipe face.

import assert from "node:assert/strict";
import { test } from "node:test";
import { unkeptPins } from "../../src/client/sealing/pins.ts";
import type { Network } from "../../src/ports.ts";
import { Cluster } from "../support/cluster.ts";
import { password, run, started } from "../support/seats.ts";
import { Script } from "../support/simFaces.ts";

async function ended(cluster: Cluster, script: Script): Promise<Script> {
  await cluster.until(() => script.exitCode !== null, "the script to end");
  return script;
}

test("what a reader that has gone away was not shown is new at the next login, and not read", async () => {
  const cluster = await started(18);
  await run(cluster, ["register alice", password]);
  const lines = ["register bob", password, "chat alice", "/wait 9"];
  const pins = unkeptPins();
  const bob = new Script(cluster, lines, { readLines: 3, pins });
  await cluster.until(() => bob.out.length > 0, "bob to register");
  const texts = ["one", "two", "three"];
  const sends = texts.map((text) => `send bob ${text}`);
  const alice = await run(cluster, ["login alice", password, ...sends, "wait --for 1"], {
    json: true,
  });
  await ended(cluster, bob);
  assert.deepEqual([bob.out.length, bob.exitCode], [3, 0]);
  assert.match(bob.out[2] ?? "", /alice: one$/);
  const said = alice.json("sent").map((one) => one["status"]);
  assert.deepEqual(said, ["delivered", "stored", "stored"]);
  assert.equal(alice.json("status").length, 1, "the first was read, and nothing else");
  const again = await ended(cluster, new Script(cluster, ["login bob", password], { pins }));
  assert.match(again.out.join("\n"), /2 new messages:\n.*\] alice: two\n.*\] alice: three\n/);
});

test("why no server is talked to is said once, whatever waits for an answer", async () => {
  const cluster = await started(19);
  const clock = cluster.clock.forProcess();
  const wires = (network: Network): Network => ({
    ...network,
    connect: (_address, _limitMs, { failed }) => void clock.after(5, () => failed("no-tls", "")),
  });
  for (const lines of [["login bob", password], ["cluster"], ["register bob", password]]) {
    for (const json of [true, false]) {
      const script = await ended(cluster, new Script(cluster, lines, { wires, json }));
      assert.deepEqual([script.out.length, script.exitCode], [1, 3], script.out.join("\n"));
      assert.match(script.out[0] ?? "", /host0:22067 speaks no TLS/);
    }
  }
});

test("servers that are back before a minute is over end no script, though it waits longer than that", async () => {
  const cluster = new Cluster({ seed: 20 });
  const lines = ["register bob", password, "wait --for 40"];
  const script = new Script(cluster, lines, { json: true });
  await cluster.run(40_000);
  await cluster.start();
  await cluster.until(() => script.json("registered").length === 1, "bob to register");
  await cluster.run(30_000);
  assert.deepEqual([script.exitCode, script.errors], [null, []]);
  assert.notEqual((await ended(cluster, script)).exitCode, 3);
});

test("what servers take none of, however often it is asked, is given up, and the rest is done", async () => {
  const cluster = await started(22);
  const long = "x".repeat(2_000);
  const lines = [`search ${long}`, `login ${long}`, password, "login bob", password, "cluster"];
  await run(cluster, ["register bob", password]);
  const script = await run(cluster, lines, { json: true });
  const refused = script.json("error").map(({ command, code }) => [command, code]);
  const code = "frame-too-large";
  assert.deepEqual(refused, [
    ["search", code],
    ["login", code],
  ]);
  assert.deepEqual([script.json("cluster").length, script.exitCode], [1, 4]);
});

test("a script is told of a lost connection while somebody is logged in, and then alone", async () => {
  for (const [seed, last, told] of [
    [361, [], 1],
    [362, ["logout"], 0],
  ] as const) {
    const cluster = await started(seed);
    const lines = ["register bob", password, ...last];
    const script = new Script(cluster, lines, { json: true, open: true });
    const end = last.length === 0 ? "registered" : "loggedOut";
    await cluster.until(() => script.json(end).length === 1, "the script's commands");
    cluster.crash(0, 1, 2);
    await cluster.run(5_000);
    assert.equal(script.json("reconnecting").length, told);
  }
});
