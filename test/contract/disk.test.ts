// The disk's contract on the real folder and on the simulated one.

import { testDisk } from "../support/diskContract.ts";
import { realPlace, simPlace } from "../support/storeBench.ts";

testDisk("a real disk", realPlace);
testDisk("a simulated disk", async () => simPlace());
