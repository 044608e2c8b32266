// What becomes of standard output that cannot be written any more: a reader that has gone away is
// no fault, and nothing is to be said of it; all else is told in words. What a program then does is
// its own part.

import { errorCode, reasonOf } from "./diskErrors.ts";

/** `lost` is called with what to say, or with null where whoever read it has had enough. */
export function onOutputLost(lost: (problem: string | null) => void): void {
  process.stdout.on("error", (error) => {
    const isClosed = errorCode(error) === "EPIPE";
    lost(isClosed ? null : `The output cannot be written: ${reasonOf(error)}.`);
  });
}
