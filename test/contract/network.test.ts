// The real network keeps the contract of the Network port, as the simulated one does.
// What the contract asks stands in test/support/networkContract.ts.

import { makeNetwork } from "../../src/node/network.ts";
import { realNetworkContract } from "../support/realNetwork.ts";

realNetworkContract("a real network", {
  portMin: 21_000,
  ports: 1_000,
  quietMs: 20,
  make: makeNetwork,
});
