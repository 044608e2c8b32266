// Why a server may end by itself in a run: for what its disk was made to do, or for who has taken
// its port. Anything else is a finding: the operator starts it again, and nobody would notice.

import { assert } from "../../src/base/assert.ts";
import type { Exit } from "../support/simServer.ts";

const causes = [/\(ENOSPC\)/, /\(EIO\)/, /^Port \d+ is in use/];

/** `hasRotted`: then files of it may be damaged in any way. */
export function expectCause({ message }: Exit, hasRotted: boolean): void {
  const hasCause = hasRotted || causes.some((cause) => cause.test(message));
  assert(hasCause, `a server ended, and nothing had been done to it: ${message}`);
}
