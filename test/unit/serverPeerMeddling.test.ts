// Whoever sits between two servers and holds everything but the secret: over TLS he can stop them
// from talking, and nothing else. Nothing is heard that was not said, nothing twice, nothing out of
// order, and nobody is linked to him.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { encodeMessage } from "../../src/wire/codec.ts";
import type { Meddler } from "../support/meddler.ts";
import { heartbeat } from "../support/peerWorld.ts";
import { areLinked, heard, say, until, withPair } from "../support/securePeers.ts";
import { testCertificate } from "../support/testCertificate.ts";

/** Server 0 speaks for so long, whenever it has a link. */
const talkMs = 150;

async function talk(pair: Parameters<typeof say>[0], startAt = 1): Promise<number> {
  const endMs = performance.now() + talkMs;
  let number = startAt;
  while (performance.now() < endMs) {
    if (pair.one.up.has(1)) say(pair, number++);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return number;
}

function expectInOrder(numbers: readonly number[]): void {
  deepEqual(
    numbers,
    [...new Set(numbers)].sort((a, b) => a - b),
  );
}

for (const direction of ["there", "back"] as const) {
  test(`a byte altered on its way ${direction} is never taken for what was said`, async () => {
    let altered = 0;
    const alterAt = (at: number) => (meddlers: readonly Meddler[]) => {
      for (const meddler of meddlers) {
        meddler.meddle = (chunk, way) => {
          const place = at - way.before;
          if (way.direction !== direction || place < 0 || place >= chunk.length) return chunk;
          altered += 1;
          chunk[place] = (chunk[place] ?? 0) ^ 0x40;
          return chunk;
        };
      }
    };
    const places = [0, 1, 5, 11, 40, 100, 180, 300, 500, 700];
    for (const at of places) {
      const check = async (pair: Parameters<typeof say>[0]): Promise<void> => {
        await talk(pair);
        expectInOrder(heard(pair));
      };
      await withPair(check, {}, alterAt(at));
    }
    ok(altered >= places.length, `${altered} bytes were altered`);
  });
}

test("what is thrown in, in the clear or heard before, ends the link and is not heard", () =>
  withPair(async (pair) => {
    const [, before] = pair.meddlers;
    await until(() => areLinked(pair), "the link");
    let next = await talk(pair);
    const spoken = pair.meddlers.flatMap(({ recordings }) =>
      recordings.flatMap((one) => one.there),
    );
    // As much as what TLS takes for the length of a record.
    const forged = Buffer.concat(Array(600).fill(encodeMessage(heartbeat({ sentAtMs: 1 }))));
    for (const bytes of [forged, spoken.at(-1) as Buffer, spoken[0] as Buffer]) {
      await until(() => areLinked(pair), "the link anew");
      const known = before.recordings.length + pair.meddlers[0].recordings.length;
      for (const meddler of pair.meddlers) meddler.inject(bytes);
      const tries = (): number => before.recordings.length + pair.meddlers[0].recordings.length;
      await until(() => tries() > known, "a new connection");
      await until(() => areLinked(pair), "the link anew");
      next = await talk(pair, next);
    }
    expectInOrder(heard(pair));
    match(pair.other.lines.concat(pair.one.lines).join("\n"), /TLS with server \d failed/);
  }));

test("a whole conversation that is played again links nobody and is not heard", () =>
  withPair(async (pair) => {
    await until(() => areLinked(pair), "the link");
    await talk(pair);
    const before = heard(pair).length;
    for (const [id, { recordings }] of pair.meddlers.entries()) {
      const { host, peerPort: port } = pair.listens[id as 0 | 1];
      for (const { there } of recordings) {
        const socket = connect({ host, port });
        let isOver = false;
        socket
          .on("error", () => undefined)
          .on("close", () => (isOver = true))
          .resume();
        for (const chunk of there) socket.write(chunk);
        await until(() => isOver, "the end of the replay");
      }
    }
    equal(heard(pair).length, before);
    ok(areLinked(pair), "and the honest link stays");
  }));

test("a server whose own words are sent back to it links itself to nobody", () =>
  withPair(
    async ({ one, other, meddlers }) => {
      await until(() => meddlers.every(({ recordings }) => recordings.length > 4), "some tries");
      equal(one.up.size + other.up.size, 0);
      match(one.lines.join("\n"), /Server 0 looks for server 1; this is server 0\./);
    },
    {},
    // Who calls server 1 reaches server 0, and the other way round.
    ([zero, first]) => ([zero.target, first.target] = [first.target, zero.target]),
  ));

test("a link that is cut again and again loses no order, and comes back each time", () =>
  withPair(async (pair) => {
    let next = 1;
    for (let cut = 0; cut < 5; cut += 1) {
      await until(() => areLinked(pair), "the link");
      next = await talk(pair, next);
      for (const meddler of pair.meddlers) meddler.cutAll();
      await until(() => !areLinked(pair), "the cut to be noticed");
    }
    expectInOrder(heard(pair));
    ok(heard(pair).length > 10);
  }));

test("a certificate, whoever signed it, does not stand for the secret", async () => {
  let hellos = 0;
  const impostor = createTlsServer({ ...testCertificate("localhost") }, () => (hellos += 1));
  impostor.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => impostor.listen(0, "127.0.0.1", resolve));
  const { port } = impostor.address() as { readonly port: number };
  await withPair(
    async ({ one, other, meddlers }) => {
      await until(() => meddlers.every(({ recordings }) => recordings.length > 4), "some tries");
      equal(one.up.size + other.up.size, 0);
    },
    {},
    (meddlers) => meddlers.forEach((one) => (one.target = { host: "127.0.0.1", port })),
  );
  equal(hellos, 0, "nobody finished a handshake with it");
  await new Promise((resolve) => impostor.close(resolve));
});
