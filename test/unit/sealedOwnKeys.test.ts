// Servers that hide a user's own keys, or give the user another name: new keys are made, but what
// was known of others, and who was verified, is not forgotten over it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { identityFrom } from "../../src/client/sealing/identity.ts";
import { unkeptPins } from "../../src/client/sealing/pins.ts";
import type { Message } from "../../src/wire/messages.ts";
import { lyingNetwork } from "../support/lyingNetwork.ts";
import { run, said } from "../support/sealedScript.ts";
import { password, started } from "../support/seats.ts";
import { Script, type ScriptOptions } from "../support/simFaces.ts";

const mallory = identityFrom(Buffer.alloc(64, 77));
const none = { publics: Buffer.alloc(0), salts: [], wraps: [], former: [], formerWraps: [] };

/** As servers do it that have the user make new keys, and give out their own as bob's. */
function usurpers(own: (keys: Message & { type: "ownKeys" }) => Message): {
  readonly sent: Message[];
  readonly wires: NonNullable<ScriptOptions["wires"]>;
} {
  const sent: Message[] = [];
  const hand = {
    toClient: (message: Message): readonly Message[] => {
      if (message.type === "ownKeys") return [own(message)];
      if (message.type === "keysAre") return [{ ...message, publics: mallory.publics }];
      if (message.type !== "refused" || message.code !== "keys-exist") return [message];
      return [{ type: "keysKept", request: message.request, op: 1 as never, copies: 3 }];
    },
    toServer: (message: Message): readonly Message[] => {
      if (message.type === "send") sent.push(message);
      return [message];
    },
  };
  return { sent, wires: (network) => lyingNetwork(network, hand) };
}

test("whose own keys are hidden by the servers still knows whom he has verified", async () => {
  const cluster = await started(1);
  await run(cluster, ["register bob", password]);
  const pins = unkeptPins();
  await run(cluster, ["register alice", password, "verify bob", "verify bob yes"], { pins });
  const { sent, wires } = usurpers((message) => ({ ...message, ...none }));
  const alice = await run(cluster, ["login alice", password, "send bob secret"], { pins, wires });
  assert.ok(said(alice, "The servers held no keys of yours"), alice.out.join("\n"));
  assert.ok(said(alice, "error: bob's key is not the one that you verified"));
  assert.deepEqual(sent, []);
});

test("keys of one's own that are taken away within a session make nobody forget", async () => {
  const cluster = await started(2);
  await run(cluster, ["register bob", password]);
  let isLying = false;
  const sent: Message[] = [];
  const publics: string[] = [];
  const alice = new Script(cluster, ["register alice", password, "verify bob", "verify bob yes"], {
    open: true,
    wires: (network) =>
      lyingNetwork(network, {
        toServer: (message) => {
          if (message.type === "keysPut") publics.push(message.publics.toString("base64"));
          if (message.type === "send") sent.push(message);
          return [message];
        },
        toClient: (message) => {
          if (message.type === "keysAre" && isLying) {
            return [{ ...message, publics: mallory.publics }];
          }
          if (message.type === "refused" && message.code === "keys-exist") {
            return [{ type: "keysKept", request: message.request, op: 1 as never, copies: 3 }];
          }
          if (message.type !== "names" || isLying) return [message];
          isLying = true;
          const former = [publics[0] ?? ""];
          return [message, { type: "ownKeys", ...none, former, formerWraps: [""] }];
        },
      }),
  });
  await cluster.until(() => said(alice, "bob is verified."), "the mark");
  alice.type("search *");
  await cluster.run(300);
  alice.type("send bob secret");
  await cluster.run(500);
  assert.equal(publics.length, 2, "new keys were made");
  assert.ok(said(alice, "The servers held no keys of yours"), alice.out.join("\n"));
  assert.ok(said(alice, "error: bob's key is not the one that you verified"));
  assert.deepEqual(sent, []);
});

test("who is called by another name by the servers still knows whom he has verified", async () => {
  const cluster = await started(3);
  await run(cluster, ["register bob", password]);
  const pins = unkeptPins();
  await run(cluster, ["register alice", password, "verify bob", "verify bob yes"], { pins });
  const sent: Message[] = [];
  const alice = await run(cluster, ["login alice", password, "send bob secret"], {
    pins,
    wires: (network) =>
      lyingNetwork(network, {
        toServer: (message) => {
          if (message.type === "send") sent.push(message);
          return [message];
        },
        toClient: (message) => {
          if (message.type === "loggedIn") return [{ ...message, name: "alice2" }];
          if (message.type === "keysAre") return [{ ...message, publics: mallory.publics }];
          return [message];
        },
      }),
  });
  assert.ok(said(alice, "error: bob's key is not the one that you verified"), alice.out.join("\n"));
  assert.deepEqual(sent, []);
});
