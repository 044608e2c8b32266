// Whose key is whose, over restarts: one file for each user and each key of that user's own, in the
// user's own state folder, for that user alone, replaced whole. One that cannot be read is left
// alone and said so. What a key is, and when it is trusted, is not known here.

import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { diskError, errorCode } from "./diskErrors.ts";
import { readOwn, removeOwn, replaceWhole, stateFile } from "./stateFiles.ts";

interface Owner {
  readonly user: string;
  readonly id: string;
}

export interface PinFiles<Pin extends { readonly name: string }> {
  load(owner: Owner): {
    readonly pins: readonly Pin[];
    readonly problem: string | null;
    readonly hadOthers: boolean;
  };
  keep(owner: Owner, change: { readonly name: string; readonly pin: Pin | null }): string | null;
  forget(owner: Owner): string | null;
  others(owner: Owner): readonly Owner[];
  loadOrder(owner: Owner): ReadonlyMap<string, number>;
  keepOrder(owner: Owner, order: ReadonlyMap<string, number>): string | null;
}

export function makePinFiles<Pin extends { readonly name: string }>(
  environment: Readonly<Record<string, string | undefined>>,
  check: (value: unknown) => readonly Pin[] | null,
  checkOrder: (value: unknown) => ReadonlyMap<string, number> | null,
): PinFiles<Pin> {
  const orderOf = ({ user, id }: Owner): string =>
    stateFile(environment, `order/${user}.${id}.json`);
  const fileOf = ({ user, id }: Owner): string => stateFile(environment, `keys/${user}.${id}.json`);
  return {
    load: (owner) => {
      const file = fileOf(owner);
      const pins = read(file, check);
      const hadOthers = others(file, owner).some(({ user }) => user === owner.user);
      if (typeof pins === "string") return { pins: [], problem: pins, hadOthers };
      return { pins, problem: null, hadOthers };
    },
    keep: (owner, { name, pin }) => {
      const file = fileOf(owner);
      const before = read(file, check);
      if (typeof before === "string") return before;
      const others = before.filter((one) => one.name.toLowerCase() !== name);
      const pins = pin === null ? others : [...others, pin];
      try {
        replaceWhole(file, `${JSON.stringify(pins, null, 1)}\n`);
        return null;
      } catch (error) {
        return diskError("Writing", file, error).message;
      }
    },
    // The one is tried whatever becomes of the other.
    forget: (owner) => {
      const [problem, another] = [removeOwn(fileOf(owner)), removeOwn(orderOf(owner))];
      return problem ?? another;
    },
    others: (owner) => others(fileOf(owner), owner),
    loadOrder: (owner) => readOrder(orderOf(owner), checkOrder),
    keepOrder: (owner, order) => keepOrder(orderOf(owner), order),
  };
}

/** Whatever cannot be read holds nothing: it is written anew, and it shows if that fails, too. */
function readOrder(
  file: string,
  check: (value: unknown) => ReadonlyMap<string, number> | null,
): ReadonlyMap<string, number> {
  try {
    return check(JSON.parse(readOwn(file))) ?? new Map();
  } catch {
    return new Map();
  }
}

function keepOrder(file: string, order: ReadonlyMap<string, number>): string | null {
  try {
    replaceWhole(file, `${JSON.stringify([...order])}\n`);
    return null;
  } catch (error) {
    return diskError("Writing", file, error).message;
  }
}

/** The pins, or in words why they cannot be read. */
function read<Pin>(
  file: string,
  check: (value: unknown) => readonly Pin[] | null,
): readonly Pin[] | string {
  try {
    return check(JSON.parse(readOwn(file))) ?? notOurs(file);
  } catch (error) {
    const code = errorCode(error);
    // What is not there holds nothing; a part of the path that is no folder shows when writing.
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    return code === "" ? notOurs(file) : diskError("Reading", file, error).message;
  }
}

function notOurs(file: string): string {
  return `${file} is not what this client writes. Mend it or remove it; it is left alone.`;
}

/** Of whom something is kept who is called the same with other keys, or has the same keys. */
function others(file: string, { user, id }: Owner): readonly Owner[] {
  try {
    return readdirSync(dirname(file)).flatMap((name) => {
      const found = fileForm.exec(name);
      const other = { user: found?.[1] ?? "", id: found?.[2] ?? "" };
      return found !== null && (other.user === user) !== (other.id === id) ? [other] : [];
    });
  } catch {
    // What cannot be listed holds nothing that is known here.
    return [];
  }
}

const fileForm = /^([a-z0-9]+)\.([A-Za-z0-9_-]{11})\.json$/;
