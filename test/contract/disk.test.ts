// The disk's contract on the real folder, on the simulated one, and on the one in memory.
// The store is correct only on a disk that keeps it.

import { testDisk } from "../support/diskContract.ts";
import { memoryPlace, realPlace, simPlace } from "../support/storeBench.ts";

testDisk("a real disk", realPlace);
testDisk("a folder in memory", async () => memoryPlace());
testDisk("a simulated disk", async () => simPlace());
