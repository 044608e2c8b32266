// What Tab makes of the half-typed line: PURE. Completes commands, and names where names stand;
// where several fit, as far as they agree. It asks no server: known are the names seen so far.

import { insert, type Line } from "./line.ts";
import { commandFrom, commandNames } from "./parse.ts";
import type { CommandName } from "./parsed.ts";
import { isSettingName, settingNames, valuesOf } from "./settings.ts";

const takesName: ReadonlySet<CommandName> = new Set([
  "send",
  "search",
  "history",
  "chat",
  "block",
  "unblock",
  "users",
]);

export interface Completion {
  readonly line: Line;
  /** To choose from, when the line could not be completed any further. */
  readonly choices: readonly string[];
}

export function complete(line: Line, names: Iterable<string>): Completion {
  const head = line.text.slice(0, line.cursor);
  const found = /^(\/?)(\S*)$/.exec(head);
  if (found !== null) return completeWord(line, found[2] ?? "", commandNames);
  const [, first = "", second = "", word = ""] = /^(\/?\S+)\s+(?:(\S+)\s+)?(\S*)$/.exec(head) ?? [];
  const command = commandFrom(first);
  if (command === "set") return completeWord(line, word, settingWords(second));
  if (second !== "") return { line, choices: [] };
  if (command === "help") return completeWord(line, word, commandNames);
  if (command !== null && takesName.has(command)) return completeWord(line, word, [...names]);
  return { line, choices: [] };
}

function settingWords(setting: string): readonly string[] {
  if (setting === "") return settingNames;
  return isSettingName(setting) ? valuesOf(setting) : [];
}

function completeWord(line: Line, word: string, candidates: readonly string[]): Completion {
  const fitting = candidates.filter((one) => one.toLowerCase().startsWith(word.toLowerCase()));
  const [only] = fitting;
  if (only === undefined) return { line, choices: [] };
  if (fitting.length === 1) return { line: replaceWord(line, word, `${only} `), choices: [] };
  const shared = sharedStart(fitting);
  if (shared.length > word.length) return { line: replaceWord(line, word, shared), choices: [] };
  return { line, choices: [...fitting].sort() };
}

function replaceWord({ text, cursor }: Line, word: string, whole: string): Line {
  const start = cursor - word.length;
  return insert({ text: text.slice(0, start) + text.slice(cursor), cursor: start }, whole);
}

function sharedStart(words: readonly string[]): string {
  let shared = words[0] ?? "";
  for (const word of words) {
    while (!word.toLowerCase().startsWith(shared.toLowerCase())) shared = shared.slice(0, -1);
  }
  return shared;
}
