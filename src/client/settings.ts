// What a user may set: PURE but for the keeping, which is a face's. One table; the command, its
// completion, its refusals and what is kept all follow from it. What a setting changes is looked up
// where that happens, by `of`.

import { foldName } from "../base/text.ts";
import type { KeptSettings } from "./faces.ts";

interface Row {
  /** The usual one first. */
  readonly values: readonly [string, ...string[]];
  readonly does: string;
}

export const settingTable = {
  notes: { values: ["off", "on"], does: "who comes online and who goes" },
  time: { values: ["on", "off"], does: "the time beside what arrives" },
  bell: {
    values: ["off", "dm", "mention", "all"],
    does: "ring; mention: for dm, and where a group names you",
  },
} as const satisfies Readonly<Record<string, Row>>;

export type SettingName = keyof typeof settingTable;
export type SettingValue<Name extends SettingName> = (typeof settingTable)[Name]["values"][number];

export const settingNames: readonly SettingName[] = Object.keys(settingTable).filter(isSettingName);

export function isSettingName(word: string): word is SettingName {
  return Object.hasOwn(settingTable, word);
}

export function valuesOf(name: SettingName): readonly string[] {
  return settingTable[name].values;
}

/** Of whoever is logged in; before that, the usual ones. */
export class Settings {
  readonly #kept: KeptSettings;
  #values = new Map<string, string>();

  constructor(kept: KeptSettings) {
    this.#kept = kept;
  }

  of<Name extends SettingName>(name: Name): SettingValue<Name> {
    const value = this.#values.get(name);
    const values = valuesOf(name);
    // The table holds it, so it is one of this row's values.
    return (
      value !== undefined && values.includes(value) ? value : values[0]
    ) as SettingValue<Name>;
  }

  /** In words why what was kept cannot be read, or null. */
  enter(user: string, isNew: boolean): string | null {
    // A name that is registered anew inherits nothing.
    if (isNew) return this.forget(user);
    const { values, problem } = this.#kept.load(foldName(user));
    this.#values = new Map(values);
    return problem;
  }

  /** In words why it cannot be kept, or null; it holds until the end either way. */
  change(user: string, name: SettingName, value: string): string | null {
    this.#values.set(name, value);
    return this.#kept.keep(foldName(user), this.#values);
  }

  forget(user: string): string | null {
    this.#values.clear();
    return this.#kept.keep(foldName(user), this.#values);
  }
}

/** For as long as this client runs. */
export function unkeptSettings(): KeptSettings {
  const users = new Map<string, ReadonlyMap<string, string>>();
  return {
    load: (user) => ({ values: users.get(user) ?? new Map(), problem: null }),
    keep: (user, values) => {
      users.set(user, new Map(values));
      return null;
    },
  };
}
