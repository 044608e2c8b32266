// Real servers that speak TLS to their clients, by certificate, and to one another, from their
// secret: any two are killed while two people chat, and all is as it is over bare TCP. Of what is
// said nothing can be read in between.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { present } from "../../src/base/assert.ts";
import { Stage, startCluster } from "../../src/demo/stage.ts";
import { makeTlsClient } from "../../src/node/tlsClient.ts";
import { expectAllWell, expectFlow, letThemTalk, testClock } from "../support/chaosStage.ts";
import { testCertificate } from "../support/testCertificate.ts";

let folder = "";
let stage: Stage | null = null;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "replichat-test-"));
  const { cert, key } = testCertificate("localhost");
  const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key, { mode: 0o600 });
  const tls = ["--tls-cert", certFile, "--tls-key", keyFile];
  const cluster = await startCluster({
    stateFolder: join(folder, "state"),
    clock: testClock,
    env: process.env,
    draw: Math.random,
    serverArgs: ["--peer-tls", "always", ...tls],
  });
  process.on("exit", () => cluster.killAllNow());
  stage = new Stage(cluster, testClock);
  const network = makeTlsClient({ kind: "ca", pem: cert });
  for (const name of ["alice", "bob"]) await stage.addTalker(name, network);
});

after(async () => {
  await stage?.close();
  rmSync(folder, { recursive: true, force: true });
});

for (const round of [1, 2, 3]) {
  test(`over TLS: kill -9 of the primary, then of the next one, round ${round}`, async (t) => {
    const open = present(stage, "the stage");
    await letThemTalk(open);
    for (let kill = 0; kill < 2; kill += 1) {
      await open.cluster.kill(present(open.cluster.primary(), "a primary"));
      await expectFlow(open);
    }
    await expectAllWell(open);
    const { proof } = await open.judge();
    t.diagnostic(`longest pause ${Math.round(proof.longestPauseMs)} ms`);
  });
}

test("over TLS: each server says by which key its clients can tell it", () => {
  const { cluster, hosts } = present(stage, "the stage");
  for (const { id } of hosts) {
    const log = readFileSync(cluster.logOf(id), "utf8");
    assert.match(log, /clients speak TLS.* key="sha256\/\/[A-Za-z0-9+/]{43}="/);
    assert.match(log, /peer-dead peer=\d how=refused/, "a refused connection proves as before");
    assert.doesNotMatch(log, /PRIVATE KEY|different secrets|speaks no TLS|TLS with/);
  }
});
