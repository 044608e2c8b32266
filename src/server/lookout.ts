// What a server looks at after every tick: its own disk, for whom it waits, and whether anything is
// being confirmed. Each says in the log what it finds; what the replica should be told comes back.

import type { Log, Memory } from "../ports.ts";
import type { Replica } from "../replica/state.ts";
import type { Input } from "../replica/types.ts";
import type { Store } from "../store/store.ts";
import { makeDiskWatch, type DiskWatch } from "./diskWatch.ts";
import { StandstillWatch } from "./standstillWatch.ts";
import { makeWaitingNotice } from "./waitingNotice.ts";
import type { DriverEvents } from "./wiring.ts";

export function makeLookout(parts: {
  readonly store: Store;
  readonly log: Log;
  readonly memory?: Memory | undefined;
  readonly events: Pick<DriverEvents, "standstill">;
}): DiskWatch {
  const { log, events } = parts;
  const disk = makeDiskWatch(parts);
  const waiting = makeWaitingNotice(log);
  const standstill = new StandstillWatch(log, (notice) => events.standstill(notice));
  return {
    shortOfRoom: () => disk.shortOfRoom(),
    lookAgainMs: () => disk.lookAgainMs(),
    consider: (replica: Replica, nowMs: number): Input | null => {
      waiting.consider(replica, nowMs);
      standstill.consider(replica, nowMs);
      return disk.consider(replica, nowMs);
    },
  };
}
