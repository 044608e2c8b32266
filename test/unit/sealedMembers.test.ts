// Who is in a group is signed by those who are in it: a server can take nobody in who would read
// along, whatever it says of whom.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Identity, identityFrom } from "../../src/client/sealing/identity.ts";
import { type Joined, proofOf, vouchedFor } from "../../src/client/sealing/membership.ts";
import type { Message, MessageOf } from "../../src/wire/messages.ts";
import type { Cluster } from "../support/cluster.ts";
import { lyingNetwork } from "../support/lyingNetwork.ts";
import { plainUser, run, said } from "../support/sealedScript.ts";
import { password, started } from "../support/seats.ts";
import { Script, type ScriptOptions } from "../support/simFaces.ts";

const [alice, bob, carol, mallory] = [1, 2, 3, 4].map((fill) =>
  identityFrom(Buffer.alloc(64, fill)),
) as [Identity, Identity, Identity, Identity];
const requestOf = (number: number): string => `${"ab".repeat(16)}-${number}`;
const origin = requestOf(1);

function row(actor: Identity, member: Identity, request: number): Joined {
  const by = requestOf(request);
  const change = request === 1 ? "create" : "add";
  const proof = proofOf(actor, { origin, change, member: member.signing, by });
  assert.ok(proof !== null);
  return { signing: member.signing, by, proof };
}

test("who was taken in by somebody who was in is vouched for, in any order and by who has left", () => {
  const rows = [row(bob, carol, 3), row(alice, bob, 2), row(alice, alice, 1)];
  assert.equal(vouchedFor(origin, rows, null)?.size, 3);
  assert.equal(vouchedFor(origin, rows, alice.signing)?.size, 3);
});

test("nobody is vouched for by a stranger, by himself, or by what was signed for something else", () => {
  const root = row(alice, alice, 1);
  const good = row(alice, bob, 2);
  const no = Buffer.alloc(0);
  const wrong: readonly Joined[] = [
    row(mallory, mallory, 5),
    row(mallory, carol, 6),
    { ...good, by: requestOf(9) },
    { ...good, signing: carol.signing },
    { signing: carol.signing, by: requestOf(7), proof: no },
    { signing: null, by: requestOf(8), proof: no },
    { ...row(alice, alice, 1), signing: mallory.signing },
  ];
  const vouched = vouchedFor(origin, [root, good, ...wrong], null);
  assert.deepEqual([...(vouched ?? [])], [root, good]);
});

test("a creation that nobody signed vouches for nobody, and another creator's neither", () => {
  const rows = [row(alice, bob, 2), { ...row(alice, alice, 1), proof: Buffer.alloc(0) }];
  assert.equal(vouchedFor(origin, rows, null), null);
  const others = [row(mallory, mallory, 1), row(mallory, bob, 2)];
  assert.equal(vouchedFor(origin, others, null)?.size, 2, "the first creator seen is believed");
  assert.equal(vouchedFor(origin, others, alice.signing)?.size, 0);
});

async function open(
  cluster: Cluster,
  name: string,
  toClient: (message: Message) => readonly Message[] = (message) => [message],
): Promise<Script> {
  const wires: ScriptOptions["wires"] = (network) => lyingNetwork(network, { toClient });
  const script = new Script(cluster, [`register ${name}`, password], { open: true, wires });
  await cluster.until(() => said(script, "registered"), "the registration");
  await cluster.run(100);
  return script;
}

test("a reader whom the servers add to a roster gets nothing that he could read, and is named", async () => {
  const cluster = await started(1);
  const sealed: string[] = [];
  const addEve = (page: MessageOf<"rosterPage">): Message => ({
    ...page,
    names: [...page.names, "eve"],
    publics: [...page.publics, mallory.publics.toString("base64")],
    changes: [...page.changes, requestOf(77)],
    proofs: [
      ...page.proofs,
      (
        proofOf(mallory, {
          origin: page.creator,
          change: "add",
          member: mallory.signing,
          by: requestOf(77),
        }) ?? Buffer.alloc(0)
      ).toString("base64"),
    ],
  });
  const one = await open(cluster, "alice", (message) =>
    message.type === "rosterPage" ? [addEve(message)] : [message],
  );
  const two = await open(cluster, "bob", (message) => {
    if (message.type === "message") sealed.push(message.body);
    return [message];
  });
  for (const line of ["group create team", "group add #team bob", "send #team secret"]) {
    one.type(line);
  }
  await cluster.until(() => said(two, "alice in #team: secret"), "bob to read it");
  assert.ok(said(one, "Nobody who is known to be in #team has signed that eve was taken in"));
  const bytes = Buffer.from((sealed.at(-1) ?? "").split(".")[1] ?? "", "base64url");
  assert.equal(bytes.readUInt16BE(1), 2, "alice and bob alone have a share of the key");
});

test("a group whose signatures the servers leave out is said to be on their word alone", async () => {
  const cluster = await started(2);
  let isStripped = false;
  const one = await open(cluster, "alice", (message) => {
    if (message.type !== "rosterPage" || !isStripped) return [message];
    return [{ ...message, proofs: message.proofs.map(() => "-") }];
  });
  const two = await open(cluster, "bob");
  const three = await open(cluster, "carol");
  const lines = ["group create team", "group add #team bob", "send #team one"];
  for (const line of lines) one.type(line);
  await cluster.until(() => said(two, "alice in #team: one"), "the message");
  assert.ok(!one.out.join().includes("the servers' word"), one.out.join("\n"));
  isStripped = true;
  for (const line of ["group add #team carol", "send #team two"]) one.type(line);
  await cluster.until(() => said(three, "#team: "), "something to come");
  assert.ok(said(one, "Nobody who is known to be in #team has signed that bob was taken in"));
  assert.ok(said(three, "alice in #team: warning: This message was sealed for somebody else"));
});

test("who was taken in before having keys is sealed for once taken in again", async () => {
  const cluster = await started(3);
  const dave = await plainUser(cluster, "dave", password);
  const one = await open(cluster, "alice");
  const lines = ["group create team", "group add #team dave", "send #team one"];
  for (const line of lines) one.type(line);
  await cluster.until(() => said(one, "dave has no keys"), "it to be said");
  dave.client.close();
  const later = new Script(cluster, ["login dave", password], { open: true });
  await cluster.until(() => said(later, "welcome dave"), "dave to be in");
  await cluster.run(300);
  one.type("send #team two");
  await cluster.until(() => said(one, "has signed that dave was taken in"), "it to be said");
  for (const line of ["group remove #team dave", "group add #team dave", "send #team three"]) {
    one.type(line);
  }
  await cluster.until(() => said(later, "alice in #team: three"), "dave to read it");
});

test("a group that was made without a signature is sealed for its members, which is said", async () => {
  const cluster = await started(4);
  const dave = await plainUser(cluster, "dave", password);
  const make = (change: string, member = ""): Promise<unknown> =>
    new Promise((resolve) =>
      dave.client.request({ type: "groupChange", group: "#team", change, member }, resolve),
    );
  const two = await open(cluster, "bob");
  const one = await open(cluster, "alice");
  void make("create").then(() => make("add", "alice"));
  void make("add", "bob");
  await cluster.run(500);
  one.type("send #team hello");
  await cluster.until(() => said(two, "alice in #team: hello"), "bob to read it");
  assert.ok(said(one, "Who is in #team is the servers' word alone"), one.out.join("\n"));
  const again = await run(cluster, ["login bob", password, "history #team"]);
  assert.ok(said(again, "alice in #team: hello"));
});
