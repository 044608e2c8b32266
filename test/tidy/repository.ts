// The repository's own files as texts, for the checks in this folder; each check is a pure function
// from texts to complaints in words, so that every one can be shown a bad sample.
// Reads the working tree, not git: what is ignored (packages, server state) is left out by name.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface TextFile {
  /** From the repository's root, with `/` between the parts. */
  readonly path: string;
  readonly text: string;
}

export const repositoryRoot = fileURLToPath(new URL("../../", import.meta.url));

/** In a worktree of git's, `.git` is a file. */
const ignoredNames = new Set([".git", "node_modules"]);

/** All text files under the given folders (default: the whole repository), sorted by path. */
export function repositoryFiles(folders: readonly string[] = [""]): readonly TextFile[] {
  return folders.flatMap((folder) => filesUnder(folder));
}

/** The files that hold our code: TypeScript and JavaScript of src, test and bin. */
export function codeFiles(): readonly TextFile[] {
  return repositoryFiles(["src", "test", "bin"]).filter((file) => isCode(file.path));
}

export function sourceFiles(): readonly TextFile[] {
  return repositoryFiles(["src"]).filter((file) => isCode(file.path));
}

export function topLevelNames(): readonly string[] {
  return readdirSync(repositoryRoot);
}

export function readText(path: string): string {
  return readFileSync(join(repositoryRoot, path), "utf8");
}

function isCode(path: string): boolean {
  return path.endsWith(".ts") || path.endsWith(".js");
}

function filesUnder(folder: string): readonly TextFile[] {
  const found: TextFile[] = [];
  const entries = readdirSync(join(repositoryRoot, folder), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (ignoredNames.has(entry.name)) continue;
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!isServerState(path)) found.push(...filesUnder(path));
    } else if (entry.isFile() && !isServerState(path)) {
      found.push({ path, text: readText(path) });
    }
  }
  return found;
}

function isServerState(path: string): boolean {
  return path.startsWith("state/") && path !== "state/README.md";
}
