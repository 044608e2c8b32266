// In which order messages come to this user, over restarts of the client: how far each conversation
// was shown is kept once the servers know that it was, so that what they send as new once more can
// be told. How numbers are judged stands in sequences.ts.

import { sequencesStoreMs } from "../../base/trustLimits.ts";
import type { ChatClient } from "../api.ts";
import type { PinOwner, PinStore } from "./pins.ts";
import { LiveOrder, type Numbered, type Order } from "./sequences.ts";
import { orderIsUnkept, type Said } from "./warnings.ts";

export class ShownOrder {
  readonly #client: ChatClient;
  readonly #store: PinStore;
  readonly #tell: (said: Said) => void;
  #order = new LiveOrder();
  /** Null while nothing is to be kept. */
  #owner: PinOwner | null = null;
  #keptAtMs = -Infinity;
  /** It cannot be kept here, which has been said. */
  #isLost = false;

  constructor(parts: {
    readonly client: ChatClient;
    readonly pins: PinStore;
    readonly tell: (said: Said) => void;
  }) {
    this.#client = parts.client;
    this.#store = parts.pins;
    this.#tell = parts.tell;
  }

  /** Whose it is; null for nobody's. */
  begin(owner: PinOwner | null): void {
    this.#owner = owner;
    this.#order = new LiveOrder(owner === null ? new Map() : this.#store.loadOrder(owner));
  }

  judge(place: Numbered, sequence: number): Order {
    return this.#order.judge(place, sequence);
  }

  /** At this terminal: others of the same user hear of no block. */
  unblocked(writer: string): void {
    this.#order.unblocked(writer);
  }

  /** The servers know all that was shown. */
  acknowledged(): void {
    const nowMs = this.#client.sealDoor.clock.nowMs();
    if (nowMs - this.#keptAtMs < sequencesStoreMs) return;
    this.#keptAtMs = nowMs;
    this.#keep();
  }

  leave(): void {
    if (this.#client.view().acknowledged) this.#keep();
    this.#owner = null;
  }

  #keep(): void {
    if (this.#owner === null || this.#isLost) return;
    const problem = this.#store.keepOrder(this.#owner, this.#order.newest());
    if (problem === null) return;
    this.#isLost = true;
    this.#tell(orderIsUnkept(problem));
  }
}
