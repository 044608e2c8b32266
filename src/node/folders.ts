// Folders made, for their owner alone, with all that are above them. Node's own way (`recursive`)
// never comes to an end where the system says "no such file" of what it will not make, as below
// /proc.

import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { errorCode } from "./diskErrors.ts";

const folderMode = 0o700;

/** The topmost one that it made; null when all were there. Throws the system's error. */
export function makeFolders(path: string): string | null {
  try {
    return makeFolder(path);
  } catch (error) {
    const above = dirname(resolve(path));
    if (errorCode(error) !== "ENOENT" || above === resolve(path)) throw error;
    const topmost = makeFolders(above);
    const made = makeFolder(path);
    return topmost ?? made;
  }
}

function makeFolder(path: string): string | null {
  try {
    mkdirSync(path, { mode: folderMode });
    return path;
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (errorCode(error) === "EEXIST" && statSync(path).isDirectory()) return null;
    throw error;
  }
}
