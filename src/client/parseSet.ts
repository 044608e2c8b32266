// What the words behind set mean: PURE. Which settings there are, and their values, stand in
// settings.ts alone.

import type { Parsed } from "./parsed.ts";
import { isSettingName, settingNames, valuesOf } from "./settings.ts";
import { misused, understood, type Words } from "./words.ts";

export function parseSet({ rest }: Words): Parsed {
  const [setting, value] = rest.map((word) => word.toLowerCase());
  if (setting === undefined) return understood({ kind: "set", setting: null, value: null }, []);
  if (!isSettingName(setting)) {
    return misused("set", `set knows ${listed(settingNames, "and")}.`);
  }
  if (value === undefined) return understood({ kind: "set", setting, value: null }, []);
  const values = valuesOf(setting);
  if (rest.length > 2 || !values.includes(value)) {
    return misused("set", `set ${setting} takes ${listed(values, "or")}.`);
  }
  return understood({ kind: "set", setting, value }, []);
}

function listed(words: readonly string[], last: "and" | "or"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1) ?? ""}`;
}
