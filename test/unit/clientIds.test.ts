// Each client id is one account's: whoever logs in as somebody else at the same terminal goes on
// under another id and notices nothing, and nobody who has seen an id can act under it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asClientId } from "../../src/base/ids.ts";
import { memoryOutbox } from "../support/memoryOutbox.ts";
import { connectRaw } from "../support/rawClient.ts";
import { enter, password, run, shows, started } from "../support/seats.ts";
import { connectTo, finishDerivation, only, Script as Core } from "../support/sessionScript.ts";
import { Person, Script } from "../support/simFaces.ts";
import { hostOf } from "../support/simHosts.ts";
import type { Cluster } from "../support/cluster.ts";

const size = { columns: 100, rows: 60 };

/** Half of a message's id. */
function clientOf(message: Record<string, unknown> | undefined): string {
  return String(message?.["id"]).split("-")[0] ?? "";
}

test("two people at one terminal write under two ids, and the first one goes on under a third", async () => {
  const cluster = await started(161);
  await run(cluster, ["register carol", password]);
  const twice = ["send carol as alice", "logout", "register bob", password, "send carol as bob"];
  const back = ["logout", "login alice", password, "send carol as alice again", "history carol"];
  const lines = ["register alice", password, ...twice, ...back];
  const both = new Script(cluster, lines, { json: true });
  await cluster.until(() => both.exitCode !== null, "the script to end", 60_000);
  assert.equal(both.exitCode, 0, both.out.join("\n"));
  assert.deepEqual([both.json("reconnecting"), both.json("error")], [[], []]);
  const carol = await run(cluster, ["login carol", password], { json: true });
  const messages = carol.json("message");
  assert.deepEqual(
    messages.map(({ from, text }) => [from, text]),
    [
      ["alice", "as alice"],
      ["bob", "as bob"],
      ["alice", "as alice again"],
    ],
  );
  assert.equal(new Set(messages.map(clientOf)).size, 3);
});

test("who has seen a client's id can use it for nothing, between two logins of its owner neither", async () => {
  const cluster = await started(162);
  for (const name of ["mallory", "alice"]) await run(cluster, [`register ${name}`, password]);
  const bob = new Person(cluster, { ...size, outbox: memoryOutbox() });
  bob.type(`register bob${enter}${password}${enter}${password}${enter}send mallory hi${enter}`);
  await cluster.until(() => shows(bob, "✓"), "the message");
  const seen = await run(cluster, ["login mallory", password], { json: true });
  const raw = await connected(cluster, clientOf(seen.json("message")[0]));
  bob.type(`logout${enter}`);
  await cluster.run(1_000);
  await raw.hello();
  raw.lastRequest = 999;
  await assert.rejects(raw.register("eve"), /in vain/);
  assert.equal(only(raw.received, "refused").code, "client-taken");
  for (let request = 1; request <= 40; request += 1) {
    raw.say({ type: "send", request, received: 0, to: "eve", format: "p", body: "burned" });
  }
  raw.link.end();
  bob.type(`login bob${enter}${password}${enter}`);
  await cluster.run(1_000);
  for (const text of ["one", "two", "three"]) bob.type(`send alice ${text}${enter}`);
  await cluster.run(1_000);
  const alice = await run(cluster, ["login alice", password], { json: true });
  assert.deepEqual(
    alice.json("message").map(({ from, text }) => [from, text]),
    ["one", "two", "three"].map((text) => ["bob", text]),
  );
});

async function connected(
  cluster: Cluster,
  id: string,
): Promise<Awaited<ReturnType<typeof connectRaw>>> {
  const machine = cluster.network.forProcess(hostOf("mallory"), cluster.clock.forProcess());
  const address = { host: hostOf(0), port: 22_067 };
  return connectRaw(machine, address, asClientId(id), (condition, what) =>
    cluster.until(condition, what),
  );
}

test("servers that know no id as free are believed the second time", () => {
  const script = new Core();
  script.put({ kind: "start" });
  connectTo(script, 0);
  script.put({ kind: "register", ticket: 1, name: "alice", password: "correct horse" });
  finishDerivation(script);
  const ids = [script.state.client];
  const refuse = (): void => {
    const { request } = only(script.sent(), "register");
    script.say({ type: "refused", request, code: "client-taken", message: "Taken." });
  };
  refuse();
  assert.deepEqual(script.outcomes(1), []);
  connectTo(script, 0);
  ids.push(script.state.client);
  assert.notEqual(ids[0], ids[1]);
  refuse();
  const [outcome] = script.outcomes(1);
  assert.ok(outcome?.ok === false && outcome.code === "client-taken");
});
