// Keys and sealed bodies for tests of the servers, to whom they are bytes: each word stands for one
// pair of keys. Nothing here is a key of anybody's.

import { createHash } from "node:crypto";
import { present } from "../../src/base/assert.ts";
import { publicKeysBytes, signingKeyBytes } from "../../src/base/sealLimits.ts";
import type { Reply } from "../../src/chat/contract.ts";
import { keyIdOf } from "../../src/wire/keyId.ts";
import { type ChatScript, keyOf } from "./chatScript.ts";

export function publicsOf(word: string): Buffer {
  const digest = createHash("sha256").update(word).digest();
  return Buffer.concat(Array<Buffer>(4).fill(digest)).subarray(0, publicKeysBytes);
}

/** Wrapped under the salt of that word; every account of a script begins with "salt". */
export function putKeys(script: ChatScript, client: number, word: string, salt = "salt"): Reply {
  const wrapped = Buffer.from(`${word} under ${salt}`);
  return script.do(client, {
    type: "keysPut",
    publics: publicsOf(word),
    salt: keyOf(salt),
    wrapped,
  });
}

/** As a message or draft of format "s" for whoever has those keys. */
export function sealedFor(word: string, sealed = "c2VhbGVk"): string {
  return `${keyIdOf(publicsOf(word))}.${sealed}`;
}

export function sendSealed(script: ChatScript, client: number, to: string, body: string): Reply {
  return script.do(client, { type: "send", to, format: "s", body });
}

/** The wraps of an account's present keys, in words. */
export function wrapsOf(script: ChatScript, name: string): readonly string[] {
  const { wraps } = script.chat.ownKeysOf(script.account(name));
  return wraps.map((wrap) => Buffer.from(wrap, "base64").toString());
}

/** Of each former keys of an account the wraps. */
export function formerOf(script: ChatScript, name: string): readonly string[] {
  const { formerWraps } = script.chat.ownKeysOf(script.account(name));
  return formerWraps.map((wraps) =>
    wraps
      .split(".")
      .map((wrap) => Buffer.from(wrap, "base64").toString())
      .join(", "),
  );
}

export function changePassword(
  script: ChatScript,
  client: number,
  { from, to, salt }: { readonly from: string; readonly to: string; readonly salt: string },
): Reply {
  return script.do(client, {
    type: "changePassword",
    oldKey: keyOf(from),
    salt: keyOf(salt),
    cost: 16_384,
    blockSize: 8,
    parallelism: 5,
    storedKey: keyOf(to),
    serverKey: keyOf("server"),
  });
}

/** What the server is given as a proof by whoever has those keys, for a change of theirs. */
export function proofBy(word: string, signed = "signed"): Buffer {
  return Buffer.concat([publicsOf(word).subarray(0, signingKeyBytes), Buffer.from(signed)]);
}

/** A change of a group with a proof; who has the keys of `word` makes it. */
export function changeSigned(
  script: ChatScript,
  client: number,
  [change, group, member, word]: readonly [string, string, string, string],
): Reply {
  const proof = proofBy(word, `${change} ${member}`);
  return script.do(client, { type: "groupSigned", group, change, member, proof });
}

/** What a group's messages are sealed for, as one of its members is told. */
export function epochFor(script: ChatScript, name: string, group = "#team"): number {
  const ask = { group, after: 0, count: 1_000 };
  return present(script.chat.rosterOf(script.account(name), ask), "a roster").epoch;
}

export function sendToTeam(script: ChatScript, client: number, epoch: number): Reply {
  return sendSealed(script, client, "#team", `${epoch}.c2VhbGVk`);
}

/** Of each row of a roster who it is, and the proof in words. */
export function rosterOf(script: ChatScript, name: string, group = "#team"): readonly string[] {
  const ask = { group, after: 0, count: 1_000 };
  const page = present(script.chat.rosterOf(script.account(name), ask), "a roster");
  return page.rows.map(({ name: member, proof }) => {
    const signed = Buffer.from(proof, "base64").subarray(signingKeyBytes).toString();
    return `${member ?? "gone"}: ${signed}`;
  });
}
