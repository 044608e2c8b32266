// Messages that wait for the keys of their readers: what was asked behind them is done behind them,
// what they wait for themselves is not. The first tests play the server; the others are people.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hold } from "../../src/client/held.ts";
import type { MessageDraft, RequestDraft } from "../../src/client/sessionTypes.ts";
import type { Cluster } from "../support/cluster.ts";
import { memoryOutbox } from "../support/memoryOutbox.ts";
import { enter, password, run, shows, started } from "../support/seats.ts";
import { loggedInScript, type Script, textTo } from "../support/sessionScript.ts";
import { Person } from "../support/simFaces.ts";

function draftTo(to: string, format: "u" | "s"): MessageDraft {
  return { type: "send", to, format, body: "hello" };
}

function ask(script: Script, ticket: number, draft: RequestDraft): void {
  script.put({ kind: "request", ticket, draft });
}

function typesSent(script: Script): readonly string[] {
  return script.sent().map(({ type }) => type);
}

const leaving = { type: "groupChange", group: "#team", change: "leave", member: "" } as const;
const seeds = Buffer.from("seeds");
const keys = { type: "keysPut", publics: seeds, salt: "5a", wrapped: seeds } as const;

test("what was asked behind a held message waits until that has gone out", () => {
  const script = loggedInScript();
  const request = hold(script.state, { ticket: 1, draft: draftTo("#team", "u") });
  assert.ok(typeof request === "number");
  ask(script, 2, leaving);
  ask(script, 3, { type: "logout" });
  assert.deepEqual(typesSent(script), []);
  script.put({ kind: "release", request, draft: draftTo("#team", "s") });
  assert.deepEqual(typesSent(script), ["send", "groupChange", "logout"]);
});

test("one's own keys and other messages pass it, but no message what was asked before that", () => {
  const script = loggedInScript();
  hold(script.state, { ticket: 1, draft: draftTo("carol", "u") });
  ask(script, 2, textTo("bob"));
  ask(script, 3, keys);
  assert.deepEqual(typesSent(script), ["send", "keysPut"]);
  ask(script, 4, leaving);
  ask(script, 5, textTo("#lobby"));
  ask(script, 6, keys);
  assert.deepEqual(typesSent(script), ["keysPut"]);
});

test("what waits behind a held message goes on when that is withdrawn", () => {
  const script = loggedInScript();
  const request = hold(script.state, { ticket: 1, draft: draftTo("carol", "u") });
  assert.ok(typeof request === "number");
  ask(script, 2, leaving);
  script.put({ kind: "withdraw", request, code: "keys-gone", message: "Not sent." });
  assert.equal(script.outcomes(1)[0]?.ok, false);
  assert.deepEqual(typesSent(script), ["groupChange"]);
});

/** In a group with carol; no server answers. */
async function aliceInOutage(cluster: Cluster): Promise<Person> {
  for (const name of ["carol", "dave"]) await run(cluster, [`register ${name}`, password]);
  const alice = new Person(cluster, { columns: 110, rows: 40, outbox: memoryOutbox() });
  alice.type(`register alice${enter}${password}${enter}${password}${enter}`);
  await cluster.until(() => shows(alice, "alice>"), "alice to be in");
  alice.type(`group create #team${enter}group add #team carol${enter}`);
  await cluster.until(() => shows(alice, "added carol to #team"), "carol to be in the group");
  cluster.crash(0, 1, 2);
  await cluster.run(2_000);
  return alice;
}

async function readBy(cluster: Cluster, name: string): Promise<string> {
  return (await run(cluster, [`login ${name}`, password])).out.join("\n");
}

test("nobody reads what was written to a group before he was taken in", async () => {
  const cluster = await started(331);
  const alice = await aliceInOutage(cluster);
  alice.type(`send #team dave is a fool${enter}`);
  await cluster.run(300);
  alice.type(`group add #team dave${enter}`);
  await cluster.run(300);
  cluster.restart(0, 1, 2);
  await cluster.until(() => shows(alice, "added dave to #team"), "dave to be in it", 30_000);
  await cluster.until(() => shows(alice, "dave is a fool ✓"), "the message", 30_000);
  assert.match(await readBy(cluster, "carol"), /dave is a fool/);
  assert.doesNotMatch(await readBy(cluster, "dave"), /fool/);
});

test("what was written before leaving a group, or logging out, arrives", async () => {
  for (const [seed, to, line, after] of [
    [332, "#team", "group leave #team", "left #team"],
    [333, "carol", "logout", "logged out"],
  ] as const) {
    const cluster = await started(seed);
    const alice = await aliceInOutage(cluster);
    alice.type(`send ${to} one${enter}`);
    await cluster.run(300);
    alice.type(`${line}${enter}`);
    await cluster.run(300);
    cluster.restart(0, 1, 2);
    await cluster.until(() => shows(alice, after), after, 30_000);
    assert.ok(shows(alice, "one ✓"), alice.rows().join("\n"));
    assert.match(await readBy(cluster, "carol"), /one/);
  }
});
