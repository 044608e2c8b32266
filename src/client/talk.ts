// An open conversation: with whom, and for which key its lines are. Whoever has the name later,
// with another key, is somebody else until it is opened anew. Nothing here sends or reads.

import type { MeantFor } from "./sealing/meantFor.ts";
import type { Pins } from "./sealing/pins.ts";

export class Talk {
  readonly partner: string;
  readonly #pins: () => Pins | null;
  /** The first that was known since it was opened; null for none yet. */
  #key: string | null = null;

  constructor(partner: string, pins: () => Pins | null) {
    this.partner = partner;
    this.#pins = pins;
    this.meant();
  }

  meant(): MeantFor {
    this.#key ??= this.#pins()?.of(this.partner)?.key ?? null;
    return { key: this.#key, as: "talk" };
  }
}
