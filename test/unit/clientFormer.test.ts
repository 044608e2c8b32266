// Whoever is shown as `jon (deleted)` is not whoever is called jon now: nothing that is typed to
// the one goes to the other, neither by hand nor by Tab, and history alone takes such a name.

import assert from "node:assert/strict";
import { test } from "node:test";
import { complete, type Known } from "../../src/client/complete.ts";
import { lineOf } from "../../src/client/line.ts";
import { parseLine } from "../../src/client/parse.ts";
import type { Cluster } from "../support/cluster.ts";
import { enter, password, run, shows, started } from "../support/seats.ts";
import { Person, Script } from "../support/simFaces.ts";

const known: Known = {
  names: ["dave", "dave (deleted)", "ann (deleted)", "#crew (gone)", "#team"],
  numbers: [],
  lastSender: null,
  partner: null,
};

function tabbed(text: string, more: Partial<Known> = {}): string {
  return complete(lineOf(text), { ...known, ...more }).line.text;
}

test("a name is read with what shows that its owner is gone, wherever one is typed", () => {
  const kinds = new Map<string, object>([
    ["send Jon (Deleted) hi", { kind: "send", to: "Jon (Deleted)", text: "hi" }],
    ["send jon   (deleted)hi", { kind: "send", to: "jon (deleted)", text: "hi" }],
    ["send jon (deleted)", { kind: "send", to: "jon (deleted)", text: null }],
    ["send #crew (gone) hi", { kind: "send", to: "#crew (gone)", text: "hi" }],
    ["send jon (gone) fishing", { kind: "send", to: "jon", text: "(gone) fishing" }],
    ["send #crew (deleted)", { kind: "send", to: "#crew", text: "(deleted)" }],
    ["send jon (deleting) hi", { kind: "send", to: "jon", text: "(deleting) hi" }],
    ["chat jon (deleted)", { kind: "chat", with: "jon (deleted)" }],
    ["block jon (deleted)", { kind: "block", name: "jon (deleted)" }],
    ["verify jon (deleted) no", { kind: "verify", name: "jon (deleted)", mark: "no" }],
  ]);
  for (const [line, command] of kinds) {
    const parsed = parseLine(line);
    assert.deepEqual(parsed.kind === "command" && parsed.command, command, line);
  }
  const acts = new Map<string, object>([
    ["draft new jon (deleted) hi", { kind: "new", to: "jon (deleted)", text: "hi" }],
    ["group leave crew (gone)", { kind: "leave", group: "crew (gone)" }],
    [
      "group add crew ann jon (deleted) eve",
      { kind: "add", group: "crew", members: ["ann", "jon (deleted)", "eve"] },
    ],
    ["group add crew (gone) ann", { kind: "add", group: "crew (gone)", members: ["ann"] }],
  ]);
  for (const [line, act] of acts) {
    const parsed = parseLine(line);
    assert.ok(parsed.kind === "command" && "act" in parsed.command, line);
    assert.deepEqual(parsed.command.act, act, line);
  }
});

test("Tab begins no answer to somebody who is gone, nor to what is no name", () => {
  assert.equal(tabbed("", { lastSender: "dave" }), "send dave ");
  for (const lastSender of ["jon (deleted)", "(deleted)", "jon hi"]) {
    assert.equal(tabbed("", { lastSender }), "", lastSender);
  }
});

test("Tab offers the names of those who are gone for history alone", () => {
  for (const word of ["send", "chat", "block", "verify", "draft new", "group add #team"]) {
    assert.equal(tabbed(`${word} da`), `${word} dave `);
    assert.equal(tabbed(`${word} an`), `${word} an`);
  }
  assert.equal(tabbed("send #c"), "send #c");
  assert.equal(tabbed("group add #"), "group add #team ");
  assert.equal(tabbed("ask an", { partner: "dave" }), "ask an");
  assert.equal(tabbed("history an"), "history ann (deleted) ");
  assert.equal(tabbed("history #c"), "history #crew (gone) ");
  assert.deepEqual(complete(lineOf("history da"), known).choices, []);
  assert.equal(tabbed("history da"), "history dave");
  assert.deepEqual(complete(lineOf("history dave"), known).choices, ["dave", "dave (deleted)"]);
  assert.equal(tabbed("history dave ("), "history dave (deleted) ");
  assert.equal(tabbed("history #crew "), "history #crew (gone) ");
});

/** The first jon has written to alice, and is gone; the other one is on, and alice is not. */
async function jonAnew(seed: number): Promise<{ readonly cluster: Cluster; readonly jon: Script }> {
  const cluster = await started(seed);
  await run(cluster, ["register alice", password, "group create #crew"]);
  await run(cluster, ["register jon", password, "send alice from the first", "delete", "jon"]);
  const jon = new Script(cluster, ["register jon", password], { open: true });
  await cluster.until(() => jon.out.length > 0, "the other jon to be in");
  await cluster.run(200);
  return { cluster, jon };
}

test("nothing goes to whoever has the name now of what is typed to whoever had it", async () => {
  const { cluster, jon } = await jonAnew(1);
  const gets = ["send jon (deleted) secret", "chat jon (deleted)", "/leave"];
  const drafts = ["draft new JON (deleted) secret", "draft list"];
  const people = ["block jon (deleted)", "unblock jon (deleted)", "verify jon (deleted)"];
  const group = ["group add #crew alice jon (deleted)", "group members #crew", "blocked"];
  const lines = [...gets, ...drafts, ...people, "verify jon (deleted) no", ...group];
  const alice = await run(cluster, ["login alice", password, ...lines]);
  const noMore = "gets no more messages.";
  const noAccount = "error: jon (deleted) has no account any more.";
  assert.deepEqual(alice.out.slice(2, -1), [
    `error: jon (deleted) ${noMore}`,
    `error: jon (deleted) ${noMore}`,
    "Left the conversation with jon (deleted).",
    `error: JON (deleted) ${noMore}`,
    "no drafts",
    ...Array<string>(5).fill(noAccount),
    "#crew, 1 member:",
    "alice (owner) (online)",
    "you have blocked nobody",
  ]);
  assert.equal(alice.exitCode, 1);
  await cluster.run(500);
  assert.equal(jon.out.length, 1, jon.out.join("\n"));
});

test("nor of what is answered line by line, or typed into a conversation with him", async () => {
  const { cluster, jon } = await jonAnew(2);
  const asked = ["send", "jon (deleted)", "secret", "group add", "crew", "alice jon (deleted)"];
  const talk = ["chat", "jon (deleted)", "send jon secret", "/leave"];
  const former = ["send #crew (gone) secret", "group leave crew (gone)"];
  const lines = ["login alice", password, ...asked, ...talk, ...former, "history jon (deleted)"];
  const alice = await run(cluster, lines, { json: true });
  assert.deepEqual(
    alice.json("error").map(({ command, code, message }) => [command, code, message]),
    [
      ["send", "no-such-user", "jon (deleted) gets no more messages."],
      ["group", "no-such-user", "jon (deleted) has no account any more."],
      ["chat", "no-such-user", "jon (deleted) gets no more messages."],
      ["send", "no-such-user", "jon (deleted) gets no more messages."],
      ["send", "no-such-group", "#crew (gone) gets no more messages."],
      ["group", "no-such-group", "#crew (gone) is no group any more."],
    ],
  );
  const [{ messages = [] } = {}] = alice.json("history");
  assert.deepEqual(
    (messages as { readonly text: string }[]).map(({ text }) => text),
    ["from the first"],
  );
  await cluster.run(500);
  assert.equal(jon.out.length, 1, jon.out.join("\n"));
});

test("at a terminal Tab writes no such answer, and what is typed by hand stays to be read", async () => {
  const { cluster, jon } = await jonAnew(3);
  const alice = new Person(cluster, { columns: 40 });
  alice.type(`login alice${enter}${password}${enter}`);
  await cluster.until(() => shows(alice, "from the first"), "the message of the first");
  alice.type(`\tby Tab${enter}`);
  await cluster.until(() => shows(alice, "There is no such command"), "that nothing was begun");
  alice.type(`send jon (deleted) by hand${enter}`);
  await cluster.until(() => shows(alice, "you → jon (deleted): by hand"), "what is refused");
  assert.ok(alice.rows().some((row) => row.includes("✗")));
  alice.type(`send jon (deleted)${enter}`);
  await cluster.run(200);
  assert.ok(alice.rows().at(-1)?.startsWith("alice (1 unread)>"), "no text is asked for");
  assert.equal(jon.out.length, 1, jon.out.join("\n"));
});
