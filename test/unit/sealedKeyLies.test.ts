// Servers that lie about keys: what they give out for others', what they say is gone, what they
// keep of one's own. Whoever it is done to sees it, and nothing goes out that they could read.

import assert from "node:assert/strict";
import { test } from "node:test";
import { identityFrom } from "../../src/client/sealing/identity.ts";
import type { MessageOf } from "../../src/wire/messages.ts";
import { Cluster } from "../support/cluster.ts";
import { type Hand, lyingNetwork } from "../support/lyingNetwork.ts";
import { run, said } from "../support/sealedScript.ts";
import type { Script } from "../support/simFaces.ts";

const password = "correct horse";
const mallory = identityFrom(Buffer.alloc(64, 77));

/** Alice talks to bob past a hand that gives out keys. */
async function asking(
  seed: number,
  lines: readonly string[],
  publics: () => Buffer | null,
): Promise<{ cluster: Cluster; alice: Script }> {
  const cluster = new Cluster({ seed });
  await cluster.start();
  await run(cluster, ["register bob", password]);
  const hand: Hand = {
    toClient: (message) => {
      const lie = message.type === "keysAre" ? publics() : null;
      return lie === null ? [message] : [{ ...(message as MessageOf<"keysAre">), publics: lie }];
    },
  };
  const alice = await run(cluster, ["register alice", password, ...lines], {
    wires: (network) => lyingNetwork(network, hand),
  });
  return { cluster, alice };
}

test("keys that change behind one's back are said, and hold what is for a verified contact", async () => {
  let asked = 0;
  const lines = ["verify bob yes", "verify bob", "send bob secret", "verify bob no"];
  const { cluster, alice } = await asking(8, lines, () => {
    asked += 1;
    return asked === 1 ? null : mallory.publics;
  });
  assert.ok(said(alice, "bob is verified."));
  assert.ok(said(alice, "bob's key is not the one that was known here."), alice.out.join("\n"));
  assert.ok(said(alice, "error: bob's key is not the one that you verified: nothing is sent"));
  assert.equal(alice.exitCode, 1);
  const bob = await run(cluster, ["login bob", password]);
  assert.ok(said(bob, "no new messages"));
});

test("who is not verified is written to after one warning", async () => {
  let asked = 0;
  const lines = ["verify bob", "send bob one", "verify bob no", "send bob two"];
  const { alice } = await asking(9, lines, () => {
    asked += 1;
    return asked <= 2 ? null : mallory.publics;
  });
  assert.equal(alice.out.filter((line) => line.includes("key has changed")).length, 0);
  // The servers themselves know bob's keys, and refuse what was sealed for others.
  assert.ok(said(alice, "error: "), alice.out.join("\n"));
});

test("keys that are gone, or nonsense, never make anybody send plain", async () => {
  let asked = 0;
  const lines = ["send bob one", "verify bob", "verify bob no", "send bob two"];
  const { cluster, alice } = await asking(10, lines, () => {
    asked += 1;
    if (asked === 1) return null;
    return asked === 2 ? Buffer.alloc(0) : mallory.publics.subarray(1);
  });
  assert.ok(said(alice, "error: bob had keys, and now the servers say that there are none."));
  assert.ok(said(alice, "error: The servers' answer for bob's keys makes no sense"));
  const bob = await run(cluster, ["login bob", password], { json: true });
  assert.deepEqual(
    bob.json("message").map(({ text, sealed }) => [text, sealed]),
    [["one", undefined]],
  );
});

test("servers that hide one's own keys make nobody write with others, nor try for ever", async () => {
  const cluster = new Cluster({ seed: 14 });
  await cluster.start();
  await run(cluster, ["register bob", password]);
  await run(cluster, ["register alice", password]);
  let logins = 0;
  const hand: Hand = {
    toClient: (message) => {
      if (message.type === "loggedIn") logins += 1;
      if (message.type !== "ownKeys") return [message];
      return [{ ...message, publics: Buffer.alloc(0), salts: [], wraps: [] }];
    },
  };
  const alice = await run(cluster, ["login alice", password, "send bob secret"], {
    wires: (network) => lyingNetwork(network, hand),
  });
  assert.ok(said(alice, "error: "), alice.out.join("\n"));
  assert.ok(logins < 10, `${logins} logins`);
  assert.ok(said(await run(cluster, ["login bob", password]), "no new messages"));
});

test("whose own keys the servers exchange sends nothing, and is told why", async () => {
  const cluster = new Cluster({ seed: 11 });
  await cluster.start();
  await run(cluster, ["register bob", password]);
  await run(cluster, ["register alice", password]);
  const hand: Hand = {
    toClient: (message) =>
      message.type === "ownKeys" ? [{ ...message, publics: mallory.publics }] : [message],
  };
  const alice = await run(
    cluster,
    ["login alice", password, "send bob secret", "draft new bob x"],
    {
      wires: (network) => lyingNetwork(network, hand),
    },
  );
  assert.ok(said(alice, "Your keys on the servers cannot be opened with your password"));
  assert.ok(said(alice, "error: Your keys"), alice.out.join("\n"));
  assert.ok(said(await run(cluster, ["login bob", password]), "no new messages"));
});
