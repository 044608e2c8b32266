// Links from a shared key, seen by somebody who speaks TLS with a library of his own: which version
// and keys they take, and who is turned away, as whom, and why.

import { deepEqual, equal, match } from "node:assert/strict";
import { after, test } from "node:test";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { makePskNetwork } from "../../src/node/pskNetwork.ts";
import type { Link, Listener, SecurityProblem } from "../../src/ports.ts";
import { until } from "../support/securePeers.ts";

const key = Buffer.alloc(32, "k");
const keys = {
  forCall: () => ({ identity: "one of us", key }),
  forCaller: (identity: string) => (identity === "one of us" ? key : null),
};

const leftOpen: (Listener | Link)[] = [];
after(() => leftOpen.forEach((one) => void ("close" in one ? one.close() : one.destroy())));

interface Ear {
  readonly port: number;
  readonly problems: (SecurityProblem | undefined)[];
}

async function listen(): Promise<Ear> {
  const problems: (SecurityProblem | undefined)[] = [];
  const network = makePskNetwork({ keys, plainAnswer: Buffer.from("speak TLS") });
  const listener = await network.listen({ host: "127.0.0.1", port: 0 }, (link) => {
    leftOpen.push(link);
    const closed = (problem?: SecurityProblem): void => void problems.push(problem);
    link.start({ bytes: () => undefined, drained: () => undefined, closed });
  });
  leftOpen.push(listener);
  return { port: listener.address.port, problems };
}

/** What TLS was agreed upon, or the code of the error. */
function call(port: number, options: ConnectionOptions): Promise<readonly unknown[]> {
  return new Promise((resolve) => {
    const socket = connectTls({
      host: "127.0.0.1",
      port,
      checkServerIdentity: () => undefined,
      ...options,
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve([error.code]));
    socket.on("secureConnect", () => {
      const info = socket.getEphemeralKeyInfo() as { readonly name?: string };
      resolve([socket.getProtocol(), socket.getCipher().name, info.name]);
      socket.end();
    });
  });
}

const named = (identity: string, psk = key): ConnectionOptions => ({
  pskCallback: () => ({ identity, psk }),
});
/** The usual list begins with ciphers of another hash than such keys have. */
const ciphers = "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";

test("a link takes TLS 1.3, fresh keys of its own, and a cipher that never wears out", async () => {
  const { port, problems } = await listen();
  deepEqual(await call(port, { ...named("one of us"), ciphers }), [
    "TLSv1.3",
    "TLS_CHACHA20_POLY1305_SHA256",
    "X25519",
  ]);
  await until(() => problems.length === 1, "the end");
  deepEqual(problems, [undefined], "an orderly end is no problem");
});

test("who holds another key, or goes by no name, is turned away as whom he said he was", async () => {
  const { port, problems } = await listen();
  const other = named("one of us", Buffer.alloc(32, "x"));
  match(String(await call(port, { ...other, ciphers })), /ALERT_ILLEGAL_PARAMETER/);
  match(String(await call(port, { ...named("nobody"), ciphers })), /ALERT_HANDSHAKE_FAILURE/);
  match(String(await call(port, { rejectUnauthorized: false })), /ALERT_HANDSHAKE_FAILURE/);
  await until(() => problems.length === 3, "three problems");
  deepEqual(
    problems.map((problem) => [problem?.code, problem?.claimed]),
    [
      ["wrong-secret", "one of us"],
      ["tls-failed", "nobody"],
      ["tls-failed", undefined],
    ],
  );
});

test("older versions, whose keys would not be fresh, are refused", async () => {
  const { port, problems } = await listen();
  const old = { ...named("one of us"), maxVersion: "TLSv1.2", ciphers: "PSK" } as const;
  match(String(await call(port, old)), /ALERT_PROTOCOL_VERSION/);
  await until(() => problems.length > 0, "the word of it");
  equal(problems[0]?.code, "tls-failed");
});
