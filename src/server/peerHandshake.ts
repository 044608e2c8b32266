// How two servers prove to one another that they hold the secret and belong together. Decides by
// messages alone (no IO, no clock); whoever owns the connection sends what it says.
// The dialling end proves first; the end with the lower id speaks last (`peerReady`) and thereby
// chooses between several connections of one pair, so that both keep the same one.
// What servers before this one would not understand is said to those alone who know of it.

import { createHmac, timingSafeEqual } from "node:crypto";
import type { Incarnation, ServerId } from "../base/ids.ts";
import { peerNonceBytes } from "../base/limits.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import { protocolVersion } from "../wire/messages.ts";
import type { PeerRules } from "./peerRules.ts";
import { secretsDiffer } from "./peerSecurity.ts";
import type { HostSpec, PeerIdentity } from "./wiring.ts";

export interface HandshakeOptions {
  readonly self: ServerId;
  /** Whom we dialled; null when we were called and do not know yet. */
  readonly dialled: ServerId | null;
  readonly secret: Buffer;
  /** Fresh, hexadecimal, of `peerNonceBytes`. */
  readonly nonce: string;
  readonly rules: PeerRules;
  /** One text for each configured server, in the order of ids; equal everywhere. */
  readonly hosts: readonly string[];
  readonly identity: () => PeerIdentity;
}

export function hostTextsOf(hosts: readonly HostSpec[]): readonly string[] {
  return hosts.map(
    ({ host, clientPort, peerPort }) => `${host.toLowerCase()}:${clientPort}:${peerPort}`,
  );
}

/** What both ends found out: they hold one secret and one list of hosts, and belong together. */
export interface ProvenPeer {
  readonly peer: ServerId;
  readonly incarnation: Incarnation;
  readonly cluster: string;
}

export type HandshakeStep =
  | { readonly kind: "waiting"; readonly send: readonly Message[] }
  /** The other end is ready; the lower id still says `ready()`, if it takes the connection. */
  | { readonly kind: "ready"; readonly proven: ProvenPeer }
  | { readonly kind: "refused"; readonly code: string; readonly message: string };

/**
 * Stands behind the nonce of whoever takes a `peerRules`. Servers before this one take a nonce of
 * any length, and prove it as it came; an unknown frame would end their connection.
 */
const takesRules = "01";

type Stage = "hello" | "proof" | "ready" | "over";

export class PeerHandshake {
  readonly #options: HandshakeOptions;
  readonly #nonce: string;
  #stage: Stage = "hello";
  #peer: ServerId | null;
  #peerNonce = "";

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#nonce = `${options.nonce}${takesRules}`;
    this.#peer = options.dialled;
  }

  /** Who it is, or says it is; null before its hello. */
  get peer(): ServerId | null {
    return this.#peer;
  }

  /** The other end holds the secret: what it sends may be read. */
  get isProven(): boolean {
    return this.#stage === "ready" || this.#stage === "over";
  }

  get self(): ServerId {
    return this.#options.self;
  }

  get isDialler(): boolean {
    return this.#options.dialled !== null;
  }

  /** What goes out before anything has come in. */
  start(): readonly Message[] {
    return this.#options.dialled === null ? [] : [this.#hello(this.#options.dialled)];
  }

  take(message: Message): HandshakeStep {
    if (this.#stage === "hello" && message.type === "peerHello") return this.#takeHello(message);
    if (this.#stage === "proof" && message.type === "peerProof") return this.#takeProof(message);
    if (this.#stage === "ready" && message.type === "peerReady") return this.#takeReady(message);
    return refusal("unexpected", `A ${message.type} frame came in the middle of a handshake.`);
  }

  ready(): Message {
    return { type: "peerReady", ...this.#options.identity(), hosts: this.#options.hosts };
  }

  /** What else the other end is to know; once messages pass. */
  afterwards(): readonly Message[] {
    const isKnownThere = this.#peerNonce.length > 2 * peerNonceBytes;
    return isKnownThere ? [{ type: "peerRules", ...this.#options.rules }] : [];
  }

  #takeHello(hello: MessageOf<"peerHello">): HandshakeStep {
    const { self, dialled, hosts } = this.#options;
    if (hello.version !== protocolVersion) {
      const versions = `version ${protocolVersion} here, ${hello.version} there`;
      return refusal("unknown-version", `The servers speak different protocols (${versions}).`);
    }
    if (hello.to !== self) {
      const wanted = `Server ${hello.from} looks for server ${hello.to}; this is server ${self}.`;
      return refusal("wrong-server", `${wanted} Give all servers the same list of hosts.`);
    }
    // No list is told yet: nothing is proven.
    if (hello.from >= hosts.length) {
      const given = `server ${self} was given ${hosts.length}, and no server ${hello.from}`;
      return refusal("different-hosts", `Start all servers with one list of hosts (${given}).`);
    }
    if (hello.from === self || (dialled !== null && hello.from !== dialled)) {
      const answered = `Server ${hello.from} came where another one was expected.`;
      return refusal("wrong-server", `${answered} Give all servers the same list of hosts.`);
    }
    this.#peer = hello.from;
    this.#peerNonce = hello.nonce;
    this.#stage = "proof";
    const answer = dialled === null ? this.#hello(hello.from) : this.#proof();
    return { kind: "waiting", send: [answer] };
  }

  #takeProof(proof: MessageOf<"peerProof">): HandshakeStep {
    const { self, dialled } = this.#options;
    const wanted = this.#mac(dialled === null ? "dialler" : "accepter");
    const given = Buffer.from(proof.mac, "hex");
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
      return refusal("wrong-secret", secretsDiffer({ self, peer: this.#peer }));
    }
    this.#stage = "ready";
    const send: Message[] = dialled === null ? [this.#proof()] : [];
    if (self > (this.#peer ?? self)) send.push(this.ready());
    return { kind: "waiting", send };
  }

  #takeReady(ready: MessageOf<"peerReady">): HandshakeStep {
    const { self, hosts, identity } = this.#options;
    const peer = this.#peer ?? self;
    if (ready.hosts.join(" ") !== hosts.join(" ")) {
      const lists = `server ${self}: ${hosts.join(" ")}; server ${peer}: ${ready.hosts.join(" ")}`;
      return refusal("different-hosts", `Start all servers with one list of hosts (${lists}).`);
    }
    const { cluster, apart } = identity();
    const differ = cluster !== "" && ready.cluster !== "" && cluster !== ready.cluster;
    if (differ && !apart && !ready.apart) {
      const folders = `The state folders of servers ${self} and ${peer} are of different clusters.`;
      return refusal("other-cluster", `${folders} Use those of one cluster, or empty one of them.`);
    }
    this.#stage = "over";
    const { incarnation } = ready;
    return { kind: "ready", proven: { peer, incarnation, cluster: ready.cluster } };
  }

  #hello(to: ServerId): Message {
    const { self } = this.#options;
    return { type: "peerHello", version: protocolVersion, from: self, to, nonce: this.#nonce };
  }

  #proof(): Message {
    const mac = this.#mac(this.#options.dialled === null ? "accepter" : "dialler");
    return { type: "peerProof", mac: mac.toString("hex") };
  }

  /** Bound to the end that proves, so that no end can be shown its own proof. */
  #mac(prover: "dialler" | "accepter"): Buffer {
    const { self, dialled, secret } = this.#options;
    const peer = this.#peer ?? self;
    const [from, to] = dialled === null ? [peer, self] : [self, peer];
    const nonces = [this.#nonce, this.#peerNonce];
    const [first, second] = dialled === null ? nonces.reverse() : nonces;
    const statement = `replichat peer|${prover}|${first}|${second}|${from}|${to}`;
    return createHmac("sha256", secret).update(statement).digest();
  }
}

function refusal(code: string, message: string): HandshakeStep {
  return { kind: "refused", code, message };
}
