// Unconfirmed messages over restarts: one file for each client that left some, in the user's own
// state folder, readable by that user alone and replaced whole. What a living process has written
// or claimed is that process's; one that cannot be read is left alone and said so.

import { readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { diskError, errorCode } from "./diskErrors.ts";
import { isOthers, type Owner, ownerFrom, ownerHere, ownerOfStamp, stampOf } from "./fileOwners.ts";
import { readOwn, removeOwn, replaceWhole, stateFile } from "./stateFiles.ts";

/** What is kept is JSON of whatever shape; `check` says whether it is the right one. */
export interface OutboxFiles<Outbox extends { readonly client: string }> {
  load(): { readonly kept: readonly Outbox[]; readonly problem: string | null };
  keep(outbox: Outbox): string | null;
  drop(client: string): string | null;
  claim(client: string): { readonly outbox: Outbox | null; readonly problem: string | null };
}

interface Found<Outbox> {
  readonly outbox: Outbox;
  readonly owner: Owner;
}

const nameForm = /^[0-9a-f]{32}\.json$/;

export function makeOutboxFiles<Outbox extends { readonly client: string }>(
  environment: Readonly<Record<string, string | undefined>>,
  check: (value: unknown) => Outbox | null,
): OutboxFiles<Outbox> {
  const folder = stateFile(environment, "outbox");
  const fileOf = (client: string): string => join(folder, `${client}.json`);
  const keep = (outbox: Outbox): string | null => {
    try {
      const text = `${JSON.stringify({ ...ownerHere(), outbox })}\n`;
      replaceWhole(fileOf(outbox.client), text);
      return null;
    } catch (error) {
      return diskError("Writing", folder, error).message;
    }
  };
  const claim = (client: string): ReturnType<OutboxFiles<Outbox>["claim"]> => {
    const found = read(fileOf(client), check);
    if (typeof found === "string") return { outbox: null, problem: found };
    const isFree = found !== null && !isOthers(found.owner);
    const claims = isFree ? claimFrom(join(folder, client), found.owner) : null;
    if (claims === null || !isFree) return { outbox: null, problem: null };
    // Whoever claimed it before may have sent it since it was read.
    const still = read(fileOf(client), check);
    const isStill = still !== null && typeof still === "object" && isSame(still, found);
    const problem = isStill ? keep(still.outbox) : null;
    for (const one of claims) rmSync(one, { force: true });
    return { outbox: isStill && problem === null ? still.outbox : null, problem };
  };
  return {
    load: () => load(folder, check),
    keep,
    drop: (client) => removeOwn(fileOf(client)),
    claim: (client) => {
      try {
        return claim(client);
      } catch (error) {
        return { outbox: null, problem: diskError("Claiming", fileOf(client), error).message };
      }
    },
  };
}

function isSame(one: Found<unknown>, other: Found<unknown>): boolean {
  return stampOf(one.owner) === stampOf(other.owner);
}

/**
 * Of all processes that take it from the same owner one succeeds, by making a link that is named
 * for that owner and says who made it: whole at once, and never followed. If that one has ended
 * before it came to write, the next takes it from that one. The links that are to go when it is
 * written; null for who comes too late. Throws the system's error.
 */
function claimFrom(base: string, owner: Owner): readonly string[] | null {
  const claims: string[] = [];
  const here = stampOf(ownerHere());
  for (let from = stampOf(owner); claims.length < claimsMax;) {
    const claim = `${base}.${from}.claim`;
    claims.push(claim);
    const maker = linkOrMaker(claim, here);
    if (maker === here) return claims;
    if (maker === null || isOthers(ownerOfStamp(maker))) return null;
    from = stampOf(ownerOfStamp(maker));
  }
  return null;
}

/** So many in a row that ended while they claimed. */
const claimsMax = 100;

/** Where there are no links, whoever writes first has it. */
const linkless: ReadonlySet<string> = new Set(["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"]);

/** Who has made it; null when it has gone again. */
function linkOrMaker(claim: string, here: string): string | null {
  try {
    symlinkSync(here, claim);
    return here;
  } catch (error) {
    const code = errorCode(error);
    if (linkless.has(code)) return here;
    if (code !== "EEXIST") throw error;
  }
  try {
    return readlinkSync(claim);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

function load<Outbox extends { readonly client: string }>(
  folder: string,
  check: (value: unknown) => Outbox | null,
): { readonly kept: readonly Outbox[]; readonly problem: string | null } {
  const kept: Outbox[] = [];
  let problem: string | null = null;
  for (const name of namesIn(folder)) {
    const found = read(join(folder, name), check);
    if (typeof found === "string") problem = found;
    else if (found !== null && `${found.outbox.client}.json` !== name) {
      problem = notOurs(join(folder, name));
    } else if (found !== null && !isOthers(found.owner)) kept.push(found.outbox);
  }
  return { kept, problem };
}

/** Null when it is not there; in words why it cannot be read. */
function read<Outbox>(
  file: string,
  check: (value: unknown) => Outbox | null,
): Found<Outbox> | string | null {
  try {
    // Checked right below: anything may stand in a file.
    const value = JSON.parse(readOwn(file)) as { readonly outbox?: unknown } | null;
    const outbox = check(value?.outbox);
    return outbox === null ? notOurs(file) : { outbox, owner: ownerFrom(value) };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    return errorCode(error) === "" ? notOurs(file) : diskError("Reading", file, error).message;
  }
}

function notOurs(file: string): string {
  return `${file} is not what this client writes. Mend it or remove it; it is left alone.`;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => nameForm.test(name))
      .sort();
  } catch {
    // What is not there holds nothing; what cannot be read shows when something is to be written.
    return [];
  }
}
