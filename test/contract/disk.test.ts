// The disk's contract on the real folder and on the simulated one.
// The store is correct only on a disk that keeps it.

import { testDisk } from "../support/diskContract.ts";
import { realPlace, simPlace } from "../support/storeBench.ts";

testDisk("a real disk", realPlace);
testDisk("a simulated disk", async () => simPlace());
