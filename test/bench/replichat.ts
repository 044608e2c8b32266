// Our own system for the bench: three servers as users start them, and clients that send.
// Until it is filled in, the bench measures the floor alone and says so.

import type { StartSystem } from "./system.ts";

export const startReplichat: StartSystem | undefined = undefined;
