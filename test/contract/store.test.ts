// The store's promises on the real folder and on the simulated one: the same suite for both.
// What only a simulated disk can do (crashes, damage, faults) is tested in test/unit/store*.

import { realPlace, simPlace } from "../support/storeBench.ts";
import { testStore } from "../support/storeContract.ts";

testStore("on a real disk", realPlace);
testStore("on a simulated disk", async () => simPlace());
