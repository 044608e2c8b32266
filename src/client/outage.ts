// What a person is told of an outage, and when (FEATURES §2): nothing under 1.5 s; then the prompt
// alone changes; after 10 s one line; and one when it is over, if one was shown. While a server is
// there that says why it cannot serve, nobody is told that none answers.
// It watches the clock, not the connection: the session core does that.

import { outageShownMs, outageToldMs } from "../base/limits.ts";
import type { Clock, Timer } from "../ports.ts";
import type { ChatClient } from "./api.ts";
import type { ClientView } from "./clientView.ts";

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
    if (this.#client.view().standsStill) return "waiting";
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
    // Past that: a server has answered till now, and may not any more.
    const waitMs = goneMs < outageToldMs ? nextMs - goneMs : outageToldMs;
    this.#timer = this.#clock.after(waitMs, () => this.#tell(since));
  }

  #tell(since: number): void {
    if (this.#since !== since) return;
    const { standsStill } = this.#client.view();
    if (this.#clock.nowMs() - since >= outageToldMs && !standsStill) {
      this.#told = true;
      return this.#say(outageLine(this.#client.view()));
    }
    this.#say("");
    this.#arm();
  }
}

function outageLine({ unsent, unknownHosts }: ClientView): string {
  const said = `No server answers${unknownHosts.length === 0 ? "" : `: ${unknown(unknownHosts)}`}`;
  if (unsent === 0) return `${said}; still trying (Ctrl+C to quit).`;
  const what = unsent === 1 ? "1 unsent message is" : `${unsent} unsent messages are`;
  return `${said}. Your ${what} safe; still trying (Ctrl+C to quit).`;
}

/** What a script is told that has waited for so long. */
export function noServerLine(
  seconds: number,
  { standsStill, unknownHosts }: Pick<ClientView, "standsStill" | "unknownHosts">,
): string {
  if (standsStill) return `No server could confirm anything for ${seconds} seconds.`;
  const said = `No server has answered for ${seconds} seconds`;
  if (unknownHosts.length === 0) return `${said}. Are they running?`;
  return `${said}: ${unknown(unknownHosts)}. Is that what they are called?`;
}

/** What a script is told at once. */
export function unknownHostLine(host: string): string {
  return `The host name ${host} is not known here. It is tried again.`;
}

function unknown(hosts: readonly string[]): string {
  if (hosts.length === 1) return `the host name ${hosts[0]} is not known here`;
  return `the host names ${hosts.join(", ")} are not known here`;
}
