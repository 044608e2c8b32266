// Which process a file belongs to: its id, and which of all processes that ever had this id, so
// that a later one is not taken for it. It opens no file of the user's and holds nothing.

import { readFileSync } from "node:fs";
import { errorCode } from "./diskErrors.ts";
import { startTicksIn } from "./processLife.ts";

export interface Owner {
  readonly process: number;
  /** Null where it is not known. */
  readonly life: string | null;
}

export function ownerHere(): Owner {
  return { process: process.pid, life: lifeOf(process.pid) };
}

/** As it stands in a file; anything may stand there, and then nobody living owns it. */
export function ownerFrom(value: unknown): Owner {
  // Both fields are checked right below.
  const { process: pid, life } = (value ?? {}) as {
    readonly process?: unknown;
    readonly life?: unknown;
  };
  const isOne = typeof pid === "number" && Number.isSafeInteger(pid) && pid > 0;
  const isLife = typeof life === "string" && /^[0-9]{0,20}$/.test(life);
  return { process: isOne ? pid : 0, life: isLife ? life : null };
}

/** Fit for the name of a file. */
export function stampOf({ process: pid, life }: Owner): string {
  return `${pid}-${life ?? "x"}`;
}

/** Of whatever is none, nobody living. */
export function ownerOfStamp(stamp: string): Owner {
  const found = /^([0-9]{1,15})-([0-9]{0,20}|x)$/.exec(stamp);
  const life = found?.[2] === "x" ? null : found?.[2];
  return ownerFrom({ process: Number(found?.[1]), life });
}

/** It belongs to a living process, and that is not this one. */
export function isOthers({ process: pid, life }: Owner): boolean {
  if (pid === 0 || pid === process.pid) return false;
  const living = lifeOf(pid);
  return living !== null && living === life;
}

/**
 * Which of all processes that ever had this id it is, where the system tells; null when there is
 * none, or one that has ended and whose parent has not noticed.
 */
function lifeOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) !== "EPERM") return null;
  }
  try {
    return startTicksIn(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    // A system without such files: the id alone has to do.
    return "";
  }
}
