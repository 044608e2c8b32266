// Watches how much is free on the own disk and in memory, and what that means for the cluster: a
// member that is low resigns while somebody who has plenty can go on; else the primary takes
// nothing that grows until there is room. Asks at a low rate, says in the log once when it begins
// and once when it is over. The marks leave room for the next base image. It refuses nobody itself.

import type { ServerId } from "../base/ids.ts";
import { ampleDiskFactor, freeBytesAskMs, lowDiskBytes } from "../base/limits.ts";
import { lowDiskLeaveMs, lowDiskOverFactor } from "../base/limits.ts";
import { lowDiskPatienceMs, lowDiskRankMs } from "../base/limits.ts";
import type { Log, Memory } from "../ports.ts";
import { canDoWithout, lowMembers } from "../replica/room.ts";
import type { Replica } from "../replica/state.ts";
import { isNormal, isServing } from "../replica/state.ts";
import type { Input, Room } from "../replica/types.ts";
import type { Store } from "../store/store.ts";
import { isMemoryLow, memoryMarkBytes } from "./memoryRoom.ts";

type Measured = Pick<Store, "freeBytes" | "nextImageBytesMax" | "path">;

export interface RoomWatch {
  /** Called at every tick; what the replica should be told, if anything. */
  consider(replica: Replica, nowMs: number): Input | null;
  /** While this server leads and is not empty: for their sake nothing that grows is taken. */
  shortOfRoom(): readonly ServerId[];
}

export interface RoomWatchParts {
  readonly store: Measured;
  readonly log: Log;
  /** None where it is not watched. */
  readonly memory?: Memory | undefined;
}

export function makeRoomWatch(parts: RoomWatchParts): RoomWatch {
  return new TickedRoomWatch(parts);
}

/** Below this a disk is low: the next base image and all that is no message still fit. */
function lowMarkBytes(store: Pick<Store, "nextImageBytesMax">): number {
  return lowDiskBytes + store.nextImageBytesMax;
}

const nobody: readonly ServerId[] = [];

class TickedRoomWatch implements RoomWatch {
  readonly #parts: RoomWatchParts;
  #askedMs = -Infinity;
  #isAsking = false;
  /** It could not be measured, and that was said. */
  #isUnknown = false;
  #diskRoom: Room = "enough";
  #isMemoryLow = false;
  #lowSinceMs = Infinity;
  #shortSinceMs = Infinity;
  #short = nobody;

  constructor(parts: RoomWatchParts) {
    this.#parts = parts;
  }

  shortOfRoom(): readonly ServerId[] {
    return this.#short;
  }

  consider(replica: Replica, nowMs: number): Input | null {
    this.#ask(nowMs);
    this.#judgeCluster(replica, nowMs);
    const room = this.#room();
    if (room !== replica.room) return { kind: "room", room };
    if (!this.#isToLeave(replica, nowMs)) return null;
    const full = this.#diskRoom === "low" ? "the disk" : "memory";
    return { kind: "resign", reason: `${full} is almost full` };
  }

  #room(): Room {
    return this.#isMemoryLow ? "low" : this.#diskRoom;
  }

  #ask(nowMs: number): void {
    if (this.#isAsking || nowMs - this.#askedMs < freeBytesAskMs) return;
    this.#isAsking = true;
    this.#askedMs = nowMs;
    const { store, log } = this.#parts;
    this.#measureMemory();
    store
      .freeBytes()
      .then(
        (freeBytes) => this.#measured(freeBytes),
        (error: Error) => {
          // The disk itself will say more when it is written to.
          if (!this.#isUnknown) log.write("warn", "free-space-unknown", { why: error.message });
          this.#isUnknown = true;
        },
      )
      .finally(() => (this.#isAsking = false));
  }

  #measureMemory(): void {
    const { store, log, memory } = this.#parts;
    if (memory === undefined) return;
    const use = memory.use();
    const before = this.#isMemoryLow;
    this.#isMemoryLow = isMemoryLow(use, store.nextImageBytesMax, before);
    if (before === this.#isMemoryLow) return;
    const { takenBytes, leftBytes } = use;
    const markBytes = memoryMarkBytes(store.nextImageBytesMax);
    const fields = { takenBytes, leftBytes, markBytes };
    if (before) return log.write("warn", "memory-has-room-again", fields);
    const next = "give every server more memory, or bound histories with --keep";
    log.write("warn", "memory-low", { ...fields, next });
  }

  #measured(freeBytes: number): void {
    const { store, log } = this.#parts;
    const { path } = store;
    const markBytes = lowMarkBytes(store);
    const overBytes = markBytes * lowDiskOverFactor;
    this.#isUnknown = false;
    const before = this.#diskRoom;
    if (freeBytes < markBytes || (before === "low" && freeBytes < overBytes))
      this.#diskRoom = "low";
    else this.#diskRoom = freeBytes < markBytes * ampleDiskFactor ? "enough" : "ample";
    if ((before === "low") === (this.#diskRoom === "low")) return;
    const fields = { path, freeBytes, markBytes };
    if (this.#diskRoom !== "low") return log.write("warn", "disk-has-room-again", fields);
    const next = `free ${Math.ceil((overBytes - freeBytes) / 1_048_576)} MiB there`;
    log.write("warn", "disk-low", { ...fields, next });
  }

  /** Whether clients are refused, and for whose sake; the primary's to judge. */
  #judgeCluster(replica: Replica, nowMs: number): void {
    const low = isServing(replica) ? lowMembers(replica) : nobody;
    if (low.length === 0) this.#shortSinceMs = Infinity;
    else if (this.#shortSinceMs === Infinity) this.#shortSinceMs = nowMs;
    const isLeft =
      low.length > 0 && canDoWithout(replica, low) && nowMs - this.#shortSinceMs < lowDiskLeaveMs;
    const short = isLeft ? nobody : low;
    const was = this.#short;
    this.#short = short;
    const { log } = this.#parts;
    if (was.length === 0 && short.length > 0) {
      const why = "almost no room on disk or in memory; what is confirmed is safe";
      log.write("warn", "refusing-messages", { servers: short.join(","), why, next: "make room" });
    } else if (was.length > 0 && short.length === 0) {
      log.write("warn", "taking-messages-again");
    }
  }

  #isToLeave(replica: Replica, nowMs: number): boolean {
    const low = this.#room() === "low" && isNormal(replica) ? lowMembers(replica) : nobody;
    if (low.length === 0 || !canDoWithout(replica, low)) {
      this.#lowSinceMs = Infinity;
      return false;
    }
    if (this.#lowSinceMs === Infinity) this.#lowSinceMs = nowMs;
    const rank = low.indexOf(replica.config.id);
    return nowMs - this.#lowSinceMs >= lowDiskPatienceMs + rank * lowDiskRankMs;
  }
}
