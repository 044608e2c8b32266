// What becomes of standard output that cannot be written any more: a reader that has gone away is
// no fault, and nothing is to be said of it; all else is told in words, and makes the exit code 1.
// What a program then does is its own part.

import { errorCode, reasonOf } from "./diskErrors.ts";

/** `lost` is called with whether it is a failure, and not somebody who has read enough. */
export function onOutputLost(lost: (isFailure: boolean) => void = () => undefined): void {
  process.stdout.on("error", (error) => {
    const isFailure = isReaderThere(error);
    if (isFailure) {
      process.stderr.write(`The output cannot be written: ${reasonOf(error)}.\n`);
      // The last words may be lost when all is done.
      process.exitCode ||= 1;
    }
    lost(isFailure);
  });
}

/** Standard output; the `write` that fails at once says so before it returns, and not later. */
export function writeOutput(text: string, lost: (isFailure: boolean) => void): void {
  process.stdout.write(text);
  const { errored } = process.stdout;
  if (errored !== null) lost(isReaderThere(errored));
}

/** Whoever has read enough, and gone, is no failure. */
function isReaderThere(error: unknown): boolean {
  return errorCode(error) !== "EPIPE";
}
