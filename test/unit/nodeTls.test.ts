// Servers that prove themselves by certificate, and clients that look at it: who is believed, who
// is not and why, and what those hear who speak no TLS, or nothing at all.

import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { X509Certificate, createPrivateKey } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Socket, connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { newSocketsMax } from "../../src/base/limits.ts";
import { keyHashOf, readCertificate } from "../../src/node/certificate.ts";
import { makeNetwork } from "../../src/node/network.ts";
import { type Ground, makeTlsClient } from "../../src/node/tlsClient.ts";
import { makeTlsServer } from "../../src/node/tlsServer.ts";
import type { ConnectFailure, Link, SecurityProblem } from "../../src/ports.ts";
import { encodeMessage } from "../../src/wire/codec.ts";
import { until } from "../support/securePeers.ts";
import { type TestCertificateName, testCertificate } from "../support/testCertificate.ts";

/** What a test that fails would leave open, and the process with it. */
const leftOpen: (() => unknown)[] = [];
after(() => leftOpen.forEach((close) => close()));

interface Place {
  readonly port: number;
  readonly links: Link[];
  /** What became of those that are over. */
  readonly problems: (SecurityProblem | undefined)[];
  close(): Promise<void>;
}

async function serve(name: TestCertificateName = "localhost"): Promise<Place> {
  const { cert, key } = testCertificate(name);
  const certificate = { options: { cert, key, minVersion: "TLSv1.3" } as const };
  const links: Link[] = [];
  const problems: (SecurityProblem | undefined)[] = [];
  const server = makeTlsServer({
    certificate: { ...certificate, keyHash: "", warnings: [] },
    plainAnswer: Buffer.from("speak TLS here"),
  });
  const listener = await server.listen({ host: "127.0.0.1", port: 0 }, (link) => {
    links.push(link);
    const closed = (problem?: SecurityProblem): void => void problems.push(problem);
    link.start({ bytes: (chunk) => link.send(chunk), drained: () => undefined, closed });
  });
  const close = async (): Promise<void> => {
    for (const link of links) link.destroy();
    await listener.close();
  };
  leftOpen.push(close);
  return { port: listener.address.port, links, problems, close };
}

type Outcome =
  { readonly link: Link } | { readonly failure: ConnectFailure; readonly detail: string };

function call(ground: Ground, port: number, host = "127.0.0.1"): Promise<Outcome> {
  return new Promise((resolve) => {
    makeTlsClient(ground).connect({ host, port }, 2_000, {
      connected: (link) => resolve({ link }),
      failed: (failure, detail) => resolve({ failure, detail }),
    });
  });
}

function ca(name: TestCertificateName): Ground {
  return { kind: "ca", pem: testCertificate(name).cert };
}

test("whom the CA vouches for under the name that was called is believed, nobody else", async () => {
  for (const host of ["localhost", "127.0.0.1"]) {
    const place = await serve();
    const outcome = await call(ca("localhost"), place.port, host);
    ok("link" in outcome, JSON.stringify(outcome));
    outcome.link.destroy();
    await place.close();
  }
  const refusals = [
    ["localhost anew", "localhost", /signed by itself, not by the CA/],
    ["elsewhere", "elsewhere", /another host name/],
    ["expired", "expired", /has expired/],
  ] as const;
  for (const [shown, trusted, words] of refusals) {
    const place = await serve(shown);
    const outcome = await call(ca(trusted), place.port, "localhost");
    ok("failure" in outcome, shown);
    equal(outcome.failure, "certificate-refused");
    match(outcome.detail, words);
    await place.close();
  }
});

test("by its key alone a server is believed whatever its certificate says, and judged", async () => {
  const seen: string[] = [];
  const ground = (answer: string | null): Ground => ({
    kind: "memory",
    trust: {
      judge: ({ host, port }, keyHash) => {
        seen.push(`${host}:${port} ${keyHash}`);
        return answer === null ? null : { code: "certificate-changed", detail: answer };
      },
    },
  });
  const place = await serve("expired");
  const hash = keyHashOf(new X509Certificate(testCertificate("expired").cert));
  match(hash, /^sha256\/\/[A-Za-z0-9+/]{43}=$/);
  const good = await call(ground(null), place.port);
  ok("link" in good);
  deepEqual(await call(ground("It is another one."), place.port), {
    failure: "certificate-changed",
    detail: "It is another one.",
  });
  deepEqual(seen, Array(2).fill(`127.0.0.1:${place.port} ${hash}`));
  good.link.destroy();
  await place.close();
});

test("who calls without TLS is answered in the clear at once, and heard by nobody", async () => {
  const place = await serve();
  for (const words of ["x", "GET / HTTP/1.1\r\n\r\n", "\u0000"]) {
    const socket = connectSocket({ host: "127.0.0.1", port: place.port });
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    socket.write(words);
    await until(() => socket.closed, "the end");
    equal(answer, "speak TLS here");
  }
  deepEqual(place.problems, Array(3).fill({ code: "no-tls", detail: "what came is not TLS" }));
  await place.close();
});

test("a server without TLS is told from a dead one", async () => {
  const listener = await makeNetwork().listen({ host: "127.0.0.1", port: 0 }, (link) => {
    const refuse = (): void => {
      link.send(encodeMessage({ type: "error", code: "no-tls", message: "No TLS here." }));
      link.end();
    };
    link.start({ bytes: refuse, drained: () => undefined, closed: () => undefined });
  });
  leftOpen.push(() => listener.close());
  const outcome = await call(ca("localhost"), listener.address.port);
  ok("failure" in outcome);
  equal(outcome.failure, "no-tls");
  await listener.close();
  const gone = await call(ca("localhost"), listener.address.port);
  ok("failure" in gone);
  equal(gone.failure, "refused");
});

test("a server that takes the call and never answers is unreachable, not distrusted", async () => {
  const sockets: Link[] = [];
  leftOpen.push(() => sockets.forEach((link) => link.destroy()));
  const listener = await makeNetwork().listen({ host: "127.0.0.1", port: 0 }, (link) => {
    sockets.push(link);
  });
  const silent = await call(ca("localhost"), listener.address.port);
  ok("failure" in silent);
  equal(silent.failure, "unreachable");
  const cut = call(ca("localhost"), listener.address.port);
  await until(() => sockets.length === 2, "the second call");
  sockets[1]?.destroy();
  const lost = await cut;
  ok("failure" in lost);
  equal(lost.failure, "unreachable");
  await listener.close();
});

test("older versions than TLS 1.3 are refused", async () => {
  const place = await serve();
  const code = await new Promise<string>((resolve) => {
    const old = { maxVersion: "TLSv1.2", rejectUnauthorized: false } as const;
    const socket = connectTls({ host: "127.0.0.1", port: place.port, ...old });
    socket.on("secureConnect", () => resolve("connected"));
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
  });
  match(code, /ALERT_PROTOCOL_VERSION/);
  await until(() => place.problems.length > 0, "the word of it");
  equal(place.problems[0]?.code, "tls-failed");
  await place.close();
});

test("callers that say nothing, or never finish, keep no honest one out", async () => {
  const place = await serve();
  const idle: Socket[] = [];
  leftOpen.push(() => idle.forEach((socket) => socket.destroy()));
  for (let count = 0; count < newSocketsMax + 200; count += 1) {
    const socket = connectSocket({ host: "127.0.0.1", port: place.port });
    socket.on("error", () => undefined);
    if (count % 2 === 0) socket.write(Buffer.from([22, 3, 1]));
    idle.push(socket);
    if (count % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await until(() => idle.filter(({ closed }) => closed).length >= 150, "the oldest to be dropped");
  const outcome = await call(ca("localhost"), place.port);
  ok("link" in outcome, JSON.stringify(outcome));
  await until(() => place.links.length > 0, "the link at the server");
  equal(place.links.length, 1, "nothing above hears of the others");
  outcome.link.destroy();
  await place.close();
});

test("a certificate that cannot be used is said in words: what, why, what next", () => {
  const folder = mkdtempSync(join(tmpdir(), "replichat-test-"));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  try {
    const [one, other] = [testCertificate("localhost"), testCertificate("elsewhere")];
    const certFile = file("cert.pem", one.cert);
    const keyFile = file("key.pem", one.key);
    const read = (certFile: string, keyFile: string) => () =>
      readCertificate({ certFile, keyFile }, Date.now());
    throws(read(join(folder, "none"), keyFile), /Reading the certificate .*none.* not exist/);
    throws(read(certFile, join(folder, "none")), /Reading the key .*none.* not exist/);
    throws(read(file("a", "hello"), keyFile), /a holds no certificate in PEM form/);
    throws(read(certFile, file("b", "hello")), /b holds no private key in PEM form/);
    for (const type of ["pkcs8", "sec1"] as const) {
      const form = { type, format: "pem", cipher: "aes-256-cbc", passphrase: "words" } as const;
      const locked = file(type, createPrivateKey(one.key).export(form).toString());
      throws(read(certFile, locked), /has a passphrase\. Give one that has none/);
    }
    throws(read(certFile, file("c", other.key)), /key in .*c is not that of the certificate in/);
    deepEqual(read(certFile, keyFile)().warnings, []);
    chmodSync(keyFile, 0o644);
    match(read(certFile, keyFile)().warnings.join(), /can be read by others\. Run: chmod 600/);
    const late = testCertificate("expired");
    const old = read(file("d", late.cert), file("e", late.key))();
    match(old.warnings.join(), /valid up to Jan .* 2021/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
