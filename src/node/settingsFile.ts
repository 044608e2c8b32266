// Settings over restarts: one JSON file in the user's own state folder, a user's name to that
// user's settings. Replaced whole, so that no reader ever finds half of it; one that cannot be read
// is left alone and said so. What may be set is not known here.

import { diskError, errorCode } from "./diskErrors.ts";
import { readOwn, replaceWhole, stateFile } from "./stateFiles.ts";

export interface SettingsFile {
  load(user: string): {
    readonly values: ReadonlyMap<string, string>;
    readonly problem: string | null;
  };
  keep(user: string, values: ReadonlyMap<string, string>): string | null;
}

type Users = Map<string, ReadonlyMap<string, string>>;

export function makeSettingsFile(
  environment: Readonly<Record<string, string | undefined>>,
): SettingsFile {
  const file = stateFile(environment, "settings");
  return {
    load: (user) => {
      const users = readUsers(file);
      if (typeof users === "string") return { values: new Map(), problem: users };
      return { values: users.get(user) ?? new Map(), problem: null };
    },
    keep: (user, values) => keep(file, user, values),
  };
}

function keep(file: string, user: string, values: ReadonlyMap<string, string>): string | null {
  const users = readUsers(file);
  if (typeof users === "string") return users;
  if (values.size === 0 && !users.has(user)) return null;
  if (values.size === 0) users.delete(user);
  else users.set(user, values);
  const table = Object.fromEntries([...users].map(([name, of]) => [name, Object.fromEntries(of)]));
  try {
    replaceWhole(file, `${JSON.stringify(table, null, 2)}\n`);
    return null;
  } catch (error) {
    return diskError("Writing", file, error).message;
  }
}

function readUsers(file: string): Users | string {
  try {
    const table: unknown = JSON.parse(readOwn(file));
    return new Map(entriesOf(table).map(([user, values]) => [user, settingsOf(values)]));
  } catch (error) {
    const code = errorCode(error);
    // What is not there holds nothing; a part of the path that is no folder shows when writing.
    if (code === "ENOENT" || code === "ENOTDIR") return new Map();
    if (code !== "") return diskError("Reading", file, error).message;
    return `${file} is not what this client writes. Mend it or remove it; it is left alone.`;
  }
}

function settingsOf(values: unknown): ReadonlyMap<string, string> {
  return new Map(entriesOf(values).map(([name, value]) => [name, String(value)]));
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError();
  return Object.entries(value);
}
