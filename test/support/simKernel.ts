// What a simulated host's kernel keeps of its processes: listeners, open ends, attempts to connect.
// Types, and the set of open ends; how packets get anywhere is simNetwork's and simPath's.

import type { Address, ConnectHandler, Link } from "../../src/ports.ts";
import type { ProcessClock } from "./simClock.ts";
import type { End } from "./simLink.ts";
import type { Route } from "./simPath.ts";

export interface Process {
  readonly host: string;
  readonly clock: ProcessClock;
  readonly listeners: Map<number, Accepting>;
  readonly ends: Set<End>;
  readonly onEffect: (bytes: Buffer, to: string) => void;
  alive: boolean;
}

export interface Accepting {
  readonly accept: (link: Link) => void;
  open: boolean;
}

export interface Wish {
  readonly address: Address;
  readonly timeoutMs: number;
  readonly handler: ConnectHandler;
}

export interface Attempt {
  readonly process: Process;
  readonly route: Route;
  readonly wish: Wish;
  readonly port: number;
  /** The kernel has an answer, or an established connection. */
  answered: boolean;
  /** The process has been told. */
  over: boolean;
  cancelDeadline?: () => void;
}

export interface Target {
  readonly process: Process;
  readonly listener: Accepting;
}

/** Long runs open many connections: ends that are gone are let go when the set has doubled. */
export function track(process: Process, end: End): void {
  process.ends.add(end);
  if (process.ends.size % 64 !== 0) return;
  for (const old of process.ends) if (old.isGone()) process.ends.delete(old);
}
