// An account's keys for sealed messages, as its client made them: the public ones, and the private
// ones wrapped under the account's password, once for each salt of it. The present keys always have
// a wrap under the present salt. Former ones come from the other side of a fork. It knows nothing
// of what the bytes mean but the identity of the key that signs.

import { formerKeysMax, publicKeysBytes, saltLettersMax } from "../base/sealLimits.ts";
import { wrappedKeysBytesMax, wrapsMax } from "../base/sealLimits.ts";
import { detached } from "../base/text.ts";
import { keyIdOf } from "../wire/keyId.ts";
import type { MessageOf } from "../wire/messages.ts";

export interface Wrap {
  readonly salt: string;
  /** In base64, as all bytes here: strings take less memory. */
  readonly wrapped: string;
}

export interface KeySet {
  readonly publics: string;
  /** What messages sealed for it are tagged with. */
  readonly id: string;
  /** The oldest first, no salt twice. */
  wraps: readonly Wrap[];
}

export interface AccountKeys {
  /** Null where a merge left former ones alone. */
  present: KeySet | null;
  /** The oldest first. */
  former: readonly KeySet[];
}

/** Whose they are. */
export interface KeyHolder {
  keys: AccountKeys | null;
  /** What stands for the present password. */
  readonly verifier: { readonly salt: string };
}

/** Keys and a wrap of them as a command brings them. */
export interface BroughtKeys {
  readonly publics: Buffer;
  readonly salt: string;
  readonly wrapped: Buffer;
}

export function hasKeyLengths({ publics, salt, wrapped }: BroughtKeys): boolean {
  const isWrap = wrapped.length > 0 && wrapped.length <= wrappedKeysBytesMax;
  return isWrap && salt.length <= saltLettersMax && publics.length === publicKeysBytes;
}

export function keySetOf(publics: Buffer, wraps: readonly Wrap[]): KeySet {
  return { publics: detached(publics.toString("base64")), id: detached(keyIdOf(publics)), wraps };
}

export function wrapOf({ salt, wrapped }: Omit<BroughtKeys, "publics">): Wrap {
  return { salt: detached(salt), wrapped: detached(wrapped.toString("base64")) };
}

/** Among the account's own, present or former. */
export function knownSet({ keys }: KeyHolder, publics: Buffer): KeySet | undefined {
  const wanted = publics.toString("base64");
  if (keys?.present?.publics === wanted) return keys.present;
  return keys?.former.find((set) => set.publics === wanted);
}

/** In place of one with its salt; of too many the oldest goes, but never the present salt's. */
export function addWrap({ verifier }: KeyHolder, set: KeySet, wrap: Wrap): void {
  const wraps = [...set.wraps.filter(({ salt }) => salt !== wrap.salt), wrap];
  if (wraps.length > wrapsMax) {
    const oldest = wraps.findIndex(({ salt }) => salt !== verifier.salt);
    wraps.splice(oldest, 1);
  }
  set.wraps = wraps;
}

/** From now on they are its present ones. */
export function makePresent(account: KeyHolder, set: KeySet): void {
  const former = (account.keys?.former ?? []).filter((other) => other !== set);
  account.keys = { present: set, former };
}

/** What was sealed for them can still be opened; of too many the oldest are let go. */
export function addFormer(account: KeyHolder, set: KeySet): void {
  const former = [...(account.keys?.former ?? []), set].slice(-formerKeysMax);
  account.keys = { present: account.keys?.present ?? null, former };
}

/** Whether a password under that salt opens the present keys, if there are any. */
export function areWrappedUnder({ keys }: KeyHolder, salt: string): boolean {
  const present = keys?.present ?? null;
  return present === null || present.wraps.some((wrap) => wrap.salt === salt);
}

/** The password has another salt: no older one is to open the keys any more. */
export function keepWrapsUnder({ keys }: KeyHolder, salt: string): void {
  if (keys === null) return;
  for (const set of keys.present === null ? keys.former : [keys.present, ...keys.former]) {
    const kept = set.wraps.filter((wrap) => wrap.salt === salt);
    // Former keys that nobody wrapped anew would be lost for good.
    if (kept.length > 0) set.wraps = kept;
  }
}

/** As its own terminals are told. */
export function ownKeysOf(account: KeyHolder | undefined): MessageOf<"ownKeys"> {
  const { present = null, former = [] } = account?.keys ?? {};
  const wraps = present?.wraps ?? [];
  return {
    type: "ownKeys",
    publics: publicsOf(present),
    salts: wraps.map(({ salt }) => salt),
    wraps: wraps.map(({ wrapped }) => wrapped),
    former: former.map(({ publics }) => publics),
    formerWraps: former.map((set) => set.wraps.map(({ wrapped }) => wrapped).join(".")),
  };
}

/** Empty for none. */
export function publicsOf(set: KeySet | null): Buffer {
  return Buffer.from(set?.publics ?? "", "base64");
}
