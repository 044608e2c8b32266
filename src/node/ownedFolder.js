// The folder in which transpiled code is kept between starts: $XDG_CACHE_HOME/replichat, or
// ~/.cache/replichat. Code from it is run, so it must be a real folder of ours, and nobody else may
// write to it or put another in its place; otherwise there is none. Plain JavaScript: it runs
// before anything can read TypeScript.

import { lstatSync, mkdirSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

const folderMode = 0o700;
const othersMayWrite = 0o022;
const onlyOwnersMayRename = 0o1000;
const rootUid = 0;

/**
 * The folder, made when it is missing; null when there is none that can be trusted.
 * @param {{ environment?: NodeJS.ProcessEnv, uid?: number | undefined }} options
 * @returns {string | null}
 */
export function ownedFolder({ environment = process.env, uid = process.geteuid?.() } = {}) {
  if (uid === undefined) return null;
  try {
    const wished = cachesIn(environment);
    // Nothing is made in other people's folders, as root might.
    if (!isSafeWay(realpathSync(dirname(wished)), uid)) return null;
    const caches = realpathSync(madeFolder(wished));
    if (!isSafeWay(caches, uid)) return null;
    const folder = madeFolder(join(caches, "replichat"));
    if (!isOwned(folder, uid)) return null;
    return isOwned(madeFolder(join(folder, `tsx-${uid}`)), uid) ? folder : null;
  } catch {
    // No home, no room, no permission: the program runs without it.
    return null;
  }
}

/** @param {NodeJS.ProcessEnv} environment */
function cachesIn(environment) {
  const wished = environment["XDG_CACHE_HOME"] ?? "";
  if (isAbsolute(wished)) return wished;
  const home = environment["HOME"] ?? homedir();
  if (!isAbsolute(home)) throw new Error("there is no home");
  return join(home, ".cache");
}

/** @param {string} path */
function madeFolder(path) {
  try {
    mkdirSync(path, { mode: folderMode });
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  return path;
}

/**
 * @param {string} path
 * @param {number} uid
 */
function isOwned(path, uid) {
  const found = lstatSync(path);
  return found.isDirectory() && found.uid === uid && (found.mode & othersMayWrite) === 0;
}

/**
 * Whether nobody but us and root can put another folder in the place of what lies in this one.
 * @param {string} path
 * @param {number} uid
 */
function isSafeWay(path, uid) {
  const { uid: owner, mode } = lstatSync(path);
  if (owner !== uid && owner !== rootUid) return false;
  if ((mode & othersMayWrite) !== 0 && (mode & onlyOwnersMayRename) === 0) return false;
  return path === dirname(path) || isSafeWay(dirname(path), uid);
}
