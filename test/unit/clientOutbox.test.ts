// What becomes of messages that nobody had confirmed when their client went: kept on the machine,
// offered at the next login, sent once, whatever had arrived of them before.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checkOutbox } from "../../src/client/keptCheck.ts";
import type { StoredOutbox } from "../../src/client/kept.ts";
import type { OutboxStore } from "../../src/client/outbox.ts";
import { unkeptSettings } from "../../src/client/settings.ts";
import { makeOutboxFiles } from "../../src/node/outboxFile.ts";
import type { Cluster } from "../support/cluster.ts";
import { exampleOutbox as example, memoryOutbox } from "../support/memoryOutbox.ts";
import { enter, password, run, shows, started } from "../support/seats.ts";
import { leaveUnsent } from "../support/leftUnsent.ts";
import { Person, Script } from "../support/simFaces.ts";

const size = { columns: 100, rows: 30 };

async function bobAt(cluster: Cluster, outbox: OutboxStore, command: string): Promise<Person> {
  const bob = new Person(cluster, { ...size, outbox });
  bob.type(`${command} bob${enter}${password}${enter}`);
  if (command === "register") bob.type(`${password}${enter}`);
  await cluster.until(() => shows(bob, "bob>"), "bob to be in");
  return bob;
}

test("what is typed while no server answers outlives the client, and is sent once later", async () => {
  const cluster = await started(81);
  await run(cluster, ["register alice", password]);
  const outbox = memoryOutbox();
  const first = await bobAt(cluster, outbox, "register");
  cluster.crash(0, 1, 2);
  await cluster.run(2_000);
  first.type(`send alice one${enter}send alice two${enter}`);
  await cluster.run(100);
  assert.equal([...outbox.files.values()][0]?.messages.length, 2, "kept as soon as it is told");
  first.type("\x03\x03");
  await cluster.until(() => first.exitCode !== null, "bob to leave", 5_000);
  const kept = "2 messages were not confirmed. Kept here; your next login offers to send them.";

  assert.ok(first.rows().includes(kept), first.rows().join("\n"));
  cluster.restart(0, 1, 2);
  await cluster.serving([0, 1, 2]);
  const second = await bobAt(cluster, outbox, "login");
  assert.ok(shows(second, "2 messages of yours were never confirmed: outbox shows, outbox send"));
  second.type(`outbox${enter}`);
  await cluster.until(() => shows(second, "… you → alice: two"), "the list");
  second.type(`outbox send${enter}`);
  await cluster.until(() => shows(second, "sent 2 messages"), "both to be sent");
  assert.equal(outbox.files.size, 0);
  const alice = await run(cluster, ["login alice", password]);
  assert.deepEqual(
    alice.out.slice(1, 3).map((line) => line.replace(/^.*\] /, "")),
    ["bob: one", "bob: two"],
  );
  const third = await bobAt(cluster, outbox, "login");
  assert.ok(!shows(third, "never confirmed"));
});

test("what had been carried out before its confirmation was lost is not there twice", async () => {
  const cluster = await started(82);
  await run(cluster, ["register alice", password]);
  const outbox = memoryOutbox();
  const first = await bobAt(cluster, outbox, "register");
  const asIfLost = memoryOutbox();
  const { client } = await sentBehindTheBack(cluster, first, outbox, asIfLost);
  const second = await bobAt(cluster, asIfLost, "login");
  second.type(`outbox send${enter}`);
  await cluster.until(() => shows(second, "sent 0 messages"), "the answer");
  assert.ok(shows(second, "✗ To alice: Whether this request took effect is no longer known"));
  const alice = await run(cluster, ["login alice", password]);
  assert.equal(alice.out[0], "welcome alice, you have 1 new message:");
  assert.equal(asIfLost.files.has(client), false);
});

/** Kept in an outage and confirmed after it; the copy is what a crash of the client leaves. */
async function sentBehindTheBack(
  cluster: Cluster,
  person: Person,
  outbox: ReturnType<typeof memoryOutbox>,
  copy: OutboxStore,
): Promise<StoredOutbox> {
  cluster.crash(0, 1, 2);
  await cluster.run(2_000);
  person.type(`send alice one${enter}`);
  await cluster.run(100);
  const [kept] = outbox.files.values();
  assert.ok(kept !== undefined);
  copy.keep(kept);
  cluster.restart(0, 1, 2);
  await cluster.until(() => shows(person, "one ✓"), "the confirmation");
  assert.equal(outbox.files.size, 0, "what is confirmed is kept no longer");
  person.type("\x04");
  await cluster.until(() => person.exitCode !== null, "the person to leave");
  return kept;
}

test("what is dropped is not sent, and another user is offered nothing", async () => {
  const cluster = await started(83);
  const outbox = memoryOutbox();
  await run(cluster, ["register bob", password]);
  await run(cluster, ["register carol", password]);
  outbox.keep(example);
  const carol = await run(cluster, ["login carol", password, "outbox", "outbox send"], { outbox });
  assert.deepEqual(carol.out.slice(1, 3), Array(2).fill("nothing is waiting to be sent"));
  const bob = await run(cluster, ["login bob", password, "outbox drop", "outbox"], { outbox });
  assert.ok(bob.out.includes(offer), bob.out.join("\n"));
  assert.deepEqual(bob.out.slice(2, 4), ["dropped 1 message", "nothing is waiting to be sent"]);
  assert.equal(outbox.files.size, 0);
});

const offer = "1 message of yours was never confirmed: outbox shows, outbox send sends.";

test("what is offered does not come between the welcome and the messages that it announces", async () => {
  const cluster = await started(87);
  const outbox = memoryOutbox();
  await run(cluster, ["register bob", password]);
  await run(cluster, ["register carol", password, "send bob one", "send bob two"]);
  outbox.keep(example);
  const { out } = await run(cluster, ["login bob", password], { outbox });
  assert.deepEqual(out.slice(0, 2), [offer, "welcome bob, you have 2 new messages:"]);
  assert.match(out[2] ?? "", /carol: one$/);
});

test("an outbox lies in a file of its owner's alone, and comes back as it was", () => {
  const home = mkdtempSync(join(tmpdir(), "replichat-test-"));
  try {
    const files = makeOutboxFiles({ XDG_STATE_HOME: home }, checkOutbox);
    assert.deepEqual(files.load(), { kept: [], problem: null });
    assert.equal(files.keep(example), null);
    const folder = join(home, "replichat", "outbox");
    const file = join(folder, `${example.client}.json`);
    assert.deepEqual(readdirSync(folder), [`${example.client}.json`]);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(files.load(), { kept: [example], problem: null });
    writeFileSync(file, "rubbish");
    assert.match(files.load().problem ?? "", /is not what this client writes/);
    files.drop(example.client);
    assert.deepEqual(files.load(), { kept: [], problem: null });
    assert.match(
      makeOutboxFiles({ XDG_STATE_HOME: "/dev/null" }, checkOutbox).keep(example) ?? "",
      /Writing/,
    );
  } finally {
    rmSync(home, { recursive: true });
  }
});

function writtenBy(file: string): { readonly life: unknown } {
  return JSON.parse(readFileSync(file, "utf8")) as { readonly life: unknown };
}

const skip =
  process.platform !== "linux" && "only Linux tells one life of a process id from another";

test("what a living process is still trying to send is not offered to another", { skip }, () => {
  const home = mkdtempSync(join(tmpdir(), "replichat-test-"));
  try {
    const files = makeOutboxFiles({ XDG_STATE_HOME: home }, checkOutbox);
    files.keep(example);
    const file = join(home, "replichat", "outbox", `${example.client}.json`);
    const other = spawn("sleep", ["60"]);
    const isZombie = (): boolean => {
      return readFileSync(`/proc/${other.pid}/stat`, "latin1").includes(") Z ");
    };
    try {
      const { life } = writtenBy(file);
      const stat = readFileSync(`/proc/${other.pid}/stat`, "latin1").split(" ");
      assert.equal(typeof life, "string");
      writeFileSync(file, JSON.stringify({ process: other.pid, life: stat[21], outbox: example }));
      assert.deepEqual(files.load().kept, []);
      writeFileSync(file, JSON.stringify({ process: other.pid, life: "7", outbox: example }));
      assert.deepEqual(files.load().kept, [example], "another process has the id by now");
      writeFileSync(file, JSON.stringify({ process: other.pid, life: stat[21], outbox: example }));
      other.kill("SIGKILL");
      // Its end is noticed when this turn is over: until then it is a zombie.
      while (!isZombie());
      assert.deepEqual(files.load().kept, [example]);
    } finally {
      other.kill("SIGKILL");
    }
    writeFileSync(file, JSON.stringify({ process: 2 ** 30, outbox: example }));
    assert.deepEqual(files.load().kept, [example]);
  } finally {
    rmSync(home, { recursive: true });
  }
});

test("what is not exactly an outbox is none", () => {
  assert.deepEqual(checkOutbox(example), example);
  const [message] = example.messages;
  const wrong: readonly unknown[] = [
    null,
    [],
    { ...example, client: "../../x" },
    { ...example, user: 7 },
    { ...example, lastRequest: -1 },
    { ...example, messages: "none" },
    { ...example, messages: [{ ...message, request: 3 }] },
    { ...example, messages: [{ ...message, request: 8 }] },
    { ...example, messages: [{ ...message, draft: { ...message?.draft, body: "" } }] },
    { ...example, messages: [{ ...message, draft: { ...message?.draft, type: "delete" } }] },
  ];
  for (const one of wrong) assert.equal(checkOutbox(one), null, JSON.stringify(one));
});

test("a script is told that it is logged in before it is told what else there is", async () => {
  const cluster = await started(97);
  await run(cluster, ["register alice", password]);
  const outbox = memoryOutbox();
  const bob = await bobAt(cluster, outbox, "register");
  await leaveUnsent(cluster, bob, "send alice one");
  const lines = ["login bob", password];
  const settings = { ...unkeptSettings(), load: () => ({ values: new Map(), problem: "Unread." }) };
  const script = new Script(cluster, lines, { json: true, outbox, settings });
  await cluster.until(() => script.exitCode !== null, "the script to end");
  const types = script.out.map((line) => (JSON.parse(line) as { readonly type: string }).type);
  assert.deepEqual(types.slice(0, 4), ["connected", "loggedIn", "notice", "notice"]);
  const [unread, unsent] = script.json("notice").map(({ code }) => code);
  assert.deepEqual([unread, unsent], ["settings-not-read", "unsent"]);
});
