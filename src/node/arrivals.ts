// Connections that come all at once, as when everybody looks for the next primary. The system hands
// out one for each round of the event loop, and once the first of them are being served a round
// takes long: so those who come in rounds that follow one another are handed on together, behind
// the last. One that comes alone is held up for a single round. Says nothing to anybody.

import type { Socket } from "node:net";
import { arrivalsTogetherMax } from "../base/doubtLimits.ts";

export class Arrivals {
  readonly #accept: (socket: Socket) => void;
  #waiting: Socket[] = [];
  #isMore = false;

  constructor(accept: (socket: Socket) => void) {
    this.#accept = accept;
  }

  add(socket: Socket): void {
    // Whoever is handed it listens himself; until then it may break as well.
    socket.on("error", () => undefined);
    this.#waiting.push(socket);
    this.#isMore = true;
    if (this.#waiting.length === 1) setImmediate(() => this.#look());
  }

  /** Nobody is handed on any more. */
  drop(): void {
    for (const socket of this.#waiting.splice(0)) socket.destroy();
  }

  #look(): void {
    const isFull = this.#waiting.length >= arrivalsTogetherMax;
    if (this.#isMore && !isFull) {
      this.#isMore = false;
      setImmediate(() => this.#look());
      return;
    }
    for (const socket of this.#waiting.splice(0)) {
      if (!socket.destroyed) this.#accept(socket);
    }
  }
}
