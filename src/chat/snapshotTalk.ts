// What people keep beyond letters, as lines of a snapshot that stand behind their account's own:
// drafts, and whom they block. Which fields a line has stands in snapshotLines.ts.

import { asAccountId, type ClientId } from "../base/ids.ts";
import { intervalsPerLine } from "../base/limits.ts";
import { detached, isAddress } from "../base/text.ts";
import type { Account } from "./accounts.ts";
import { type Draft, Drafts } from "./drafts.ts";
import { readShortClientId, shortClientId } from "./letterLine.ts";
import { originWord, readOriginWord } from "./origin.ts";
import { type LineOf, readLine, writeLine } from "./snapshotLines.ts";

export function* talkLines(account: Account): Iterable<string> {
  yield* draftLines(account);
  if (account.isPasswordContested) yield writeLine("k", { contested: true });
  const blocked = [...(account.blocked ?? [])].sort((one, other) => one - other);
  for (let from = 0; from < blocked.length; from += intervalsPerLine) {
    yield writeLine("b", { accounts: blocked.slice(from, from + intervalsPerLine) });
  }
}

function* draftLines({ drafts }: Account): Iterable<string> {
  if (drafts === null) return;
  yield writeLine("p", { last: drafts.last });
  const sorted = [...drafts.all()].sort((one, other) => one.number - other.number);
  for (const draft of sorted) {
    const { client, request } = draft.writtenBy;
    yield writeLine("w", { ...draft, client: shortClientId(client), request });
  }
  for (const [writing, sentBy] of drafts.sent()) {
    yield writeLine("v", { writing, sentBy: originWord(sentBy) });
  }
}

export function readContestedLine(account: Account, line: string): boolean {
  if (account.isPasswordContested || readLine("k", line)?.contested !== true) return false;
  account.isPasswordContested = true;
  return true;
}

/** Whoever is blocked may have been deleted since, and be known to nobody. */
export function readBlockedLine(account: Account, line: string): boolean {
  const ids = readLine("b", line)?.accounts ?? [];
  const before = Math.max(0, ...(account.blocked ?? []));
  if (ids.length === 0 || ids.some((id, at) => id <= (at === 0 ? before : (ids[at - 1] ?? 0)))) {
    return false;
  }
  account.blocked ??= new Set();
  for (const id of ids) account.blocked.add(asAccountId(id));
  return true;
}

/** False when the line is not valid behind what stands before it. */
export function readDraftLine(account: Account, line: string): boolean {
  if (line.startsWith("p")) {
    const fields = readLine("p", line);
    if (fields === null || fields.last === 0 || account.drafts !== null) return false;
    account.drafts = new Drafts();
    account.drafts.last = fields.last;
    return true;
  }
  if (line.startsWith("v")) return readSentLine(account, line);
  const draft = draftOf(readLine("w", line));
  const { drafts } = account;
  if (draft === null || drafts === null || draft.number > drafts.last) return false;
  for (const before of drafts.all()) if (before.number >= draft.number) return false;
  drafts.put(draft);
  return true;
}

function readSentLine({ drafts }: Account, line: string): boolean {
  const fields = readLine("v", line);
  const writing = readOriginWord(fields?.writing ?? "");
  const sentBy = readOriginWord(fields?.sentBy ?? "");
  if (drafts === null || writing === null || sentBy === null) return false;
  if (drafts.sentBy(writing) !== undefined) return false;
  const client = detached(sentBy.client) as ClientId;
  drafts.noteSent(writing, { client, request: sentBy.request });
  return true;
}

function draftOf(fields: LineOf<"w"> | null): Draft | null {
  const client = readShortClientId(fields?.client ?? "");
  if (fields === null || client === null || fields.number === 0) return null;
  const { number, request, version, atMs, to, format, body } = fields;
  if (!isAddress(to)) return null;
  return { number, writtenBy: { client, request }, version, atMs, to, format, body };
}
