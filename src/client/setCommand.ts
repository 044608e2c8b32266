// What `set` does: shows settings, and changes one. What each of them changes is no concern of
// this file.

import type { Desk } from "./desk.ts";
import type { CommandOf } from "./parsed.ts";
import { type Result, sayUnkept } from "./results.ts";
import { settingNames } from "./settings.ts";

export function runSet(desk: Desk, { setting, value }: CommandOf<"set">): Result {
  const { settings, user } = desk;
  let problem: string | null = null;
  if (setting !== null && value !== null) problem = settings.change(user ?? "", setting, value);
  if (setting === "notes") desk.watchNotes();
  const shown = setting === null ? settingNames : [setting];
  desk.show({
    kind: "settings",
    settings: new Map(shown.map((name) => [name, settings.of(name)])),
  });
  sayUnkept(desk, "settings-not-kept", problem);
  return "done";
}
