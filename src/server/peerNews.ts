// What comes over the links to other servers, on its way in: images and merges to those who care
// for them, everything else to the replica. Decides nothing.

import type { Input } from "../replica/types.ts";
import type { ImageTransfer } from "./imageTransfer.ts";
import type { Merging } from "./merging.ts";
import type { PeerEvents } from "./wiring.ts";

export function peerEventsFor(parts: {
  readonly transfer: ImageTransfer;
  readonly merging: Merging;
  input(input: Input): void;
}): PeerEvents {
  const { transfer, merging } = parts;
  return {
    up: (peer, incarnation, cluster) => {
      transfer.forget(peer);
      merging.forget(peer);
      parts.input({ kind: "peerUp", peer, incarnation, cluster });
    },
    down: (peer) => {
      transfer.forget(peer);
      merging.forget(peer);
      parts.input({ kind: "peerDown", peer });
    },
    message: (peer, message, batch) => {
      // Most of what comes is a heartbeat, which is nothing of theirs.
      const isOthers = message.type !== "heartbeat";
      if (isOthers && (transfer.take(peer, message) || merging.take(peer, message))) return;
      parts.input({ kind: "message", peer, message, batch });
    },
    unfit: (peer) => parts.input({ kind: "unfit", peer }),
    probed: (peer, result) => {
      parts.input({ kind: "probed", peer, refused: result === "refused" });
    },
  };
}
