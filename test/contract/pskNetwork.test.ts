// Links that are made secure by a shared key keep the contract of the Network port, as bare ones.
// What the contract asks stands in test/support/networkContract.ts.

import { makePskNetwork } from "../../src/node/pskNetwork.ts";
import { realNetworkContract } from "../support/realNetwork.ts";

const key = Buffer.alloc(32, "k");
const keys = { forCall: () => ({ identity: "one of us", key }), forCaller: () => key };

realNetworkContract("a network of shared keys", {
  portMin: 22_300,
  ports: 1_000,
  quietMs: 40,
  make: () => makePskNetwork({ keys, plainAnswer: Buffer.from("speak TLS") }),
});
