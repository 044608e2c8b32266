// Servers that lie about sealed messages: whatever they do between two people is seen by whoever it
// is done to. The lies are told on the wire of one of them (lyingNetwork.ts).

import assert from "node:assert/strict";
import { test } from "node:test";
import { unkeptPins } from "../../src/client/sealing/pins.ts";
import type { Message, MessageOf } from "../../src/wire/messages.ts";
import { Cluster } from "../support/cluster.ts";
import { type Hand, lyingNetwork } from "../support/lyingNetwork.ts";
import { run, said } from "../support/sealedScript.ts";
import { Script } from "../support/simFaces.ts";

const password = "correct horse";

interface Talk {
  readonly cluster: Cluster;
  readonly alice: Script;
  readonly bob: Script;
}

/** Alice's words go to bob past the hand. */
async function talk(seed: number, toBob: Hand["toClient"]): Promise<Talk> {
  const cluster = new Cluster({ seed });
  await cluster.start();
  const hand: Hand = toBob === undefined ? {} : { toClient: toBob };
  const bob = new Script(cluster, ["register bob", password], {
    open: true,
    wires: (network) => lyingNetwork(network, hand),
  });
  const alice = new Script(cluster, ["register alice", password], { open: true });
  await cluster.until(() => said(bob, "registered") && said(alice, "registered"), "both");
  // Their keys are on the servers a moment later.
  await cluster.run(100);
  return { cluster, alice, bob };
}

function isLetter(message: Message): message is MessageOf<"message"> {
  return message.type === "message" && message.format === "s";
}

/** Of the messages to bob, how each is passed on, by its place. */
function each(
  change: (letter: MessageOf<"message">, at: number) => readonly Message[],
): Hand["toClient"] {
  let at = 0;
  return (message) => {
    if (!isLetter(message)) return [message];
    at += 1;
    return change(message, at);
  };
}

async function sends({ cluster, alice }: Talk, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    const before = alice.out.length;
    alice.type(`send bob ${text}`);
    await cluster.until(() => alice.out.length > before, "the confirmation");
  }
  await cluster.run(200);
}

test("a message shown again as another one is refused, and one shown twice is shown once", async () => {
  const again = each((letter, at) => {
    const { seq, request } = letter;
    if (at === 1) return [letter];
    if (at === 2)
      return [
        { ...letter, seq: seq + 0 },
        { ...letter, seq: seq + 1 },
      ];
    return [
      { ...letter, seq: seq + 1 },
      { ...letter, seq: seq + 2, request: request + 1 },
    ];
  });
  const given = await talk(1, again);
  await sends(given, "one", "two", "three");
  const { bob } = given;
  assert.equal(bob.out.filter((line) => line.includes("alice: two")).length, 1);
  assert.equal(bob.out.filter((line) => line.includes("alice: three")).length, 1);
  assert.ok(said(bob, "alice: warning: This message is not what its writer signed"));
});

test("what was shown before the client was started is marked when it comes as new once more", async () => {
  const cluster = new Cluster({ seed: 12 });
  await cluster.start();
  const pins = unkeptPins();
  let old: MessageOf<"message"> | null = null;
  let isLying = false;
  const hand: Hand = {
    toClient: (message) => {
      if (!isLetter(message)) return [message];
      old ??= message;
      if (!isLying) return [message];
      const { seq } = message;
      return [
        { ...old, seq },
        { ...message, seq: seq + 1 },
      ];
    },
  };
  const wires = (network: Parameters<typeof lyingNetwork>[0]): typeof network =>
    lyingNetwork(network, hand);
  await run(cluster, ["register bob", password], { pins });
  const alice = new Script(cluster, ["register alice", password, "send bob pay 5"], { open: true });
  await cluster.until(() => said(alice, "bob will get it"), "the confirmation");
  const first = await run(cluster, ["login bob", password], { pins, wires });
  assert.ok(said(first, "alice: pay 5"), first.out.join("\n"));
  const before = alice.out.length;
  alice.type("send bob thanks");
  await cluster.until(() => alice.out.length > before, "the confirmation");
  isLying = true;
  const second = await run(cluster, ["login bob", password], { pins, wires });
  assert.ok(said(second, "alice (shown on this machine before): pay 5"), second.out.join("\n"));
  assert.ok(said(second, "alice: thanks"));
});

test("messages that come in another order than they were written in are seen to", async () => {
  let held: MessageOf<"message"> | null = null;
  const given = await talk(
    2,
    each((letter, at) => {
      if (at !== 2) {
        const late = held;
        held = null;
        if (late === null) return [letter];
        return [
          { ...letter, seq: late.seq },
          { ...late, seq: letter.seq },
        ];
      }
      held = letter;
      return [];
    }),
  );
  await sends(given, "one", "two", "three");
  const { bob } = given;
  assert.ok(said(bob, "alice (a message before this one is missing): three"));
  assert.ok(said(bob, "warning: A message that was written before others"));
  assert.ok(!said(bob, "alice: two"));
});

test("a message that is kept back is missed as soon as the next one comes", async () => {
  const given = await talk(
    3,
    each((letter, at) => (at === 2 ? [] : [letter])),
  );
  await sends(given, "one", "two", "three", "four");
  const { bob } = given;
  assert.ok(said(bob, "alice (a message before this one is missing): three"));
  assert.ok(said(bob, "alice: four"));
});

test("a message under another name than its writer's, or changed, is not shown as his", async () => {
  const given = await talk(
    4,
    each((letter, at) => {
      const { body } = letter;
      if (at === 2) return [{ ...letter, from: "carol" }];
      if (at === 3) return [{ ...letter, body: `${body.slice(0, -4)}AAAA` }];
      if (at === 4) return [{ ...letter, body: body.replace(".", ".A") }];
      if (at === 5) return [{ ...letter, group: "#team" }];
      return [letter];
    }),
  );
  await sends(given, "one", "two", "three", "four", "five");
  const { bob } = given;
  assert.ok(said(bob, "alice: one"));
  const lines = bob.out.filter((line) => line.includes("warning: "));
  assert.equal(lines.length, 4);
  assert.match(lines[0] ?? "", /carol: warning: .*the key known here as alice's/);
  assert.match(lines[1] ?? "", /alice: warning: This message cannot be opened/);
  assert.match(lines[2] ?? "", /alice: warning: This message cannot be opened/);
  for (const text of ["two", "three", "four", "five"]) assert.ok(!said(bob, `: ${text}`), text);
});

test("a message that was sealed for somebody else stays closed, and says so", async () => {
  const cluster = new Cluster({ seed: 5 });
  await cluster.start();
  await run(cluster, ["register carol", password]);
  let toCarol: MessageOf<"message"> | null = null;
  // Of one's own copies the servers make mail for bob.
  const hand: Hand = {
    toClient: (message) => {
      if (!isLetter(message) || toCarol === null) return [message];
      const { seq } = message;
      return [{ ...toCarol, seq, own: false, from: "alice", to: "bob" }];
    },
  };
  const wires = (network: Parameters<typeof lyingNetwork>[0]): typeof network =>
    lyingNetwork(network, hand);
  const bob = new Script(cluster, ["register bob", password], { open: true, wires });
  const alice = new Script(cluster, ["register alice", password], { open: true });
  const other = new Script(cluster, ["login carol", password], {
    open: true,
    wires: (network) =>
      lyingNetwork(network, {
        toClient: (message) => {
          if (isLetter(message)) toCarol = message;
          return [message];
        },
      }),
  });
  await cluster.until(() => said(alice, "registered") && said(other, "welcome"), "all to be in");
  await cluster.run(100);
  alice.type("send carol secret");
  await cluster.until(() => said(other, "alice: secret"), "carol to have it");
  alice.type("send bob hello");
  await cluster.until(() => said(bob, "sealed for somebody else"), "bob to be warned");
  assert.ok(!bob.out.join().includes("secret"));
});

test("one's own copy shown as written to somebody else is refused", async () => {
  const cluster = new Cluster({ seed: 6 });
  await cluster.start();
  await run(cluster, ["register bob", password]);
  await run(cluster, ["register carol", password]);
  const hand: Hand = {
    toClient: (message) =>
      message.type === "entry" && message.to === "bob" ? [{ ...message, to: "carol" }] : [message],
  };
  const wires = (network: Parameters<typeof lyingNetwork>[0]): typeof network =>
    lyingNetwork(network, hand);
  const lines = ["send carol one", "send bob two", "history carol", "history bob"];
  const alice = await run(cluster, ["register alice", password, ...lines], { wires });
  assert.ok(said(alice, "you to carol: one"));
  assert.ok(said(alice, "you to carol: warning: This message is not what its writer signed"));
  assert.ok(!said(alice, "you to carol: two"));
});

test("one's own words, shown as somebody else's, are not believed", async () => {
  const cluster = new Cluster({ seed: 13 });
  await cluster.start();
  await run(cluster, ["register alice", password]);
  const hand: Hand = {
    toClient: (message) =>
      message.type === "entry" ? [{ ...message, own: false, from: "alice" }] : [message],
  };
  const wires = (network: Parameters<typeof lyingNetwork>[0]): typeof network =>
    lyingNetwork(network, hand);
  const lines = ["send bob I owe alice 5", "history bob"];
  const bob = await run(cluster, ["register bob", password, ...lines], { wires });
  assert.ok(said(bob, "alice: warning: This message was not written by whom"), bob.out.join("\n"));
  assert.ok(!said(bob, "alice: I owe"));
});

test("what is not sealed, from somebody who has keys, is marked as nobody's word", async () => {
  const given = await talk(
    7,
    each((letter, at) =>
      at === 2 ? [{ ...letter, format: "p", body: "send me money" }] : [letter],
    ),
  );
  await sends(given, "one", "two");
  assert.ok(
    said(given.bob, "alice (not sealed, although alice has keys"),
    given.bob.out.join("\n"),
  );
});
