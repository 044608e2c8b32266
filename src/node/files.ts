// Small file work that is no journal: the secret that all servers of one machine share, made by
// whichever starts first. Whoever comes second reads what the first one made; nobody overwrites it.
// It does not know what the secret is for.

import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { link, open, readFile, stat, unlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { errorCode, reasonOf } from "./diskErrors.ts";
import { makeFolders } from "./folders.ts";

/** Hexadecimal digits and a line feed. */
const secretBytes = 32;
const secretForm = /^[\x21-\x7e]{16,512}$/;
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW;
const readRetriesMax = 50;
const readRetryMs = 10;

export interface SecretFile {
  readonly secret: string;
  /** It may be read by others than its owner: worth a warning. */
  readonly isOpen: boolean;
}

/** Reads the secret, and makes it (0600, in a folder of 0700) when there is none. */
export async function readOrMakeSecret(path: string): Promise<SecretFile> {
  makeFolder(dirname(path));
  const found = await readSecret(path);
  if (found !== null) return found;
  await makeSecret(path);
  for (let retry = 0; retry < readRetriesMax; retry += 1) {
    const made = await readSecret(path);
    if (made !== null) return made;
    await new Promise((resolve) => setTimeout(resolve, readRetryMs));
  }
  throw new Error(`${path} is empty. Remove it, or copy the secret of another server there.`);
}

/**
 * In words, of each that others than its owner can get at: all of a server's own folder is nobody
 * else's business; what lies beside it has rights of its own, and must not be replaced.
 */
export async function openFolders(folders: {
  readonly state: string;
  readonly own: string;
}): Promise<readonly string[]> {
  const [state, own] = [await modeOf(folders.state), await modeOf(folders.own)];
  const warnings: string[] = [];
  const changed = "can be changed by others";
  if ((state & 0o022) !== 0) {
    warnings.push(`${folders.state} ${changed}. Run: chmod go-w ${folders.state}`);
  }
  if ((own & 0o077) !== 0) {
    const how = (own & 0o022) === 0 ? "can be read by others" : changed;
    warnings.push(`${folders.own} ${how}. Run: chmod 700 ${folders.own}`);
  }
  return warnings;
}

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode;
}

function makeFolder(path: string): void {
  try {
    makeFolders(path);
  } catch (error) {
    const isFile = errorCode(error) === "EEXIST" || errorCode(error) === "ENOTDIR";
    const why = isFile ? "there is a file on the way" : reasonOf(error);
    throw new Error(`The folder ${path} cannot be made: ${why}. Name another one.`);
  }
}

/** Null when there is none yet, or its maker is still writing it. */
async function readSecret(path: string): Promise<SecretFile | null> {
  let text: string;
  try {
    text = (await readFile(path, { encoding: "latin1", flag: readFlags })).trim();
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    if (errorCode(error) === "ELOOP") {
      throw new Error(
        `${path} is a symbolic link, which is not followed. Put the secret itself there.`,
      );
    }
    throw new Error(`${path} cannot be read: ${reasonOf(error)}.`);
  }
  if (text === "") return null;
  if (!secretForm.test(text)) {
    throw new Error(`${path} is no secret: one line of 16 to 512 printable characters is wanted.`);
  }
  const { mode } = await stat(path);
  return { secret: text, isOpen: (mode & 0o077) !== 0 };
}

/** Whole or not at all: written beside, then linked to its name unless the name is taken. */
async function makeSecret(path: string): Promise<void> {
  const text = `${randomBytes(secretBytes).toString("hex")}\n`;
  const beside = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await writeDurably(beside, text);
    await link(beside, path);
  } catch (error) {
    if (errorCode(error) === "EEXIST") return;
    if (!linkless.has(errorCode(error))) {
      throw cannotBeMade(path, error);
    }
    await writeFile(path, text, { flag: "wx", mode: 0o600 }).catch((other: unknown) => {
      if (errorCode(other) !== "EEXIST") throw cannotBeMade(path, other);
    });
  } finally {
    await unlink(beside).catch(() => undefined);
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function cannotBeMade(path: string, error: unknown): Error {
  return new Error(
    `${path} cannot be made: ${reasonOf(error)}. Name a folder for it that can be written.`,
  );
}

/** File systems without hard links. */
const linkless = new Set(["EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP", "EMLINK"]);
