// A server's name that stands for no address: whoever waits is told so, beside that nobody answers,
// and it keeps nobody from the servers that are there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { present } from "../../src/base/assert.ts";
import { asServerId } from "../../src/base/ids.ts";
import type { Network } from "../../src/ports.ts";
import { ProblemLog } from "../../src/server/problemLog.ts";
import { Cluster } from "../support/cluster.ts";
import { Script } from "../support/simFaces.ts";
import { simHosts } from "../support/simHosts.ts";
import { PlainPerson } from "../support/simPlain.ts";

/** As long as a host is among them, its name is not known. */
function without(names: Set<string>): (network: Network) => Network {
  return (network) => ({
    ...network,
    connect: (address, timeoutMs, handler) => {
      if (!names.has(address.host)) return network.connect(address, timeoutMs, handler);
      void Promise.resolve().then(() => handler.failed("unknown-host", "nobody knows it"));
    },
  });
}

test("a script that no server answers says which of their names are not known", async () => {
  for (const [names, said] of [
    [["host1"], "the host name host1 is not known here. Is that what they are called?"],
    [["host0", "host2"], "the host names host0, host2 are not known here. Is that what"],
  ] as const) {
    const cluster = new Cluster({ seed: 15 });
    const script = new Script(cluster, ["search *"], { wires: without(new Set(names)) });
    await cluster.until(() => script.exitCode !== null, "the script to end", 70_000);
    assert.equal(script.exitCode, 3);
    const line = script.errors.at(-1) ?? "";
    assert.ok(line.startsWith(`No server has answered for 60 seconds: ${said}`), line);
  }
});

test("a script is told at once, and once, of each name that is not known, and goes on", async () => {
  for (const json of [false, true]) {
    const cluster = new Cluster({ seed: 19 });
    const wires = without(new Set(["host0", "host1"]));
    const script = new Script(cluster, ["search *"], { wires, json });
    await cluster.run(2_000);
    const said = ["host0", "host1"].map((name) => {
      return `The host name ${name} is not known here. It is tried again.`;
    });
    const notices = json ? script.json("notice") : [];
    assert.deepEqual(json ? notices.map(({ message }) => message) : script.errors, said);
    assert.ok(notices.every(({ code }) => code === "unknown-host"));
    await cluster.run(20_000);
    assert.equal((json ? script.json("notice") : script.errors).length, 2);
    assert.equal(script.exitCode, null);
  }
});

test("who sits at a terminal is told of names that are not known, as long as they are not", async () => {
  const cluster = new Cluster({ seed: 16 });
  const names = new Set(["host0", "host1", "host2"]);
  const first = new PlainPerson(cluster, { wires: without(names) });
  await cluster.run(15_000);
  const all = "the host names host0, host1, host2 are not known here";
  assert.ok(first.shows(`No server answers: ${all}; still trying (Ctrl+C to quit).`));
  names.clear();
  await cluster.start();
  await cluster.until(() => first.shows("Connected again."), "the connection", 20_000);
  names.add("host1");
  cluster.crash(0, 1, 2);
  first.clear();
  await cluster.run(15_000);
  const one = "No server answers: the host name host1 is not known here; still trying";
  assert.ok(first.shows(one), first.rows().join("\n"));
});

test("a server that others are served by is found although a name is not known", async () => {
  const cluster = new Cluster({ seed: 17 });
  await cluster.start();
  const script = new Script(cluster, ["search *"], { wires: without(new Set(["host2"])) });
  await cluster.until(() => script.exitCode !== null, "the script to end", 10_000);
  assert.equal(script.exitCode, 0, script.errors.join("\n"));
});

test("a server tells its log once of a peer whose name is not known, and again after it was there", () => {
  const lines: string[] = [];
  const log = { write: (_: string, words: string) => void lines.push(words) };
  const clock = new Cluster({ seed: 18 }).clock.forProcess();
  const problems = new ProblemLog({ log, clock, self: asServerId(0) });
  const peer = present(simHosts(3)[2], "a third host");
  const call = (): void => problems.noteCall(peer, "unknown-host", "nobody knows it");
  const line = "The host name host2, of server 2, is not known here. It is tried again.";
  for (let again = 0; again < 3; again += 1) call();
  assert.deepEqual(lines, [line]);
  problems.forget(peer.id);
  call();
  assert.deepEqual(lines, [line, line]);
});
