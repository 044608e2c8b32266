// Groups: what is written in one is sealed for those who are in it, with the keys they have, and
// goes on being so when people come and go.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, MessageOf } from "../../src/wire/messages.ts";
import type { Cluster } from "../support/cluster.ts";
import { type Hand, lyingNetwork } from "../support/lyingNetwork.ts";
import { plainUser, run, said } from "../support/sealedScript.ts";
import { password, started } from "../support/seats.ts";
import { Script, type ScriptOptions } from "../support/simFaces.ts";

async function open(
  cluster: Cluster,
  name: string,
  toClient?: (message: Message) => readonly Message[],
): Promise<Script> {
  const hand: Hand = toClient === undefined ? {} : { toClient };
  const wires: ScriptOptions["wires"] = (network) => lyingNetwork(network, hand);
  const script = new Script(cluster, [`register ${name}`, password], { open: true, wires });
  await cluster.until(() => said(script, "registered"), "the registration");
  await cluster.run(100);
  return script;
}

function isGroupLetter(message: Message): message is MessageOf<"message"> {
  return message.type === "message" && message.format === "s" && message.group !== "";
}

test("what is written in a group is read by all who are in it, and by no server", async () => {
  const cluster = await started(1);
  const frames: string[] = [];
  const note = (message: Message): readonly Message[] => {
    frames.push(JSON.stringify(message));
    return [message];
  };
  const [alice, bob, carol] = [
    await open(cluster, "alice", note),
    await open(cluster, "bob", note),
    await open(cluster, "carol", note),
  ];
  for (const line of ["group create team", "group add #team bob carol", "send #team xylophone"]) {
    alice.type(line);
  }
  for (const one of [bob, carol]) {
    await cluster.until(() => said(one, "alice in #team: xylophone"), "the message");
  }
  bob.type("draft new #team marimba");
  bob.type("draft send 1");
  await cluster.until(() => said(alice, "bob in #team: marimba"), "the answer");
  alice.type("history #team");
  await cluster.until(() => said(alice, "you to #team: xylophone"), "one's own copy");
  assert.ok(said(alice, "bob in #team: marimba (unread)"));
  for (const word of ["xylophone", "marimba"]) {
    assert.deepEqual(
      frames.filter((frame) => frame.includes(word)),
      [],
    );
  }
  const again = await run(cluster, ["login carol", password, "history #team"]);
  assert.ok(said(again, "alice in #team: xylophone") && said(again, "bob in #team: marimba"));
});

test("who comes into a group reads what is written from then on, whoever writes", async () => {
  const cluster = await started(2);
  const alice = await open(cluster, "alice");
  const bob = await open(cluster, "bob");
  const carol = await open(cluster, "carol");
  for (const line of ["group create team", "group add #team bob", "send #team one"]) {
    alice.type(line);
  }
  await cluster.until(() => said(bob, "alice in #team: one"), "the message");
  bob.type("group add #team carol");
  await cluster.until(() => said(carol, "bob added you to #team"), "carol to be in");
  alice.type("send #team two");
  await cluster.until(() => said(carol, "alice in #team: two"), "the next one");
  assert.ok(!carol.out.join().includes("warning"));
  bob.type("group remove #team carol");
  await cluster.run(300);
  alice.type("group remove #team carol");
  await cluster.until(() => said(alice, "removed carol"), "carol to be out");
  alice.type("send #team three");
  await cluster.until(() => said(bob, "alice in #team: three"), "what carol does not get");
  assert.ok(!said(bob, "missing") && !said(carol, "three"));
});

test("who has no keys is named to whoever writes, and never makes a group plain", async () => {
  const cluster = await started(3);
  const dave = await plainUser(cluster, "dave", password);
  const alice = await open(cluster, "alice");
  const bob = await open(cluster, "bob");
  for (const line of ["group create team", "group add #team bob dave", "send #team secret"]) {
    alice.type(line);
  }
  await cluster.until(() => said(bob, "alice in #team: secret"), "the message");
  assert.ok(said(alice, "dave has no keys, and cannot read what is written in #team."));
  await cluster.run(200);
  assert.ok(dave.texts.length > 0 && !dave.texts.join().includes("secret"));
  dave.client.sendText("#team", "plainly", () => undefined);
  await cluster.until(() => said(bob, "dave in #team (not sealed): plainly"), "the mark");
  alice.type("send #lobby hello all");
  await cluster.until(() => said(alice, "#lobby is open to all and not sealed"), "it to be said");
  assert.ok(!said(alice, "error"));
});

test("whose new key is accepted, or forgotten, reads what is written in a group from then on", async () => {
  const cluster = await started(12);
  for (const [name, mark] of [
    ["carol", "yes"],
    ["dora", "no"],
  ] as const) {
    const group = `#of${name}`;
    const alice = await open(cluster, `alice${mark}`);
    const bob = await open(cluster, `bob${mark}`);
    await run(cluster, [`register ${name}`, password]);
    for (const line of [`group create ${group}`, `group add ${group} bob${mark}`]) alice.type(line);
    for (const line of [`verify ${name}`, `verify ${name} yes`]) alice.type(line);
    await cluster.until(() => said(alice, `${name} is verified.`), "the mark");
    await run(cluster, [`login ${name}`, password, "delete", name]);
    await run(cluster, [`register ${name}`, password]);
    bob.type(`group add ${group} ${name}`);
    await cluster.until(() => said(bob, `added ${name}`), "the new account to be in");
    alice.type(`send ${group} one`);
    await cluster.until(() => said(bob, `in ${group}: one`), "what is not sealed for it");
    for (const line of [`verify ${name}`, `verify ${name} ${mark}`]) alice.type(line);
    alice.type(`send ${group} two`);
    await cluster.until(() => said(bob, `in ${group}: two`), "what is");
    const reader = await run(cluster, [`login ${name}`, password]);
    assert.ok(said(reader, `in ${group}: two`), reader.out.join("\n"));
    assert.ok(!said(reader, `in ${group}: one`), reader.out.join("\n"));
  }
});

test("in a group, too, what is repeated, kept back or moved elsewhere is seen", async () => {
  const cluster = await started(4);
  let at = 0;
  const bob = await open(cluster, "bob", (message) => {
    if (!isGroupLetter(message)) return [message];
    at += 1;
    const { seq, request } = message;
    if (at === 2) return [];
    if (at === 4) return [message, { ...message, seq: seq + 1, request: request + 90 }];
    if (at === 5) return [{ ...message, seq: seq + 1, group: "#other" }];
    return at === 6 ? [{ ...message, seq: seq + 1, group: "" }] : [message];
  });
  const alice = await open(cluster, "alice");
  const lines = ["one", "two", "three", "four", "five", "six"].map((text) => `send #team ${text}`);
  for (const line of ["group create team", "group add #team bob", ...lines]) alice.type(line);
  await cluster.until(() => alice.out.filter((one) => one === "sent to #team").length === 6, "all");
  await cluster.run(300);
  assert.ok(said(bob, "alice in #team (a message before this one is missing): three"));
  assert.ok(said(bob, "alice in #team: four"));
  assert.ok(said(bob, "alice in #team: warning: This message is not what its writer signed"));
  assert.ok(said(bob, "alice in #other (written for another group than this): five"));
  assert.ok(!said(bob, "alice: six"));
});

test("what was written for one group is not taken for another's by whoever is in both", async () => {
  const cluster = await started(5);
  const bob = await open(cluster, "bob", (message) => {
    if (!isGroupLetter(message) || message.request < 8) return [message];
    return [{ ...message, group: "#party" }];
  });
  const alice = await open(cluster, "alice");
  const lines = ["create work", "create party", "add #work bob", "add #party bob"];
  for (const line of lines) alice.type(`group ${line}`);
  for (const line of ["send #work one", "send #party two", "send #work three"]) alice.type(line);
  await cluster.until(() => said(bob, "three"), "all to come");
  assert.ok(said(bob, "alice in #work: one") && said(bob, "alice in #party: two"));
  const words = "alice in #party (written for another group than this): three";
  assert.ok(said(bob, words), bob.out.join("\n"));
});

test("a group that is gone is no other group, nor is the one of its name that is gone too", async () => {
  const cluster = await started(6);
  const bob = await open(cluster, "bob");
  const alice = await open(cluster, "alice");
  const does = async (one: Script, line: string, words: string): Promise<void> => {
    one.type(line);
    await cluster.until(() => said(one, words), words);
  };
  await does(alice, "group create team", "made the group #team");
  await does(alice, "group add #team bob", "added bob");
  await does(alice, "send #team one", "sent to #team");
  await does(alice, "group leave #team", "left #team");
  await cluster.until(() => said(bob, "you own it now"), "the news");
  await does(bob, "history #team", "alice in #team: one (unread)");
  await does(bob, "group leave #team", "left #team");
  await does(bob, "history #team", "alice in #team (gone): one (unread)");
  await does(bob, "group create team", "made the group #team");
  await does(bob, "send #team two", "sent to #team");
  bob.type("group leave #team");
  await does(bob, "history #team", "you to #team (gone): two");
  const again = await run(cluster, ["login bob", password, "history #team"]);
  assert.ok(said(again, "alice in #team (gone): one"), again.out.join("\n"));
  assert.ok(said(again, "you to #team (gone): two"), again.out.join("\n"));
});

test("what was written for one group is not taken for another's that is said to be gone", async () => {
  const cluster = await started(7);
  const bob = await open(cluster, "bob", (message) => {
    if (!isGroupLetter(message) || message.request < 6) return [message];
    return [{ ...message, group: "#party (gone)" }];
  });
  const alice = await open(cluster, "alice");
  for (const line of ["group create work", "group add #work bob"]) alice.type(line);
  for (const line of ["send #work one", "send #work two"]) alice.type(line);
  await cluster.until(() => said(bob, "two"), "all to come");
  assert.ok(said(bob, "alice in #work: one"), bob.out.join("\n"));
  const words = "alice in #party (gone) (written for another group than this): two";
  assert.ok(said(bob, words), bob.out.join("\n"));
});
