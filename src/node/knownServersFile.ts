// Servers' public keys over restarts: one line each, "host:port hash", in the user's own state
// folder. Replaced whole, so that no reader ever finds half of it; one that cannot be read is left
// alone and said so, since forgetting it would be to trust anybody. It judges nothing.

import { diskError, errorCode } from "./diskErrors.ts";
import { readOwn, replaceWhole, stateFile } from "./stateFiles.ts";

const line = /^(\S+:\d{1,5}) (sha256\/\/[A-Za-z0-9+/]{43}=)$/;

export interface KnownServersFile {
  readonly file: string;
  load(): ReadonlyMap<string, string> | string;
  keep(place: string, keyHash: string): string | null;
}

export function makeKnownServersFile(
  environment: Readonly<Record<string, string | undefined>>,
): KnownServersFile {
  const file = stateFile(environment, "known-servers");
  return {
    file,
    load: () => load(file),
    keep: (place, keyHash) => keep(file, place, keyHash),
  };
}

function load(file: string): ReadonlyMap<string, string> | string {
  let text: string;
  try {
    text = readOwn(file);
  } catch (error) {
    const code = errorCode(error);
    // What is not there holds nothing; a part of the path that is no folder shows when writing.
    if (code === "ENOENT" || code === "ENOTDIR") return new Map();
    return diskError("Reading", file, error).message;
  }
  const known = new Map<string, string>();
  for (const [at, one] of text.split("\n").entries()) {
    if (one.trim() === "") continue;
    const found = line.exec(one.trim());
    if (found === null) return `Line ${at + 1} of ${file} is not what this client writes. Mend it.`;
    known.set(found[1] as string, found[2] as string);
  }
  return known;
}

function keep(file: string, place: string, keyHash: string): string | null {
  const known = load(file);
  if (typeof known === "string") return known;
  const lines = [...known, [place, keyHash] as const].map(([one, hash]) => `${one} ${hash}\n`);
  try {
    replaceWhole(file, lines.join(""));
    return null;
  } catch (error) {
    return diskError("Writing", file, error).message;
  }
}
