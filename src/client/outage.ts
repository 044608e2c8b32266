// What a person is told of an outage, and when (FEATURES §2): nothing under 1.5 s; then the prompt
// alone changes; after 10 s one line; and one when it is over, if one was shown.
// It watches the clock, not the connection: the session core does that.

import { outageShownMs, outageToldMs } from "../base/limits.ts";
import type { Clock, Timer } from "../ports.ts";
import type { ChatClient } from "./api.ts";

export class Outage {
  readonly #client: ChatClient;
  readonly #clock: Clock;
  readonly #say: (text: string) => void;
  #timer: Timer | null = null;
  #since: number | null = null;
  #told = false;
  #wasServed = false;

  constructor(parts: {
    readonly client: ChatClient;
    readonly clock: Clock;
    /** A line to be shown; an empty one when the prompt alone may have changed. */
    readonly say: (text: string) => void;
  }) {
    this.#client = parts.client;
    this.#clock = parts.clock;
    this.#say = parts.say;
    this.update();
  }

  /** To be called whenever the connection may have come or gone. */
  update(): void {
    const since = this.#client.view().lostAtMs;
    if (since === this.#since) return;
    this.#since = since;
    this.#timer?.cancel();
    this.#timer = null;
    if (since !== null) return this.#arm();
    this.#wasServed = true;
    if (this.#told) this.#say("Connected again.");
    this.#told = false;
  }

  /** What the prompt says of it; empty while there is nothing to say. */
  promptState(): string {
    if (this.#since === null || this.#clock.nowMs() - this.#since < outageShownMs) return "";
    return this.#wasServed ? "reconnecting" : "connecting";
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #arm(): void {
    const since = this.#since;
    if (since === null) return;
    const goneMs = this.#clock.nowMs() - since;
    const nextMs = goneMs < outageShownMs ? outageShownMs : outageToldMs;
    if (goneMs >= outageToldMs) return;
    this.#timer = this.#clock.after(nextMs - goneMs, () => this.#tell(since));
  }

  #tell(since: number): void {
    if (this.#since !== since) return;
    if (this.#clock.nowMs() - since >= outageToldMs) {
      this.#told = true;
      return this.#say(outageLine(this.#client.view().unsent));
    }
    this.#say("");
    this.#arm();
  }
}

export function outageLine(unsent: number): string {
  if (unsent === 0) return "No server answers; still trying (Ctrl+C to quit).";
  const what = unsent === 1 ? "1 unsent message is" : `${unsent} unsent messages are`;
  return `No server answers. Your ${what} safe; still trying (Ctrl+C to quit).`;
}
