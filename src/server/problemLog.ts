// Says once what is wrong with a peer's connections, not at every retry; strangers on the peer port
// get a line now and then at most. What a stranger says is not taken for a server's word.
// It logs alone; connections end elsewhere.

import { hostText } from "../base/hosts.ts";
import type { ServerId } from "../base/ids.ts";
import { strangerLogAgainMs, strangerLogMs } from "../base/limits.ts";
import type { Clock, ConnectFailure, Log } from "../ports.ts";
import type { PeerProblem } from "./peerLink.ts";
import { insecurePeer } from "./peerSecurity.ts";
import type { HostSpec } from "./wiring.ts";

/** Whoever answers so is there, and whatever else it says cannot be heard. */
const unfitCodes: ReadonlySet<string> = new Set([
  "wrong-secret",
  "wrong-server",
  "different-hosts",
]);

const wordsMax = 600;
const linesMax = 16;

export interface ProblemSource {
  readonly peer: ServerId | null;
  readonly remote: string;
  /** It has proven nothing. */
  readonly isStranger: boolean;
}

/** Who answers where we called, and cannot be spoken to; a stranger's word tells nothing. */
export function unfitPeer({ peer, isStranger }: ProblemSource, code: string): ServerId | null {
  return !isStranger && unfitCodes.has(code) ? peer : null;
}

export class ProblemLog {
  readonly #self: ServerId;
  readonly #log: Log;
  readonly #clock: Clock;
  /** Per peer, what has been said since it was last well connected. */
  readonly #said = new Map<ServerId, Set<string>>();
  #strangerWords = "";
  #strangerAtMs = -Infinity;

  constructor(parts: { readonly log: Log; readonly clock: Clock; readonly self: ServerId }) {
    this.#self = parts.self;
    this.#log = parts.log;
    this.#clock = parts.clock;
  }

  /** A call that was answered, but not securely; one that came to nothing is not worth a line. */
  noteCall(called: HostSpec, failure: ConnectFailure, detail: string): void {
    if (failure === "refused" || failure === "unreachable") return;
    const { id, host, peerPort } = called;
    const source = { peer: id, remote: `${hostText(host)}:${peerPort}`, isStranger: false };
    if (failure === "unknown-host") return this.note(source, unknownHost(id, host));
    const ends = { self: this.#self, peer: id };
    this.note(source, { ...insecurePeer({ code: failure, detail }, ends), by: "us" });
  }

  note(source: ProblemSource, { code, message, by, ...concerning }: PeerProblem): void {
    const { remote } = source;
    const peer = source.peer ?? concerning.peer ?? null;
    const words = message.slice(0, wordsMax);
    if (peer === null || (source.isStranger && code !== "wrong-secret")) {
      this.#noteStranger(words, remote);
      return;
    }
    const line = by === "us" ? words : `Server ${peer} ended the connection: ${words}`;
    const said = this.#said.get(peer) ?? new Set();
    this.#said.set(peer, said);
    if (said.has(line) || said.size >= linesMax) return;
    said.add(line);
    this.#log.write("warn", line, { peer, remote, code });
  }

  /** The peer is well connected: the next problem is news. */
  forget(peer: ServerId): void {
    this.#said.delete(peer);
  }

  #noteStranger(words: string, remote: string): void {
    const nowMs = this.#clock.nowMs();
    const againMs = words === this.#strangerWords ? strangerLogAgainMs : strangerLogMs;
    if (nowMs - this.#strangerAtMs < againMs) return;
    this.#strangerWords = words;
    this.#strangerAtMs = nowMs;
    this.#log.write("warn", `A stranger on the peer port was sent away: ${words}`, { remote });
  }
}

function unknownHost(id: ServerId, host: string): PeerProblem {
  const message = `The host name ${host}, of server ${id}, is not known here. It is tried again.`;
  return { code: "unknown-host", message, by: "us" };
}
