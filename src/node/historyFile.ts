// Command lines over restarts: one file in the user's own state folder, readable by that user
// alone. A history that cannot be read or written is no history; nobody is bothered with it.

import { dirname } from "node:path";
import { historyLinesMax } from "../base/limits.ts";
import { makeFolders } from "./folders.ts";
import { appendOwn, readOwn, replaceWhole, stateFile } from "./stateFiles.ts";

export interface HistoryFile {
  load(): readonly string[];
  add(line: string): void;
}

export function makeHistoryFile(
  environment: Readonly<Record<string, string | undefined>>,
): HistoryFile {
  const file = stateFile(environment, "history");
  return {
    load: () => attempt(() => load(dirname(file), file)) ?? [],
    add: (line) => void attempt(() => appendOwn(file, `${line}\n`)),
  };
}

/** Also shortens the file, once per start. */
function load(folder: string, file: string): readonly string[] {
  makeFolders(folder);
  const all = readOwn(file).split("\n").filter(Boolean);
  const kept = all.slice(-historyLinesMax);
  if (kept.length < all.length) replaceWhole(file, `${kept.join("\n")}\n`);
  return kept;
}

function attempt<T>(act: () => T): T | null {
  try {
    return act();
  } catch {
    return null;
  }
}
