// Servers that answer for another name than they were asked for, or write from one that nobody can
// have: what is known of the name that was meant is what counts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { identityFrom } from "../../src/client/sealing/identity.ts";
import { unkeptPins } from "../../src/client/sealing/pins.ts";
import type { Message } from "../../src/wire/messages.ts";
import type { Cluster } from "../support/cluster.ts";
import { lyingNetwork } from "../support/lyingNetwork.ts";
import { run, said } from "../support/sealedScript.ts";
import { password, started } from "../support/seats.ts";
import { Script } from "../support/simFaces.ts";

const mallory = identityFrom(Buffer.alloc(64, 77));

/** A client past somebody who changes what comes to it. */
function past(change: (message: Message) => Message): {
  readonly wires: (network: Parameters<typeof lyingNetwork>[0]) => typeof network;
} {
  const hand = { toClient: (message: Message): readonly Message[] => [change(message)] };
  return { wires: (network) => lyingNetwork(network, hand) };
}

async function withBob(seed: number): Promise<Cluster> {
  const cluster = await started(seed);
  await run(cluster, ["register bob", password]);
  return cluster;
}

for (const [what, publics] of [
  ["no keys at all", Buffer.alloc(0)],
  ["keys of the servers' own", mallory.publics],
] as const) {
  test(`an answer for another name, with ${what}, is no way around what is known of bob`, async () => {
    const cluster = await withBob(what.length);
    const sent: Message[] = [];
    let isLying = false;
    const hand = {
      toClient: (message: Message): readonly Message[] =>
        message.type === "keysAre" && isLying ? [{ ...message, name: "zoe", publics }] : [message],
      toServer: (message: Message): readonly Message[] => {
        if (message.type === "send") sent.push(message);
        return [message];
      },
    };
    const pins = unkeptPins();
    const lines = ["verify bob", "verify bob yes"];
    await run(cluster, ["register alice", password, ...lines], { pins });
    isLying = true;
    const wires = (network: Parameters<typeof lyingNetwork>[0]): typeof network =>
      lyingNetwork(network, hand);
    const alice = await run(cluster, ["login alice", password, "send bob secret", "verify bob"], {
      pins,
      wires,
    });
    assert.deepEqual(sent, []);
    assert.ok(said(alice, "error: The servers' answer for bob's keys makes no sense"));
    assert.ok(!said(alice, "safety number"));
  });
}

test("nobody writes from a name that cannot be one, but looks like somebody's", async () => {
  const cluster = await withBob(3);
  const names = ["alice ", "alice (verified)", "аlice", "alice", "alice (deleted)", "(deleted)"];
  let at = 0;
  const bob = new Script(cluster, ["login bob", password], {
    open: true,
    ...past((message) =>
      message.type === "message" ? { ...message, from: names[at++] ?? "" } : message,
    ),
  });
  await cluster.until(() => said(bob, "welcome"), "bob to be in");
  const texts = names.map((_, number) => `text${number}`);
  const lines = ["register alice", password, ...texts.map((text) => `send bob ${text}`)];
  await run(cluster, lines);
  await cluster.run(300);
  const read = texts.map((text) => bob.out.some((line) => line.endsWith(`: ${text}`)));
  assert.deepEqual(read, [false, false, false, true, true, true], bob.out.join("\n"));
  assert.equal(bob.out.filter((line) => line.includes("was not written by whom")).length, 3);
});

test("verify yes accepts no number that was neither shown nor known", async () => {
  const cluster = await withBob(4);
  const pins = unkeptPins();
  await run(cluster, ["register alice", password, "verify bob", "send bob one"], { pins });
  const lines = ["verify bob yes", "verify bob yes"];
  const alice = await run(cluster, ["login alice", password, ...lines], {
    pins,
    ...past((message) =>
      message.type === "keysAre" ? { ...message, publics: mallory.publics } : message,
    ),
  });
  assert.ok(said(alice, "error: That is not the number that was shown before"));
  assert.equal(alice.out.filter((line) => line === "bob is verified.").length, 1);
});

test("what is signed with a key of before says so, although it was taken once", async () => {
  const cluster = await withBob(5);
  const pins = unkeptPins();
  let kept: Message | null = null;
  await run(cluster, ["register alice", password, "send bob from the first"]);
  const first = await run(cluster, ["login bob", password], {
    pins,
    ...past((message) => (message.type === "message" ? (kept = message) : message)),
  });
  assert.ok(said(first, "alice: from the first"));
  await run(cluster, ["login alice", password, "delete", "alice"]);
  await run(cluster, ["register alice", password, "send bob from the second"]);
  const lines = ["verify alice", "verify alice yes"];
  const second = await run(cluster, ["login bob", password, ...lines], { pins });
  assert.ok(said(second, "alice: from the second"));
  await run(cluster, ["login alice", password, "send bob from the second again"]);
  // Whoever had the first key writes once more.
  const third = await run(cluster, ["login bob", password], {
    pins,
    ...past((message) =>
      message.type === "message" && kept?.type === "message"
        ? { ...kept, seq: message.seq }
        : message,
    ),
  });
  assert.ok(said(third, "known as alice's before, and is not any more): from the first"));
});
