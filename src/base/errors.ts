// What was thrown, in words. Anything can be thrown, and not all of it is an Error.
// Which words a failed system call gets stands in node/diskErrors.ts.

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
