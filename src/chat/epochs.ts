// Which members with which keys a group has, as one number: what is sealed for a group says for
// which of these it was, and reaches nobody when another one holds. Equal if and only if the same
// people with the same keys are in, on whatever branch of the history: a hash, hence, and no count.

import { epochBytes } from "../base/sealLimits.ts";
import { digestOf } from "../wire/checksum.ts";
import type { Accounts } from "./accounts.ts";
import type { Group, Groups } from "./groups.ts";
import { originWord } from "./origin.ts";

/** Kept with the group until `forgetEpoch`. */
export function epochOf(accounts: Accounts, group: Group): number {
  group.epoch ??= hashOf(accounts, group);
  return group.epoch;
}

export function forgetEpoch(group: Group): void {
  group.epoch = null;
}

/** The account has other keys than before. */
export function forgetEpochsOf(groups: Groups, ids: ReadonlySet<number> | null): void {
  for (const id of ids ?? []) {
    const group = groups.get(id);
    if (group !== undefined) forgetEpoch(group);
  }
}

function hashOf(accounts: Accounts, { members }: Group): number {
  const words: string[] = [];
  for (const id of members.keys()) {
    const account = accounts.get(id);
    if (account === undefined) continue;
    words.push(`${originWord(account.origin)}:${account.keys?.present?.id ?? ""}`);
  }
  const digest = digestOf([Buffer.from(words.sort().join("\n"), "latin1")]);
  return Number.parseInt(digest.slice(0, 2 * epochBytes), 16);
}
