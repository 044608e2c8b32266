// Who may connect at all: so many from one address, so many altogether. When there are too many,
// those who have not said who they are give way first, the oldest of them before the others.

import { connectionsMax, crowdedShare } from "../base/doubtLimits.ts";
import { connectionsPerAddressMax } from "../base/limits.ts";
import type { Message } from "../wire/messages.ts";
import type { ClientConnection } from "./clientConnection.ts";
import type { Directory } from "./directory.ts";
import { tooManyFrom, tooManyHere } from "./turnAways.ts";

/** Null for whoever may come in; `dismiss` makes room for him. */
export function turnedAway(
  { socketsRoom = Infinity }: { readonly socketsRoom?: number },
  directory: Directory,
  address: string,
  dismiss: (connection: ClientConnection, why: Message) => void,
): Message | null {
  if (directory.countFrom(address) >= connectionsPerAddressMax) return tooManyFrom(address);
  if (directory.all().size < Math.min(connectionsMax, socketsRoom * crowdedShare)) return null;
  const oldest = directory.oldestUngreeted();
  if (oldest === undefined) return tooManyHere;
  dismiss(oldest, tooManyHere);
  return null;
}
