// Servers on loopback, which speak in the clear after they have proven the secret to one another:
// what that keeps out, and what it does not.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { areLinked, heard, say, until, withPair, word } from "../support/securePeers.ts";

const bare = { tls: [false, false] } as const;

test("in the clear, a handshake that is played again or sent back links nobody", async () => {
  await withPair(async (pair) => {
    await until(() => areLinked(pair), "the link");
    for (const [id, { recordings }] of pair.meddlers.entries()) {
      const { host, peerPort: port } = pair.listens[id as 0 | 1];
      for (const { there } of recordings) {
        const socket = connect({ host, port });
        let answer = "";
        socket.on("error", () => undefined).on("data", (chunk) => (answer += String(chunk)));
        for (const chunk of there) socket.write(chunk);
        await until(() => answer.includes("different secrets"), "the refusal");
        socket.destroy();
      }
    }
    ok(areLinked(pair), "and the honest link stays");
  }, bare);
  await withPair(
    async ({ one, other, meddlers }) => {
      await until(() => meddlers.every(({ recordings }) => recordings.length > 4), "some tries");
      equal(one.up.size + other.up.size, 0);
      match(one.lines.join("\n"), /Server 0 looks for server 1; this is server 0\./);
    },
    bare,
    ([zero, first]) => ([zero.target, first.target] = [first.target, zero.target]),
  );
});

test("in the clear, whoever sits in between reads and alters: it is for loopback alone", () =>
  withPair(async (pair) => {
    await until(() => areLinked(pair), "the link");
    say(pair, 0);
    await until(() => pair.other.messages.length > 0, "the first message");
    for (const meddler of pair.meddlers) {
      meddler.meddle = (chunk) => Buffer.from(chunk.toString("latin1").replace("1", "7"), "latin1");
    }
    const spoken = (): string => pair.meddlers.map((one) => one.everything().toString()).join("");
    say(pair, 1);
    await until(() => spoken().includes(word), "the message, to be read in between");
    await until(() => pair.other.messages.length > 1, "what was made of it");
    deepEqual(heard(pair), [0, 7]);
  }, bare));
