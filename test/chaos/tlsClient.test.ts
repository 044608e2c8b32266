// A real server and real clients that do or do not speak TLS, and what each is told: nobody hangs,
// nobody sees garbage, and a server that has changed ends the client with an exit code and words.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readCertificate } from "../../src/node/certificate.ts";
import { type TestCertificateName, testCertificate } from "../support/testCertificate.ts";

const bin = (name: string): string => new URL(`../../bin/${name}.js`, import.meta.url).pathname;
const port = 25_500 + (process.pid % 200) * 2;
const host = `127.0.0.1:${port}:${port + 1}`;
const limitMs = 40_000;

let folder = "";
let server: ChildProcess | null = null;

before(() => (folder = mkdtempSync(join(tmpdir(), "replichat-test-"))));
after(() => {
  server?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

function pem(name: TestCertificateName, part: "cert" | "key"): string {
  const file = join(folder, `${name}.${part}`);
  writeFileSync(file, testCertificate(name)[part], { mode: 0o600 });
  return file;
}

/** In place of the one before. */
async function serve(name: TestCertificateName | null): Promise<void> {
  if (server !== null) {
    server.kill("SIGTERM");
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
  }
  const tls = name === null ? [] : ["--tls-cert", pem(name, "cert"), "--tls-key", pem(name, "key")];
  const args = [bin("chat-server"), "0", host, "--state", join(folder, "state"), ...tls];
  server = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(server.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  assert.match(line.toString(), /^ready id=0 role=primary/);
}

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function client(script: string, ...options: readonly string[]): Promise<Run> {
  const env = { ...process.env, XDG_STATE_HOME: join(folder, "home") };
  const child = spawn(process.execPath, [bin("chat-client"), host, ...options], { env });
  const run = { code: null as number | null, out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => (run.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (run.err += chunk.toString()));
  child.stdin.on("error", () => undefined).end(script);
  const limit = setTimeout(() => child.kill("SIGKILL"), limitMs);
  [run.code] = (await once(child, "close")) as [number | null];
  clearTimeout(limit);
  return run;
}

const known = (): string => join(folder, "home", "replichat", "known-servers");

test("by its key a server is remembered, and a new key ends the client until it is accepted", async () => {
  await serve("localhost");
  const first = await client("register alice\nlong enough\nsend alice hello\n", "--tls");
  assert.equal(first.code, 0, first.out + first.err);
  assert.match(first.err, /^First meeting with 127\.0\.0\.1:\d+\. Its key is remembered: sha256/);
  const kept = readFileSync(known(), "utf8");
  assert.match(kept, new RegExp(`^127\\.0\\.0\\.1:${port} sha256//\\S{43}=\\n$`));
  assert.equal(statSync(known()).mode & 0o777, 0o600);
  const second = await client("login alice\nlong enough\n", "--tls");
  assert.deepEqual([second.code, second.err], [0, ""]);

  await serve("localhost anew");
  const json = await client("login alice\nlong enough\n", "--tls", "--json");
  assert.equal(json.code, 3);
  const said = JSON.parse(json.out.trim().split("\n")[0] ?? "") as Record<string, string>;
  assert.deepEqual([said["type"], said["code"]], ["error", "certificate-changed"]);
  assert.ok(said["message"]?.includes(`remove the line of 127.0.0.1:${port} from ${known()}`));
  const plain = await client("login alice\nlong enough\n", "--tls");
  assert.equal(plain.code, 3);
  assert.match(plain.out + plain.err, /^error: The key of 127\.0\.0\.1:\d+ has changed.*\n$/);
  assert.equal(readFileSync(known(), "utf8"), kept);

  writeFileSync(known(), "");
  assert.equal((await client("login alice\nlong enough\n", "--tls")).code, 0);
});

test("by a CA only the server that it vouches for is talked to", async () => {
  await serve("localhost");
  const good = await client("login alice\nlong enough\n", "--tls-ca", pem("localhost", "cert"));
  assert.deepEqual([good.code, good.err], [0, ""]);
  const ca = ["--tls-ca", pem("elsewhere", "cert")];
  const bad = await client("login alice\nlong enough\n", ...ca, "--json");
  assert.equal(bad.code, 3);
  assert.match(
    bad.out,
    /"code":"certificate-refused","message":"127\.0\.0\.1:\d+ is not trusted\./,
  );
  const none = await client("", "--tls-ca", join(folder, "none"));
  assert.equal(none.code, 2);
  assert.match(none.err, /none failed: it does not exist.*\nTry chat-client --help\.\n$/);
});

test("a client without TLS, and a server without it, are told so at once and in words", async () => {
  await serve("localhost");
  const startMs = performance.now();
  const bare = await client("login alice\nlong enough\n");
  assert.equal(bare.code, 3);
  assert.match(bare.out + bare.err, /This server speaks TLS\. Start the client with --tls/);
  await serve(null);
  const secure = await client("login alice\nlong enough\n", "--tls", "--json");
  assert.equal(secure.code, 3);
  assert.match(
    secure.out,
    /"code":"no-tls","message":"127\.0\.0\.1:\d+ speaks no TLS; nothing was/,
  );
  assert.ok(performance.now() - startMs < limitMs, "nobody hung");
});

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
const skip = hasOpenssl ? false : "there is no openssl here";

test("the README's command makes a certificate that a server takes", { skip }, () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const [, command] = /^```sh\n(openssl req [\s\S]*?)^```/m.exec(readme) ?? [];
  assert.ok(command !== undefined);
  assert.equal(spawnSync("sh", ["-c", command], { cwd: folder }).status, 0);
  const files = { certFile: join(folder, "tls.crt"), keyFile: join(folder, "tls.key") };
  const first = readCertificate(files, Date.now());
  assert.deepEqual(first.warnings, []);
  // Renewed as the README says.
  const renewal = command.replace(/-newkey \S+ -pkeyopt \S+ -nodes/, "-key tls.key");
  const again = renewal.replace("-keyout tls.key ", "");
  assert.equal(spawnSync("sh", ["-c", again], { cwd: folder }).status, 0);
  assert.equal(readCertificate(files, Date.now()).keyHash, first.keyHash);
});

test("a server whose certificate cannot be used does not start, and says what to do", async () => {
  const files = ["--tls-cert", pem("localhost", "cert"), "--tls-key", pem("elsewhere", "key")];
  const args = [bin("chat-server"), "0", `127.0.0.1:${port + 400}:${port + 401}`, ...files];
  const child = spawn(process.execPath, [...args, "--state", join(folder, "other")]);
  let err = "";
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  assert.equal(code, 1);
  assert.match(
    err,
    /The key in \S+elsewhere\.key is not that of the certificate in \S+\. Give the/,
  );
  assert.doesNotMatch(err, /PRIVATE|BEGIN/);
});
