// Messages of accounts that are deleted, whose names may be somebody else's by now: they are judged
// by what was known of the name before, never by the key of whoever is called so now.

import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeDeparted } from "../../src/client/sealing/departed.ts";
import { identityFrom } from "../../src/client/sealing/identity.ts";
import { Pins, unkeptPins } from "../../src/client/sealing/pins.ts";
import type { Message } from "../../src/wire/messages.ts";
import type { Cluster } from "../support/cluster.ts";
import { lyingNetwork } from "../support/lyingNetwork.ts";
import { run, said } from "../support/sealedScript.ts";
import { password, started } from "../support/seats.ts";

const [first, second, third] = [1, 2, 3].map((byte) => identityFrom(Buffer.alloc(64, byte)));

function makePins(): Pins {
  return new Pins({ store: unkeptPins(), owner: { user: "bob", id: "id" } });
}

type Known = readonly (readonly [typeof first, "keys" | "letter"])[];

/** The code of what is said of a message of `ivy (deleted)`. */
function judged(known: Known, writer: typeof first, present: typeof first | null): string | null {
  const pins = makePins();
  for (const [identity, from] of known) pins.see("ivy", identity!.signing, from);
  pins.notePresent("ivy", present?.signing ?? null);
  return judgeDeparted(pins, { name: "ivy", writer: writer!.signing, isAsked: true })?.code ?? null;
}

test("a message of a deleted account is judged by what was known of that account", () => {
  const newOne: Known = [[second, "letter"]];
  assert.equal(judged([], first, second!), null, "nothing is known of anybody");
  assert.equal(judged(newOne, first, second!), null, "nothing is known but of the new one");
  assert.equal(judged(newOne, second, second!), "present-key", "the new one wrote it");
  assert.equal(judged(newOne, second, null), null, "the new one is deleted, too");
  assert.equal(judged(newOne, third, null), "unknown-key", "nobody of that name is left");
  const both: Known = [
    [first, "letter"],
    [second, "keys"],
  ];
  assert.equal(judged(both, first, second!), null);
  assert.equal(judged(both, third, second!), "unknown-key", "it was another's, as is known");
});

test("what comes while its writer may have gone meanwhile is not held against her", () => {
  const pins = makePins();
  const { signing } = first!;
  pins.see("ivy", signing, "letter");
  assert.equal(judgeDeparted(pins, { name: "ivy", writer: signing, isAsked: false }), null);
});

/** Bob hears of the first ivy's message when the second has come. */
async function withTwoIvys(seed: number): Promise<Cluster> {
  const cluster = await started(seed);
  await run(cluster, ["register bob", password]);
  await run(cluster, ["register ivy", password, "send bob from the first"]);
  await run(cluster, ["login ivy", password, "delete", "ivy"]);
  await run(cluster, ["register ivy", password, "send bob from the second"]);
  return cluster;
}

test("an old message of who is deleted is no stranger's once the next of that name is known", async () => {
  const cluster = await withTwoIvys(1);
  const pins = unkeptPins();
  const lines = ["login bob", password, "history ivy (deleted)", "inbox"];
  const bob = await run(cluster, lines, { pins });
  assert.ok(said(bob, "ivy (deleted): from the first"), bob.out.join("\n"));
  assert.ok(said(bob, "ivy: from the second"));
  // The next time he has nothing of the second ivy but her key, kept from before.
  const again = await run(cluster, lines, { pins });
  assert.ok(said(again, "ivy (deleted): from the first"), again.out.join("\n"));
  for (const { out } of [bob, again]) {
    assert.ok(!out.some((line) => line.includes("signed with")), out.join("\n"));
  }
});

test("a message of who is called so now, shown as that of who is deleted, says so", async () => {
  const cluster = await withTwoIvys(2);
  const pins = unkeptPins();
  await run(cluster, ["login bob", password], { pins });
  const hand = {
    toClient: (message: Message): readonly Message[] =>
      message.type === "entry" && message.from === "ivy"
        ? [{ ...message, from: "ivy (deleted)" }]
        : [message],
  };
  const bob = await run(cluster, ["login bob", password, "history ivy"], {
    pins,
    wires: (network) => lyingNetwork(network, hand),
  });
  const words = "signed with the key of whoever is called ivy now";
  assert.ok(said(bob, `${words}): from the second`), bob.out.join("\n"));
});
