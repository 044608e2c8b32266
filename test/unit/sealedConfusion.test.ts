// Servers that put one thing in the place of another: another group under the name of one that is
// known, words of their own for a draft, a list without end. And bodies that nobody's client made.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makePrng } from "../../src/base/prng.ts";
import { openBody, personTarget, readersOfTag, sealBody } from "../../src/client/sealing/body.ts";
import { identityFrom, idText } from "../../src/client/sealing/identity.ts";
import { proofOf } from "../../src/client/sealing/membership.ts";
import type { Message } from "../../src/wire/messages.ts";
import { lyingNetwork } from "../support/lyingNetwork.ts";
import { run, said } from "../support/sealedScript.ts";
import { password, started } from "../support/seats.ts";
import { Script, type ScriptOptions } from "../support/simFaces.ts";

const [alice, bob, mallory] = [1, 2, 77].map((fill) => identityFrom(Buffer.alloc(64, fill)));
assert.ok(alice !== undefined && bob !== undefined && mallory !== undefined);

function past(
  change: (message: Message) => readonly Message[],
): NonNullable<ScriptOptions["wires"]> {
  return (network) => lyingNetwork(network, { toClient: change });
}

test("another group under the name of one that is known gets nothing, and nobody is signed into it", async () => {
  const cluster = await started(1);
  await run(cluster, ["register bob", password]);
  await run(cluster, ["register carol", password]);
  const origin = `${"ab".repeat(16)}-1`;
  const step = { origin, change: "create", member: mallory.signing, by: origin } as const;
  const proof = proofOf(mallory, step)?.toString("base64") ?? "";
  let isLying = false;
  const sent: string[] = [];
  const one = new Script(cluster, ["register alice", password, "group create team"], {
    open: true,
    wires: (network) =>
      lyingNetwork(network, {
        toServer: (message) => {
          sent.push(message.type);
          return [message];
        },
        toClient: (message) => {
          if (message.type !== "rosterPage" || !isLying) return [message];
          const key = mallory.publics.toString("base64");
          const rows = { names: ["eve"], publics: [key], changes: [origin], proofs: [proof] };
          return [{ ...message, epoch: message.epoch + 1, creator: origin, ...rows }];
        },
      }),
  });
  await cluster.until(() => said(one, "registered"), "alice to be in");
  one.type("send #team hello");
  await cluster.run(500);
  assert.ok(sent.includes("send"), one.out.join("\n"));
  isLying = true;
  const before = sent.length;
  for (const line of ["group add #team bob", "send #team secret", "group add #team carol"]) {
    one.type(line);
  }
  await cluster.run(1_000);
  const after = sent.slice(before);
  assert.ok(said(one, "error: The servers say that #team is another group"), one.out.join("\n"));
  assert.ok(!after.includes("send"));
  assert.equal(after.filter((type) => type === "groupSigned").length, 1, "by what was known");
});

test("words that the servers have put into a draft are not signed by whoever sends it", async () => {
  const cluster = await started(2);
  await run(cluster, ["register bob", password]);
  const lines = ["draft new bob hello", "draft list", "draft send 1"];
  const one = await run(cluster, ["register alice", password, ...lines], {
    wires: past((message) =>
      message.type === "draftItem" ? [{ ...message, format: "p", body: "forged" }] : [message],
    ),
  });
  assert.ok(said(one, "error: Draft 1 is kept, and not sent: it is not sealed."));
  assert.ok(said(await run(cluster, ["login bob", password]), "no new messages"));
});

test("an address without end, beside what is sealed, ends nobody's client", async () => {
  const cluster = await started(4);
  await run(cluster, ["register bob", password]);
  const long = "x".repeat(2_000);
  const one = await run(
    cluster,
    ["register alice", password, `draft new ${long} hello`, "draft new bob hello", "draft list"],
    { wires: past((one) => [one.type === "draftItem" ? { ...one, to: long } : one]) },
  );
  assert.ok(said(one, "error: There is no user of that name."), one.out.join("\n"));
  assert.ok(said(one, `to ${long}: warning: This message cannot be opened`), one.out.join("\n"));
});

let next = 0;

test("a list of members without end is given up", async () => {
  const cluster = await started(3);
  const one = await run(
    cluster,
    ["register alice", password, "group create team", "send #team x"],
    {
      wires: past((message) => {
        if (message.type !== "rosterPage") return [message];
        const many = (text: string): string[] => Array.from({ length: 100 }, () => text);
        const rows = {
          names: many("-"),
          publics: many("-"),
          changes: many("-"),
          proofs: many("-"),
        };
        return [{ ...message, ...rows, next: message.next + 1 + (next += 1) }];
      }),
    },
  );
  assert.ok(said(one, "error: The servers' answer for who is in #team makes no sense"));
});

const place = { target: personTarget, named: true, client: "ab".repeat(16), request: 7 };

function opened(bytes: Buffer): ReturnType<typeof openBody> {
  const readersOf = (writer: Buffer): readonly Buffer[] | null =>
    readersOfTag(idText(bob!.id), writer);
  return openBody(bytes, { reader: bob!, place, readersOf });
}

test("a body that was changed anywhere, cut, or made up is refused, and nothing throws", () => {
  const prng = makePrng(7);
  const random = Buffer.from(Array.from({ length: 64 }, () => prng.below(256)));
  const letter = { writer: alice, readers: [bob, alice], sequence: 1, text: "hello", place };
  const body = sealBody({ tag: idText(bob.id), ...letter }, random);
  const good = Buffer.from(body.split(".")[1] ?? "", "base64url");
  assert.equal(typeof opened(good), "object");
  for (let at = 0; at < good.length; at += 1) {
    const changed = Buffer.from(good);
    changed[at] = (changed[at] ?? 0) ^ (1 << prng.below(8));
    assert.equal(typeof opened(changed), "string", `byte ${at}`);
    assert.equal(typeof opened(good.subarray(0, at)), "string", `cut at ${at}`);
  }
  for (let round = 0; round < 2_000; round += 1) {
    const junk = Buffer.from(Array.from({ length: prng.below(400) }, () => prng.below(256)));
    if (junk.length > 2) junk.set([1, 0, prng.below(5)]);
    if (junk.length > 39) bob.id.copy(junk, 35, 0, 4);
    assert.equal(typeof opened(junk), "string");
  }
});

test("a body with a thousand shares for one reader costs him the work of a few", () => {
  const share = Buffer.concat([bob.id.subarray(0, 4), Buffer.alloc(32, 5)]);
  const head = Buffer.concat([Buffer.of(1, 4, 176), alice.agreement]);
  const shares = Array.from({ length: 1_200 }, () => share);
  const bytes = Buffer.concat([head, ...shares, Buffer.alloc(5_000, 9)]);
  const before = process.cpuUsage();
  for (let round = 0; round < 20; round += 1) assert.equal(opened(bytes), "damaged");
  // Of this process alone, however busy the machine is.
  const { user, system } = process.cpuUsage(before);
  const manyMs = (user + system) / 1_000;
  assert.ok(manyMs < 400, `20 such bodies took ${manyMs.toFixed(0)} ms`);
});
