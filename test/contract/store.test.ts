// The store's promises on the real folder and on the simulated one.

import { realPlace, simPlace } from "../support/storeBench.ts";
import { testStore } from "../support/storeContract.ts";

testStore("on a real disk", realPlace);
testStore("on a simulated disk", async () => simPlace());
