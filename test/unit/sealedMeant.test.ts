// What was written for one key is not sealed for another that the name has since, in silence: what
// waits in an outbox, a draft, a line of an open conversation, a message that servers call stale.
// It is held back and kept; what is written after the warning goes to whoever has the name.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOutbox } from "../../src/client/keptCheck.ts";
import type { StoredOutbox } from "../../src/client/kept.ts";
import { identityFrom, idText } from "../../src/client/sealing/identity.ts";
import {
  draftSequence,
  isKeyText,
  keyOfDraft,
  type MeantFor,
  refuseOtherKey,
} from "../../src/client/sealing/meantFor.ts";
import { unkeptPins } from "../../src/client/sealing/pins.ts";
import type { Cluster } from "../support/cluster.ts";
import { leaveUnsent } from "../support/leftUnsent.ts";
import { memoryOutbox } from "../support/memoryOutbox.ts";
import { plainUser, run, said } from "../support/sealedScript.ts";
import { enter, password, shows, started } from "../support/seats.ts";
import { Person, Script, type ScriptOptions } from "../support/simFaces.ts";

const heldBack = "error: gus has another key now than when this was written: nothing was sent.";
const heldLine = "error: gus has another key now than when this conversation was opened";
const gone = (): boolean => false;

async function open(
  cluster: Cluster,
  lines: readonly string[],
  options: ScriptOptions = {},
): Promise<Script> {
  const script = new Script(cluster, lines, { ...options, open: true });
  await cluster.until(() => script.out.length > 0, "the script to be in");
  await cluster.run(500);
  return script;
}

/** The name is somebody else's. */
async function gusAnew(cluster: Cluster): Promise<Script> {
  await run(cluster, ["login gus", password, "delete", "gus"]);
  return open(cluster, ["register gus", password]);
}

function count({ out }: Script, words: string): number {
  return out.filter((line) => line.includes(words)).length;
}

/** What gus has from eve. */
function had(gus: Script): readonly string[] {
  return gus.out.flatMap((line) => /eve: (.*)$/.exec(line)?.[1] ?? []);
}

test("a message that servers refuse as stale is not sealed for another key, and the next one is", async () => {
  const cluster = await started(1);
  await run(cluster, ["register gus", password]);
  const eve = await open(cluster, ["register eve", password, "send gus one"]);
  await cluster.until(() => said(eve, "gus will get it"), "the confirmation");
  const gus = await gusAnew(cluster);
  eve.type("send gus secret");
  await cluster.until(() => said(eve, heldBack), "the refusal");
  assert.ok(said(eve, "send gus [text] writes to whoever has it now; verify gus shows"));
  eve.type("send gus who are you?");
  await cluster.until(() => said(gus, "who are you?"), "what is written after the warning");
  assert.deepEqual(had(gus), ["who are you?"]);
  assert.ok(!said(gus, "missing"), "what was refused leaves no gap");
  assert.equal(count(eve, "gus's key has changed"), 1);
});

test("nor is one for which the keys are asked now, where another was known before", async () => {
  const cluster = await started(2);
  const pins = unkeptPins();
  await run(cluster, ["register gus", password]);
  await run(cluster, ["register eve", password, "send gus one"], { pins });
  const gus = await gusAnew(cluster);
  const lines = ["login eve", password, "send gus secret", "send gus hello"];
  const eve = await run(cluster, lines, { pins, json: true });
  const errors = eve.json("error").map(({ command, code }) => [command, code]);
  assert.deepEqual([errors, eve.exitCode], [[["send", "other-key"]], 1]);
  assert.deepEqual(had(gus), ["hello"]);
});

test("at a terminal what was held back stands there with its words, and can be had again", async () => {
  const cluster = await started(3);
  await run(cluster, ["register gus", password]);
  const eve = new Person(cluster, { columns: 160 });
  eve.type(`register${enter}eve${enter}${password}${enter}${password}${enter}`);
  await cluster.until(() => shows(eve, "eve>"), "eve to be in");
  eve.type(`send gus one${enter}`);
  await cluster.until(() => shows(eve, "one ✓"), "the confirmation");
  await gusAnew(cluster);
  eve.type(`send gus secret${enter}`);
  await cluster.until(() => shows(eve, "you → gus: secret ✗ gus has another key"), "it");
  eve.type("\x1b[A");
  await cluster.until(() => shows(eve, "eve> send gus secret"), "the line");
});

test("a line of a conversation is for whom it was opened with, until it is opened anew", async () => {
  const cluster = await started(4);
  await run(cluster, ["register gus", password]);
  const eve = await open(cluster, ["register eve", password, "send gus one", "chat gus"]);
  await cluster.until(() => said(eve, ": one"), "the conversation");
  const gus = await gusAnew(cluster);
  gus.type("send eve it is me");
  await cluster.until(() => said(eve, "gus: it is me"), "a message of the other one");
  eve.type("half typed for the first one");
  eve.type("and another line");
  await cluster.until(() => count(eve, heldLine) === 2, "both refusals");
  assert.ok(said(eve, "chat gus goes on with whoever has it now; verify gus shows"));
  eve.type("/chat gus");
  eve.type("hello");
  await cluster.until(() => said(gus, "hello"), "a line of the new conversation");
  assert.deepEqual(had(gus), ["hello"]);
});

test("of a conversation that began without a key the first one known counts, or an accepted one", async () => {
  const cluster = await started(5);
  await run(cluster, ["register gus", password]);
  const eve = await open(cluster, ["register eve", password, "chat gus", "one"]);
  await cluster.until(() => said(eve, "gus will get it"), "the first line");
  const gus = await gusAnew(cluster);
  for (const line of ["two", "three", "/verify gus yes", "four"]) eve.type(line);
  await cluster.until(() => said(eve, "is verified"), "the mark");
  await cluster.until(() => said(gus, "four"), "the line behind it");
  assert.deepEqual(had(gus), ["four"]);
  assert.equal(count(eve, heldLine), 2);
});

test("a draft stays for whom it was written, also where it is sent from another terminal", async () => {
  const cluster = await started(6);
  await run(cluster, ["register gus", password]);
  const lines = ["register eve", password, "send gus one", "draft new gus secret"];
  const first = await run(cluster, lines);
  assert.ok(said(first, "kept as draft 1"), first.out.join("\n"));
  const gus = await gusAnew(cluster);
  const eve = await open(cluster, ["login eve", password, "draft send 1"]);
  await cluster.until(() => said(eve, heldBack), "the refusal");
  assert.ok(said(eve, "draft edit writes it anew, for whoever has it now"));
  assert.ok(said(eve, "Draft 1 is kept."));
  eve.type("draft send all");
  await cluster.until(() => count(eve, heldBack) === 2, "the second refusal");
  eve.type("draft edit 1 hello");
  eve.type("draft send 1");
  await cluster.until(() => said(gus, "hello"), "what was written anew");
  assert.deepEqual(had(gus), ["hello"]);
});

test("a draft goes to a key that was accepted since, and to anybody where none was known", async () => {
  const cluster = await started(7);
  await run(cluster, ["register gus", password]);
  const lines = ["register eve", password, "draft new gus one", "verify gus yes"];
  await run(cluster, [...lines, "draft new gus two"]);
  const gus = await gusAnew(cluster);
  const eve = await open(cluster, ["login eve", password, "draft send all"]);
  await cluster.until(() => said(eve, "Draft 2 is kept."), "the refusal");
  assert.deepEqual(had(gus), ["one"]);
  eve.type("verify gus yes");
  eve.type("draft send 2");
  await cluster.until(() => said(gus, "two"), "the draft");
});

/** Eve goes with this unconfirmed, of which all was known that `before` says. */
async function eveLeaves(
  cluster: Cluster,
  options: Pick<ScriptOptions, "outbox" | "pins">,
  lines: { readonly before: readonly string[]; readonly unsent: readonly string[] },
): Promise<void> {
  const eve = new Person(cluster, { columns: 100, ...options });
  eve.type(`login eve${enter}${password}${enter}`);
  await cluster.until(() => shows(eve, "eve"), "eve to be in");
  await cluster.run(500);
  for (const line of lines.before) eve.type(`${line}${enter}`);
  await cluster.run(1_000);
  await leaveUnsent(cluster, eve, ...lines.unsent);
}

test("what waits in an outbox, sealed or not, is for whom it was written", async () => {
  for (const [seed, before, form] of [
    [8, ["send gus zero"], "s"],
    [9, [], "u"],
  ] as const) {
    const cluster = await started(seed);
    const [outbox, pins] = [memoryOutbox(), unkeptPins()];
    await run(cluster, ["register gus", password]);
    await run(cluster, ["register eve", password, "send gus first"], { pins });
    await eveLeaves(cluster, { outbox, pins }, { before, unsent: ["send gus secret"] });
    const [kept] = outbox.files.values();
    assert.deepEqual(
      kept?.messages.map(({ draft, key }) => [draft.format, key?.length]),
      [[form, form === "s" ? undefined : 43]],
    );
    const gus = await gusAnew(cluster);
    const lines = ["login eve", password, "outbox send", "outbox send", "outbox"];
    const eve = await run(cluster, lines, { outbox, pins });
    assert.equal(count(eve, "error: To gus: gus has another key now than when this was"), 2);
    assert.equal(count(eve, "verify gus yes accepts it. It is kept: outbox send tries again."), 2);
    assert.ok(said(eve, "to gus: secret"), eve.out.join("\n"));
    assert.equal(eve.exitCode, 1);
    assert.deepEqual(had(gus), []);
    const accepting = ["login eve", password, "verify gus", "verify gus yes", "outbox send"];
    const last = await run(cluster, accepting, { outbox, pins });
    assert.ok(said(last, "sent 1 message"), last.out.join("\n"));
    await cluster.until(() => said(gus, "secret"), "the message");
    assert.equal(outbox.files.size, 0);
    assert.ok(!said(gus, "missing"), gus.out.join("\n"));
  }
});

test("an answer that was kept over a restart is still for whom it answers", async () => {
  const cluster = await started(10);
  const [outbox, pins] = [memoryOutbox(), unkeptPins()];
  await run(cluster, ["register eve", password]);
  await run(cluster, ["register gus", password, "send eve what is the code?"]);
  await eveLeaves(cluster, { outbox, pins }, { before: [], unsent: ["reply secret"] });
  const gus = await gusAnew(cluster);
  const eve = await run(cluster, ["login eve", password, "outbox send"], { outbox });
  assert.ok(said(eve, "error: To gus: gus has another key now"), eve.out.join("\n"));
  assert.deepEqual(had(gus), []);
});

test("what was kept without saying for whom goes to whoever has the name, as ever", async () => {
  const cluster = await started(11);
  const [outbox, pins] = [memoryOutbox(), unkeptPins()];
  await run(cluster, ["register gus", password]);
  await run(cluster, ["register eve", password, "send gus first"], { pins });
  await eveLeaves(cluster, { outbox, pins }, { before: [], unsent: ["send gus two"] });
  for (const file of [...outbox.files.values()]) {
    const messages = file.messages.map(({ request, draft }) => ({ request, draft }));
    outbox.keep({ ...file, messages });
  }
  const gus = await gusAnew(cluster);
  const eve = await run(cluster, ["login eve", password, "outbox send"], { outbox, pins });
  assert.ok(said(eve, "sent 1 message") && said(eve, "gus's key has changed"));
  await cluster.until(() => said(gus, "two"), "the message");
});

test("a message for whom none is left with keys does not go out plain", async () => {
  const cluster = await started(12);
  await run(cluster, ["register gus", password]);
  const lines = ["register eve", password, "send gus one", "draft new gus secret", "chat gus"];
  const eve = await open(cluster, lines);
  await cluster.until(() => said(eve, ": one"), "the conversation");
  await run(cluster, ["login gus", password, "delete", "gus"]);
  const gus = await plainUser(cluster, "gus", password);
  for (const line of ["/send gus zero", "/verify gus no", "secret", "/draft send 1"])
    eve.type(line);
  eve.type("/send gus hello");
  await cluster.until(() => gus.texts.length > 0, "what is written by name");
  assert.deepEqual(gus.texts, ["hello"]);
});

test("a key is known by as much of it as is kept", () => {
  const [one, other] = [1, 2].map((fill) => identityFrom(Buffer.alloc(64, fill)));
  assert.ok(one !== undefined && other !== undefined);
  const whole = one.signing.toString("base64url");
  const id = idText(one.id);
  const beginning = keyOfDraft(draftSequence(whole));
  assert.equal(beginning, id.slice(0, 8));
  for (const key of [whole, id, beginning]) {
    assert.ok(isKeyText(key));
    const meant: MeantFor = { key, as: "message" };
    const now = { name: "gus", isAccepted: gone };
    assert.equal(refuseOtherKey(meant, { ...now, given: one }), null);
    assert.equal(refuseOtherKey(meant, { ...now, given: other })?.code, "other-key");
    assert.equal(refuseOtherKey(meant, { ...now, given: null })?.code, "other-key");
  }
  assert.equal(keyOfDraft(draftSequence(null)), null);
});

test("an outbox that names a key is one only where that can be a key", () => {
  const draft = { type: "send", to: "gus", format: "u", body: "hi" } as const;
  const stored = (key: unknown): unknown => ({
    ...{ client: "ab".repeat(16), user: "eve", lastRequest: 7, received: 3, atMs: 1 },
    messages: [{ request: 5, draft, key }],
  });
  const keyIn = (outbox: StoredOutbox | null): unknown => outbox?.messages[0]?.key;
  assert.equal(keyIn(checkOutbox(stored("A".repeat(43)))), "A".repeat(43));
  assert.equal(checkOutbox(stored(undefined))?.messages.length, 1);
  for (const key of ["", "A", "A".repeat(44), `${"A".repeat(10)}.`, 7, null]) {
    assert.equal(checkOutbox(stored(key)), null, String(key));
  }
});
