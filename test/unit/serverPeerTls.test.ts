// Servers that speak TLS from their shared secret, over real sockets: who reads along, who holds
// another secret, and who speaks no TLS.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { asServerId } from "../../src/base/ids.ts";
import { makePeerKeys } from "../../src/server/peerKeys.ts";
import { areLinked, heard, say, until, withPair, word } from "../support/securePeers.ts";
import { hostSpecs } from "../support/peerWorld.ts";

test("over TLS two servers are linked, and whoever listens in between reads nothing", () =>
  withPair(async (pair) => {
    await until(() => areLinked(pair), "the link");
    for (let number = 1; number <= 20; number += 1) say(pair, number);
    await until(() => heard(pair).length === 20, "twenty messages");
    const bytes = Buffer.concat(pair.meddlers.map((meddler) => meddler.everything()));
    ok(bytes.length > 500, "all went past the meddler");
    ok(!bytes.includes(word), "and none of it in the clear");
    deepEqual([pair.one.lines, pair.other.lines], [[], []]);
  }));

test("another secret is said in words on both sides, once, and links nobody over TLS", () =>
  withPair(
    async ({ one, other, meddlers }) => {
      const tries = (): number => meddlers[0].recordings.length + meddlers[1].recordings.length;
      await until(() => tries() >= 12, "a dozen tries");
      equal(one.up.size + other.up.size, 0);
      const line = (pair: string): string =>
        `Servers ${pair} have different secrets, or something between them alters what they say. ` +
        "Copy one server's state/secret to the others, or set CHAT_SECRET alike, and restart them.";
      deepEqual(one.lines, [line("0 and 1")]);
      deepEqual(other.lines, [line("1 and 0")]);
    },
    { secrets: ["the secret of these tests", "another secret of tests"] },
  ));

test("one server with TLS and one without are told so in words on both sides", () =>
  withPair(
    async ({ one, other }) => {
      await until(() => one.lines.length >= 2 && other.lines.length >= 2, "words on both sides");
      equal(one.up.size + other.up.size, 0);
      match(one.lines.join("\n"), /Server 1 speaks no TLS, and server 0 does\..*--peer-tls/);
      match(other.lines.join("\n"), /Server 0 speaks TLS to other servers\..*--peer-tls/);
      match(other.lines.join("\n"), /sent away: Server 1 speaks no TLS to other servers\./);
    },
    { tls: [true, false] },
  ));

test("each pair of servers has a key of its own in each direction, and names no secret", () => {
  const hosts = hostSpecs(3);
  const secret = Buffer.from("the secret of these tests");
  const keys = [0, 1, 2].map((id) => makePeerKeys({ secret, self: asServerId(id), hosts }));
  const seen = new Set<string>();
  for (const [from, own] of keys.entries()) {
    for (const { host, peerPort: port } of hosts.filter(({ id }) => id !== from)) {
      const { identity, key } = own.forCall({ host, port });
      seen.add(key.toString("hex"));
      for (const called of keys) deepEqual(called.forCaller(identity), key);
      equal(identity, `replichat-1:${from}>${port - 22_167}`);
    }
  }
  equal(seen.size, 6);
  for (const odd of ["", "replichat-1:0>12", "replichat-2:0>1", "replichat-1:0>1 "]) {
    equal(keys[0]?.forCaller(odd), null);
  }
});
