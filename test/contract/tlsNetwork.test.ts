// Links to servers that prove themselves by certificate keep the contract of the Network port, as
// bare ones do. What the contract asks stands in test/support/networkContract.ts.

import { makeTlsClient } from "../../src/node/tlsClient.ts";
import { makeTlsServer } from "../../src/node/tlsServer.ts";
import { realNetworkContract } from "../support/realNetwork.ts";
import { testCertificate } from "../support/testCertificate.ts";

realNetworkContract("a network of certificates", {
  portMin: 23_500,
  ports: 400,
  quietMs: 40,
  make: () => {
    const { cert, key } = testCertificate("localhost");
    const server = makeTlsServer({
      certificate: { options: { cert, key, minVersion: "TLSv1.3" }, keyHash: "", warnings: [] },
      plainAnswer: Buffer.from("speak TLS"),
    });
    return { ...server, ...makeTlsClient({ kind: "ca", pem: cert }) };
  },
});
