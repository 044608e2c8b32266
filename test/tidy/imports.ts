// Which file imports which: reads import and re-export statements as prettier prints them, resolves
// the relative ones, and finds a cycle in what results. Knows nothing of layers.

import { posix } from "node:path";
import type { TextFile } from "./repository.ts";

export interface Import {
  readonly from: string;
  /** As written: `node:fs`, `../base/ids.ts`. */
  readonly specifier: string;
  /** The file meant, from the repository's root; the specifier where it is no relative one. */
  readonly target: string;
}

const importPattern = new RegExp(
  [
    /^\s*(?:import|export)\b[^;"]*?\bfrom\s+"([^"]+)"/,
    /^\s*import\s+"([^"]+)"/,
    /\bimport\(\s*"([^"]+)"/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "gm",
);

export function importsOf(file: TextFile): readonly Import[] {
  return [...file.text.matchAll(importPattern)].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? "";
    const relative = specifier.startsWith(".");
    const target = relative ? posix.join(posix.dirname(file.path), specifier) : specifier;
    return { from: file.path, specifier, target };
  });
}

/** The files of one cycle in order, the first repeated at the end; undefined when there is none. */
export function findCycle(imports: readonly Import[]): readonly string[] | undefined {
  const targets = new Map<string, string[]>();
  for (const { from, target } of imports) {
    const known = targets.get(from);
    if (known === undefined) targets.set(from, [target]);
    else known.push(target);
  }
  const finished = new Set<string>();
  const path: string[] = [];
  function visit(file: string): readonly string[] | undefined {
    if (finished.has(file)) return undefined;
    const start = path.indexOf(file);
    if (start >= 0) return [...path.slice(start), file];
    path.push(file);
    for (const target of targets.get(file) ?? []) {
      const cycle = visit(target);
      if (cycle !== undefined) return cycle;
    }
    path.pop();
    finished.add(file);
    return undefined;
  }
  for (const file of targets.keys()) {
    const cycle = visit(file);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
