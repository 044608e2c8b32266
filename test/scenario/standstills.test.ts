// Too few servers are left to confirm anything: whoever is connected is told so in words, once, and
// once when it goes on; `cluster` is answered meanwhile and says what to do; the log has a line of
// each. What is over in a moment is not spoken of.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { standstillSaidMs } from "../../src/base/doubtLimits.ts";
import { outageToldMs, pipeOutageMs } from "../../src/base/limits.ts";
import { Cluster } from "../support/cluster.ts";
import type { ClusterOptions } from "../support/clusterOptions.ts";
import { enter, password, bobAt, shows } from "../support/seats.ts";
import { type Person, Script } from "../support/simFaces.ts";

const tooFew = "Nothing is being confirmed: 1 of 2 needed servers is up. What you write waits.";
const goesOn = "Messages are being confirmed again.";

interface Scene {
  readonly cluster: Cluster;
  readonly bob: Person;
  readonly alice: Script;
}

/** Bob at a terminal, alice's script with --json. */
async function given(options: ClusterOptions, columns = 80): Promise<Scene> {
  const cluster = new Cluster(options);
  await cluster.start();
  const bob = await bobAt(cluster, { columns, rows: 60 });
  const alice = new Script(cluster, ["register alice", password], { json: true, open: true });
  await cluster.until(() => alice.json("registered").length === 1, "alice to register");
  return { cluster, bob, alice };
}

function notices(script: Script): string[] {
  return script.json("notice").map(({ code, message }) => `${code}: ${message}`);
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

const twoAreNeeded: readonly ClusterOptions[] = [
  { seed: 610, minCopies: 2 },
  { seed: 611, mode: "majority" },
];

for (const options of twoAreNeeded) {
  const rule = options.mode === undefined ? "--min-copies 2" : "--majority";
  test(`the last server of ${rule} says that it stands still, and when it goes on`, async () => {
    const { cluster, bob, alice } = await given(options);
    cluster.crash(1);
    await cluster.run(1_000);
    cluster.crash(2);
    alice.type("send bob hello");
    bob.type(`send alice hi${enter}`);
    await cluster.until(() => shows(bob, tooFew), "bob to be told", 2 * standstillSaidMs);
    ok(shows(bob, "bob (waiting)>"));
    await cluster.run(2 * outageToldMs);
    bob.type(`cluster${enter}`);
    await cluster.until(() => shows(bob, "The chat stands still: 1 of 2"), "the outlook");
    ok(shows(bob, rule) && shows(bob, "Start server 1 or 2 again."));
    deepEqual(notices(alice), [`stands-still: ${tooFew}`]);
    deepEqual([alice.json("sent"), alice.json("error")], [[], []]);
    cluster.restart(2);
    await cluster.until(() => alice.json("sent").length === 1, "the message to be confirmed");
    await cluster.until(() => shows(bob, goesOn), "bob to be told again");
    await cluster.run(1_000);
    deepEqual(notices(alice), [`stands-still: ${tooFew}`, `goes-on: ${goesOn}`]);
    const screen = bob.rows().join("\n");
    deepEqual([count(screen, tooFew), count(screen, goesOn)], [1, 1]);
    equal(count(screen, "No server answers"), 0, screen);
    const log = cluster.logs.text(10_000);
    match(log, /stands-still up=0 needed=2 missing=1,2 .* next=Start server 1 or 2 again\./);
    deepEqual([count(log, "stands-still"), count(log, "goes-on-again")], [1, 1]);
    await cluster.finish();
  });
}

test("on a narrow screen the words stay whole, and whoever comes later is told as well", async () => {
  const { cluster, bob } = await given({ seed: 612, minCopies: 2 }, 40);
  cluster.crash(1, 2);
  await cluster.until(() => shows(bob, "Nothing is being confirmed: 1 of 2"), "bob to be told");
  ok(shows(bob, "  needed servers is up. What you write"), bob.rows().join("\n"));
  const carol = new Script(cluster, ["cluster", "register carol", password], { open: true });
  await cluster.until(() => carol.out.join().includes("The chat stands still"), "the outlook");
  ok(carol.out.includes(tooFew));
  cluster.restart(1);
  await cluster.until(() => carol.out.includes(goesOn), "carol to be told");
  equal(count(carol.out.join(), tooFew), 1);
  await cluster.finish();
});

test("what is over in a moment is not spoken of", async () => {
  const { cluster, bob, alice } = await given({ seed: 613, mode: "majority" });
  cluster.crash(1, 2);
  await cluster.run(standstillSaidMs / 3);
  cluster.restart(1);
  alice.type("send bob hello");
  await cluster.until(() => alice.json("sent").length === 1, "the message to be confirmed");
  await cluster.run(2 * standstillSaidMs);
  deepEqual(notices(alice), []);
  ok(!shows(bob, goesOn));
  equal(count(cluster.logs.text(10_000), "stands-still"), 0);
  await cluster.finish();
});

test("when more is missing, or less, that is said; when nobody is left, that no server answers", async () => {
  const { cluster, bob, alice } = await given({ seed: 614, servers: 5, mode: "majority" });
  cluster.crash(2, 3, 4);
  const said = (words: string) => (): boolean => notices(alice).join().includes(words);
  await cluster.until(said("2 of 3 needed servers are up"), "the first words");
  cluster.crash(1);
  await cluster.until(said("1 of 3 needed servers is up"), "the next words");
  await cluster.run(2 * outageToldMs);
  ok(!shows(bob, "No server answers"));
  cluster.crash(0);
  await cluster.until(() => shows(bob, "No server answers"), "that nobody answers", 30_000);
  alice.type("send bob hello");
  for (const id of [0, 1, 2]) cluster.restart(id);
  await cluster.until(() => shows(bob, goesOn), "bob to be told", 30_000);
  await cluster.run(2_000);
  equal(notices(alice).filter((one) => one.startsWith("goes-on")).length, 1);
  // Whoever serves now has never stood still: that it serves says enough.
  const connected = alice.out.findLastIndex((line) => line.includes('"connected"'));
  match(alice.out[connected + 1] ?? "", /goes-on/);
  await cluster.finish();
});

test("with --strict those who may hold newer messages are waited for, and that is said", async () => {
  const { cluster, bob, alice } = await given({ seed: 615, mode: "strict" });
  for (const [one, other] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const)
    cluster.cut(one, other);
  for (const { machine } of [bob, alice]) for (const id of [1, 2]) cluster.cut(id, machine);
  alice.type("send bob hello");
  await cluster.run(3 * outageToldMs);
  const why = "servers 1 and 2 may hold newer messages, and are waited for";
  const words = `Nothing is being confirmed: ${why}. What you write waits.`;
  deepEqual(notices(alice), [`stands-still: ${words}`]);
  cluster.heal();
  await cluster.until(() => alice.json("sent").length === 1, "the message to be confirmed");
  await cluster.until(() => notices(alice).length > 1, "alice to be told");
  deepEqual(notices(alice).slice(1), [`goes-on: ${goesOn}`]);
  await cluster.finish();
});

test("a script that has waited for too long ends with what it was that kept it", async () => {
  const { cluster, alice } = await given({ seed: 616, minCopies: 2 });
  cluster.crash(1, 2);
  alice.type("send bob hello");
  await cluster.until(() => alice.exitCode !== null, "the script to end", 2 * pipeOutageMs);
  const [{ code, message } = {}] = alice.json("error");
  deepEqual([alice.exitCode, code], [3, "no-server"]);
  equal(message, `No server could confirm anything for ${pipeOutageMs / 1_000} seconds.`);
});
