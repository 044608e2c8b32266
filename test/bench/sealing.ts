// What sealing costs a client by itself, in microseconds a message: to one person and to groups,
// with no server and no network in it. `node --import tsx test/bench/sealing.ts`

import { randomBytes } from "node:crypto";
import { type Recipe, sealFor } from "../../src/client/sealing/addressees.ts";
import {
  groupTarget,
  openBody,
  personTarget,
  readBody,
  readersOfTag,
} from "../../src/client/sealing/body.ts";
import {
  type Identity,
  identityFrom,
  idText,
  seedsBytes,
} from "../../src/client/sealing/identity.ts";
import { makeEntropy } from "../../src/node/entropy.ts";
import { bodyBytes } from "./system.ts";

const entropy = makeEntropy();
const text = "x".repeat(bodyBytes);
const client = randomBytes(16).toString("hex");
const [writer, reader] = [0, 1].map(() => identityFrom(randomBytes(seedsBytes))) as [
  Identity,
  Identity,
];
const letter = { writer, client, request: 1, sequence: 1, text };

/** Median of many runs, after some to warm up. */
function microseconds(rounds: number, act: () => void): number {
  const times: bigint[] = [];
  for (let round = 0; round < rounds * 1.2; round += 1) {
    const before = process.hrtime.bigint();
    act();
    times.push(process.hrtime.bigint() - before);
  }
  const sorted = times.slice(-rounds).sort((one, other) => Number(one - other));
  return Number(sorted[Math.floor(rounds / 2)] ?? 0n) / 1_000;
}

function measure(what: string, recipe: Recipe, rounds: number): void {
  const { tag, target, named } = recipe;
  const sealed = microseconds(rounds, () => void sealFor(recipe, letter, entropy));
  const body = sealFor(recipe, letter, entropy);
  const place = { target, named, client, request: 1 };
  const readersOf = (by: Buffer): readonly Buffer[] | null => (named ? readersOfTag(tag, by) : []);
  const opened = microseconds(rounds, () => {
    const cut = readBody(body);
    if (cut === null) throw new Error("What was sealed is a body.");
    const read = openBody(cut.bytes, { reader, place, readersOf });
    if (typeof read === "string") throw new Error(`What was sealed did not open: ${read}.`);
  });
  const figures = `seal ${sealed.toFixed(0)} µs, open ${opened.toFixed(0)} µs`;
  process.stdout.write(`${what.padEnd(24)} ${figures}, ${body.length} letters\n`);
}

const tag = idText(reader.id);
const person = { target: personTarget, named: true, before: "", conversation: tag };
measure("to one person", { ...person, tag, readers: [reader, writer] }, 500);
for (const members of [10, 100, 1_000]) {
  const others = Array.from({ length: members - 2 }, () => identityFrom(randomBytes(seedsBytes)));
  const readers = [...others, reader, writer];
  const group = {
    target: groupTarget("1"),
    named: false,
    before: `${client}-1 `,
    conversation: "",
  };
  measure(
    `to a group of ${members}`,
    { ...group, tag: "1", readers },
    members === 1_000 ? 10 : 100,
  );
}
