// What faults wait for: that some server logs something, or sends a message of some kind. Whoever
// did is the fault's teller. A cue that does not come within a bound is given up, and the fault
// comes all the same.

import type { Cluster } from "../support/cluster.ts";
import type { Fault } from "./plan.ts";

export const cueWaitMs = 15_000;

interface Waiting {
  readonly fault: Fault;
  readonly event: string;
  readonly delayMs: number;
  readonly of?: readonly number[];
}

export class Cues {
  readonly #cluster: Cluster;
  readonly #begin: (fault: Fault, teller: number) => void;
  readonly #waiting = new Set<Waiting>();

  constructor(cluster: Cluster, begin: (fault: Fault, teller: number) => void) {
    this.#cluster = cluster;
    this.#begin = begin;
  }

  listen(): void {
    const { logs, speech } = this.#cluster;
    logs.listener = ({ event, who }) => {
      if (this.#waiting.size > 0) this.#hear(event, Number(/^server (\d+)$/.exec(who)?.[1] ?? -1));
    };
    speech.listener = (type, from) => {
      if (this.#waiting.size > 0) this.#hear(`says ${type}`, from);
    };
  }

  /** The fault is due: it comes with its cue. */
  wait(fault: Fault): void {
    if (fault.when === null) return this.#begin(fault, -1);
    const waiting = { fault, ...fault.when };
    this.#waiting.add(waiting);
    this.#cluster.clock.arrive(cueWaitMs, () => {
      if (this.#waiting.delete(waiting)) this.#begin(fault, -1);
    });
  }

  forget(): void {
    this.#waiting.clear();
  }

  #hear(event: string, teller: number): void {
    for (const waiting of this.#waiting) {
      if (waiting.event !== event || waiting.of?.includes(teller) === false) continue;
      this.#waiting.delete(waiting);
      this.#cluster.clock.arrive(waiting.delayMs, () => this.#begin(waiting.fault, teller));
    }
  }
}
