// Keys for sealed messages as lines of a snapshot, behind those of what their account keeps
// (snapshotTalk.ts). Which fields a line has stands in snapshotLines.ts.

import { formerKeysMax, wrapsMax } from "../base/sealLimits.ts";
import type { Account } from "./accounts.ts";
import type { KeySet } from "./keys.ts";
import { hasKeyLengths, keySetOf, knownSet, wrapOf } from "./keys.ts";
import { readLine, writeLine } from "./snapshotLines.ts";

export function* keyLines({ keys }: Account): Iterable<string> {
  if (keys === null) return;
  if (keys.present !== null) yield* setLines(keys.present, false);
  for (const set of keys.former) yield* setLines(set, true);
}

function* setLines({ publics, wraps }: KeySet, former: boolean): Iterable<string> {
  yield writeLine("h", { former, publics: Buffer.from(publics, "base64") });
  for (const { salt, wrapped } of wraps) {
    yield writeLine("m", { salt, wrapped: Buffer.from(wrapped, "base64") });
  }
}

export function readKeysLine(account: Account, line: string): boolean {
  return line.startsWith("h") ? readSetLine(account, line) : readWrapLine(account, line);
}

function readSetLine(account: Account, line: string): boolean {
  const { former = false, publics = Buffer.alloc(0) } = readLine("h", line) ?? {};
  if (!hasKeyLengths({ publics, salt: "", wrapped: oneByte })) return false;
  if (knownSet(account, publics) !== undefined) return false;
  const set = keySetOf(publics, []);
  const { keys } = account;
  if (!former) {
    if (keys !== null) return false;
    account.keys = { present: set, former: [] };
    return true;
  }
  const others = keys?.former ?? [];
  if (others.length >= formerKeysMax) return false;
  account.keys = { present: keys?.present ?? null, former: [...others, set] };
  return true;
}

const oneByte = Buffer.alloc(1);

/** Of the keys that came last. */
function readWrapLine({ keys }: Account, line: string): boolean {
  const fields = readLine("m", line);
  const set = keys?.former.at(-1) ?? keys?.present ?? null;
  if (fields === null || set === null || set.wraps.length >= wrapsMax) return false;
  const { salt, wrapped } = fields;
  if (!hasKeyLengths({ publics: Buffer.from(set.publics, "base64"), salt, wrapped })) return false;
  if (set.wraps.some((wrap) => wrap.salt === salt)) return false;
  set.wraps = [...set.wraps, wrapOf(fields)];
  return true;
}
