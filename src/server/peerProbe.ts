// Asks, by a fresh connection, whether somebody still listens at a peer's address: the one of the
// last good handshake that we dialled, since only there the peer is known to listen. Bare also
// where servers speak TLS: whoever takes it lives. A process that dies may lose its connections
// before its listener, so what is taken is held: it breaks together with that, and is tried again.
// What an attempt says of a life that is over by now is not told: it would count against the next.

import {
  probeAgainMsMax,
  probeAgainMsMin,
  probeHoldMs,
  proofProbeTimeoutMs,
} from "../base/doubtLimits.ts";
import { hostOf } from "../base/hosts.ts";
import type { Clock, Link, Network } from "../ports.ts";
import type { HostSpec, ProbeResult } from "./wiring.ts";

export class PeerProbe {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #spec: HostSpec;
  readonly #tell: (result: ProbeResult) => void;
  #host: string;
  #running = false;
  /** Of the present attempt. */
  #sinceMs = 0;
  /** Before the next attempt, if this one is dropped while it is made. Grows with each attempt. */
  #againMs = probeAgainMsMin;
  #isStale = false;
  #again = false;

  constructor(
    parts: { readonly network: Network; readonly clock: Clock },
    spec: HostSpec,
    tell: (result: ProbeResult) => void,
  ) {
    this.#network = parts.network;
    this.#clock = parts.clock;
    this.#spec = spec;
    this.#tell = tell;
    this.#host = spec.host;
  }

  /** A handshake was good, with the peer at `remote` (host:port) if we dialled there. */
  met(remote: string | null): void {
    if (remote !== null) this.#host = hostOf(remote);
    this.#isStale = this.#running;
  }

  start(): void {
    this.#again = this.#running;
    if (this.#running) return;
    this.#running = true;
    this.#isStale = false;
    this.#againMs = probeAgainMsMin;
    this.#attempt();
  }

  #attempt(): void {
    this.#sinceMs = this.#clock.nowMs();
    const address = { host: this.#host, port: this.#spec.peerPort };
    this.#network.connect(address, proofProbeTimeoutMs, {
      connected: (link) => this.#hold(link),
      failed: (failure) => this.#failed(failure === "refused" ? "refused" : "unreachable"),
    });
  }

  /** Until it breaks: then whoever took it has gone, or turns everybody away. */
  #hold(link: Link): void {
    let isEnough = this.#isEnough();
    const timer = this.#clock.after(isEnough ? 0 : probeHoldMs, () => {
      isEnough = true;
      link.destroy();
    });
    const closed = (): void => {
      timer.cancel();
      if (isEnough) return this.#end("answered");
      this.#againMs *= 2;
      this.#attempt();
    };
    link.start({ bytes: () => undefined, drained: () => undefined, closed });
  }

  /** A refusal is final, and so is silence. */
  #failed(result: ProbeResult): void {
    const isSilence = this.#clock.nowMs() - this.#sinceMs > probeAgainMsMax;
    if (result === "refused" || isSilence || this.#isEnough()) return this.#end(result);
    this.#clock.after(this.#againMs, () => this.#attempt());
    this.#againMs *= 2;
  }

  #isEnough(): boolean {
    return this.#isStale || this.#againMs > probeAgainMsMax;
  }

  #end(result: ProbeResult): void {
    this.#running = false;
    if (!this.#isStale) this.#tell(result);
    if (this.#again) this.start();
  }
}
