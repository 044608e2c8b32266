// What was thrown, in words. Anything can be thrown, and not all of it is an Error.
// Which words a failed system call gets stands in node/diskErrors.ts.

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Of what Node's own reading of a command line throws: what is wrong, without its long advice. */
export function optionWords(error: unknown): string {
  const words = wordsOf(error);
  return `${words.split(". ")[0]?.replace(/\.$/, "") ?? words}.`;
}
