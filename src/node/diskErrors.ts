// Turns what the operating system says about a file into words: what was tried, on which file, why.
// Decides nothing; the error code stays readable as the cause.

import { wordsOf } from "../base/errors.ts";

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EDQUOT: "the disk quota is used up",
  EEXIST: "it exists already",
  EIO: "the disk reported an input/output error",
  EISDIR: "it is a folder",
  ELOOP: "it is a symbolic link, which is not followed",
  EMFILE: "too many files are open",
  ENOENT: "it does not exist",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of the path is not a folder",
  EPERM: "the operation is not permitted",
  EROFS: "the file system is read-only",
};

/** `action` is a gerund: "Writing". The system's own error becomes the cause. */
export function diskError(action: string, target: string, cause: unknown): Error {
  return new Error(`${action} ${target} failed: ${reasonOf(cause)}.`, { cause });
}

/** The system's reason in words, with its code where there is one: `the disk is full (ENOSPC)`. */
export function reasonOf(cause: unknown): string {
  const code = errorCode(cause);
  const said = wordsOf(cause);
  const reason = reasons[code] ?? said;
  return code === "" || reason === said ? reason : `${reason} (${code})`;
}

/** "" when the error carries none. */
export function errorCode(cause: unknown): string {
  if (!(cause instanceof Error) || !("code" in cause)) return "";
  return typeof cause.code === "string" ? cause.code : "";
}
