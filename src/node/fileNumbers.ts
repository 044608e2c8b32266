// How many connections a process may take without running out of file numbers: a journal that could
// not be opened for want of one would end the server, and strangers would have done that. Whoever
// comes beyond it is hung up on. Counts sockets that were accepted; the rest is kept for files.

import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { listenerShare, reservedNumbers, reservedShare } from "../base/doubtLimits.ts";

let open = 0;
let roomOnce: number | null = null;

/** For accepted sockets, of all ports together; Infinity where the system does not tell. */
export function socketsRoom(): number {
  roomOnce ??= roomWithin(fileNumbersMax());
  return roomOnce;
}

function roomWithin(numbers: number): number {
  return numbers - Math.min(reservedNumbers, Math.floor(numbers * reservedShare));
}

/** Of one listener: no flood on one port takes all that there is for the other. */
export class Accepted {
  #count = 0;

  /** False for one too many. */
  take(socket: Socket): boolean {
    const room = socketsRoom();
    if (open >= room || this.#count >= room * listenerShare) return false;
    open += 1;
    this.#count += 1;
    socket.once("close", () => {
      open -= 1;
      this.#count -= 1;
    });
    return true;
  }
}

/** Node has raised the soft limit to the hard one when it started. */
function fileNumbersMax(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "latin1");
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? Infinity : Number(soft);
  } catch {
    // No such file: another system.
    return Infinity;
  }
}
