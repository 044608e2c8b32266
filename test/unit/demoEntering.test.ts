// How the demo's people come in: under a name that is free or their own, never into an account of
// somebody else's. The servers are a simulated cluster.

import assert from "node:assert/strict";
import { test } from "node:test";
import { enterAsOneOf } from "../../src/demo/talker.ts";
import { Cluster } from "../support/cluster.ts";
import { connectMachine } from "../support/simFaces.ts";

async function entered(
  cluster: Cluster,
  names: readonly string[],
  password: string,
): Promise<string> {
  let said = "";
  enterAsOneOf(connectMachine(cluster).client, names, password).then(
    (name) => (said = name),
    (error: unknown) => (said = String(error)),
  );
  await cluster.until(() => said !== "", "somebody to come in");
  return said;
}

test("who has a name already keeps it, and the demo takes the next", async () => {
  const cluster = new Cluster({ seed: 61 });
  await cluster.start();
  assert.equal(await entered(cluster, ["ada", "ada2"], "correct horse"), "ada");
  assert.equal(await entered(cluster, ["ada", "ada2"], "another horse"), "ada2");
  assert.equal(await entered(cluster, ["ada", "ada2"], "another horse"), "ada2");
  const full = await entered(cluster, ["ada", "ada2"], "a third horse");
  assert.match(full, /ada2 could not log in: /);
});
