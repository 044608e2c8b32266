// Keys and sealed bodies for tests of the servers, to whom they are bytes: each word stands for one
// pair of keys. Nothing here is a key of anybody's.

import { createHash } from "node:crypto";
import { publicKeysBytes } from "../../src/base/sealLimits.ts";
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
