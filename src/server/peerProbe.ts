// Asks, by a fresh connection, whether somebody still listens at a peer's address: the one of the
// last good handshake that we dialled, since only there the peer is known to listen. The connection
// is bare also where servers speak TLS, since whoever takes it lives. One attempt at a time; a
// process that dies may lose its connections before its listener, so it is asked again a bit later.
// What an attempt says of a life that is over by now is not told: it would count against the next.

import { hostOf } from "../base/hosts.ts";
import { probeAgainMsMax, probeAgainMsMin, proofProbeTimeoutMs } from "../base/limits.ts";
import type { Clock, Network } from "../ports.ts";
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
  /** Before the next attempt, if somebody answers this one, or drops it. */
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
      connected: (link) => {
        link.destroy();
        this.#ended("answered");
      },
      failed: (failure) => this.#ended(failure === "refused" ? "refused" : "unreachable"),
    });
  }

  /** A refusal is final, and so is silence. */
  #ended(result: ProbeResult): void {
    const againMs = this.#againMs;
    const isQuick = this.#clock.nowMs() - this.#sinceMs <= probeAgainMsMax;
    const isLast = againMs > probeAgainMsMax || this.#isStale;
    if (result === "refused" || !isQuick || isLast) return this.#end(result);
    this.#againMs = 2 * againMs;
    this.#clock.after(againMs, () => this.#attempt());
  }

  #end(result: ProbeResult): void {
    this.#running = false;
    if (!this.#isStale) this.#tell(result);
    if (this.#again) this.start();
  }
}
