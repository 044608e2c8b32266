// Servers that do not know the account somebody logs in to, and so cannot prove that they do: they
// are not believed, however they leave the proof out.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../../src/wire/messages.ts";
import { lyingNetwork } from "../support/lyingNetwork.ts";
import { run, said } from "../support/sealedScript.ts";
import { password, started } from "../support/seats.ts";

type LoggedIn = Message & { readonly type: "loggedIn" };

const lies: readonly (readonly [string, (reply: LoggedIn) => Message])[] = [
  ["a proof left out", (reply) => ({ ...reply, signature: "" })],
  ["another's proof", (reply) => ({ ...reply, signature: "ab".repeat(32) })],
  [
    "the answer to a registration",
    ({ request, op, copies, name }) => ({ type: "registered", request, op, copies, name }),
  ],
];

for (const [at, [what, lie]] of lies.entries()) {
  test(`a login is none that is answered with ${what}`, async () => {
    const cluster = await started(at + 1);
    await run(cluster, ["register alice", password]);
    const alice = await run(cluster, ["login alice", password, "send alice hello"], {
      wires: (network) =>
        lyingNetwork(network, {
          toClient: (message) => [message.type === "loggedIn" ? lie(message) : message],
        }),
    });
    assert.ok(said(alice, "The server could not prove that it knows your account"));
    assert.ok(!said(alice, "welcome"));
  });
}
