// The links of one server to all others: listens, dials, reconnects for ever, and keeps exactly one
// link a pair. Who stays is the lower id's decision alone (it speaks last in the handshake), so two
// servers that dial one another at once do not throw out each other's links.
// It carries messages and decides nothing about replication.

import type { ServerId } from "../base/ids.ts";
import { peerConnectTimeoutMs, peerNonceBytes, peerRaceMs } from "../base/limits.ts";
import { peerReconnectMs, peerSilenceMs, peerUnprovenMax } from "../base/limits.ts";
import { peerUnsentBytesMax, resignTimeoutMs } from "../base/limits.ts";
import { assert, present } from "../base/assert.ts";
import type { Link, Listener } from "../ports.ts";
import type { Batch } from "../wire/batch.ts";
import type { Message } from "../wire/messages.ts";
import { hostTextsOf, type ProvenPeer } from "./peerHandshake.ts";
import { PeerLink, type PeerLinkOwner, type PeerProblem } from "./peerLink.ts";
import { PeerProbe } from "./peerProbe.ts";
import { PeerRulesWatch } from "./peerRules.ts";
import { ProblemLog, unfitPeer } from "./problemLog.ts";
import type { HostSpec, PeerEvents, PeerIdentity, Peers, PeersParts } from "./wiring.ts";

interface Slot {
  readonly spec: HostSpec;
  readonly probe: PeerProbe;
  /** In use. */
  link: PeerLink | null;
  proven: ProvenPeer | null;
  adoptedAtMs: number;
  /** Our own dial, until it is in use or has come to nothing. */
  dial: PeerLink | "connecting" | "waiting" | null;
}

export function makePeers(parts: PeersParts): Peers {
  return new PeerTable(parts);
}

class PeerTable implements Peers {
  readonly #parts: PeersParts;
  readonly #slots = new Map<ServerId, Slot>();
  readonly #hostTexts: readonly string[];
  readonly #problems: ProblemLog;
  readonly #rulesWatch: PeerRulesWatch;
  readonly #unproven = new Set<PeerLink>();
  readonly #links = new Set<PeerLink>();
  readonly #owner: PeerLinkOwner = {
    ready: (link, proven) => this.#ready(link, proven),
    message: (link, message, batch) => this.#message(link, message, batch),
    problem: (link, problem) => this.#problem(link, problem),
    closed: (link) => this.#closed(link),
  };
  #identity: PeerIdentity | null = null;
  #events: PeerEvents | null = null;
  #listener: Listener | null = null;
  #stopped = false;

  constructor(parts: PeersParts) {
    this.#parts = parts;
    this.#problems = new ProblemLog(parts);
    this.#rulesWatch = new PeerRulesWatch(parts);
    this.#hostTexts = hostTextsOf(parts.hosts);
    for (const spec of parts.hosts) {
      if (spec.id === parts.self) continue;
      const network = parts.bareNetwork ?? parts.network;
      const probe = new PeerProbe({ ...parts, network }, spec, (result) => {
        if (!this.#stopped) this.#events?.probed(spec.id, result);
      });
      const slot: Slot = { spec, probe, link: null, proven: null, adoptedAtMs: 0, dial: null };
      this.#slots.set(spec.id, slot);
    }
  }

  async start(events: PeerEvents): Promise<void> {
    assert(this.#identity !== null, "peers know their own identity before they shake hands");
    this.#events = events;
    const { network, hosts, self, bindHost } = this.#parts;
    const port = present(hosts[self], "own host").peerPort;
    this.#listener = await network.listen({ host: bindHost, port }, (link) => this.#accept(link));
    for (const slot of this.#slots.values()) this.#dial(slot);
    this.#watchSilence();
  }

  setIdentity(identity: PeerIdentity): void {
    const before = this.#identity;
    this.#identity = identity;
    if (before === null || before.incarnation === identity.incarnation) return;
    for (const slot of this.#slots.values()) this.#drop(slot, "this server begins a new life");
    // Handshakes under way may have told the old life already.
    for (const link of [...this.#links]) this.#end(link);
  }

  #end(link: PeerLink): void {
    link.destroy();
    this.#closed(link);
  }

  send(peer: ServerId, message: Message): void {
    this.#slots.get(peer)?.link?.send(message);
  }

  sendRecords(peer: ServerId, message: Message, batch: Batch): void {
    this.#slots.get(peer)?.link?.sendRecords(message, batch);
  }

  flush(): void {
    for (const slot of this.#slots.values()) {
      if (slot.link === null) continue;
      slot.link.flush();
      if (slot.link.unsentBytes() > peerUnsentBytesMax) {
        this.#drop(slot, "it takes nothing any more");
      }
    }
  }

  refuse(peer: ServerId, message: string): void {
    this.#slots.get(peer)?.link?.refuse("bad-content", message);
  }

  probe(peer: ServerId): void {
    this.#slots.get(peer)?.probe.start();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const link of this.#links) link.end();
    const deadlineMs = this.#parts.clock.nowMs() + resignTimeoutMs / 2;
    while (this.#links.size > 0 && this.#parts.clock.nowMs() < deadlineMs) {
      await new Promise<void>((resolve) => this.#parts.clock.after(5, resolve));
    }
    for (const link of this.#links) link.destroy();
    await this.#listener?.close();
  }

  // ---- connections

  #accept(link: Link): void {
    if (this.#stopped) {
      link.destroy();
      return;
    }
    // The oldest goes: an honest server proves itself in a few milliseconds.
    for (const oldest of this.#unproven) {
      if (this.#unproven.size < peerUnprovenMax) break;
      this.#unproven.delete(oldest);
      oldest.destroy();
    }
    this.#unproven.add(this.#shake(link, null));
  }

  #dial(slot: Slot): void {
    if (this.#stopped || slot.link !== null || slot.dial !== null) return;
    slot.dial = "connecting";
    const { host, peerPort, id } = slot.spec;
    this.#parts.network.connect({ host, port: peerPort }, peerConnectTimeoutMs, {
      connected: (link) => {
        if (this.#stopped || slot.link !== null) {
          slot.dial = null;
          link.destroy();
        } else {
          slot.dial = this.#shake(link, id);
        }
      },
      failed: (failure, detail) => {
        slot.dial = null;
        this.#problems.noteCall(slot.spec, failure, detail);
        if (failure === "wrong-secret") this.#events?.unfit(id);
        this.#dialLater(slot);
      },
    });
  }

  #dialLater(slot: Slot): void {
    if (this.#stopped || slot.link !== null || slot.dial !== null) return;
    slot.dial = "waiting";
    this.#parts.clock.after(peerReconnectMs, () => {
      slot.dial = null;
      this.#dial(slot);
    });
  }

  #shake(link: Link, dialled: ServerId | null): PeerLink {
    const { clock, entropy, self, secret, rules } = this.#parts;
    const nonce = entropy.bytes(peerNonceBytes).toString("hex");
    const identity = (): PeerIdentity => present(this.#identity, "own identity");
    const hosts = this.#hostTexts;
    const handshake = { self, dialled, secret, nonce, rules, identity, hosts };
    const peerLink = new PeerLink({ link, clock, owner: this.#owner, handshake });
    this.#links.add(peerLink);
    peerLink.start();
    return peerLink;
  }

  // ---- what a link tells

  #ready(link: PeerLink, proven: ProvenPeer): void {
    this.#unproven.delete(link);
    const slot = present(this.#slots.get(proven.peer), "a configured peer");
    if (!this.#wins(slot, link, proven)) {
      link.end();
      return;
    }
    const { link: replaced, dial } = slot;
    const isOwnDial = dial === link;
    slot.link = link;
    slot.proven = proven;
    slot.adoptedAtMs = this.#parts.clock.nowMs();
    if (dial instanceof PeerLink) slot.dial = null;
    if (dial instanceof PeerLink && !isOwnDial) dial.destroy();
    replaced?.destroy();
    slot.probe.met(isOwnDial ? link.remote : null);
    this.#problems.forget(proven.peer);
    link.open({ sayReady: this.#parts.self < proven.peer });
    this.#events?.up(proven.peer, proven.incarnation, proven.cluster);
  }

  #wins(slot: Slot, link: PeerLink, proven: ProvenPeer): boolean {
    const { link: current, proven: known } = slot;
    if (current === null || known === null) return true;
    if (proven.incarnation !== known.incarnation) return proven.incarnation > known.incarnation;
    // The lower id has chosen this one already.
    if (this.#parts.self > proven.peer) return true;
    // Whoever dials has no link. If it dialled well after ours was made, it has lost ours.
    return link.startedAtMs > slot.adoptedAtMs + peerRaceMs;
  }

  #message(link: PeerLink, message: Message, batch: Batch | null): void {
    const { peer } = link;
    if (peer === null || this.#slots.get(peer)?.link !== link) return;
    if (message.type === "peerRules") this.#rulesWatch.note(peer, message);
    else this.#events?.message(peer, message, batch);
  }

  #problem(link: PeerLink, problem: PeerProblem): void {
    this.#problems.note(link, problem);
    const unfit = unfitPeer(link, problem.code);
    if (unfit !== null) this.#events?.unfit(unfit);
  }

  #closed(link: PeerLink): void {
    this.#links.delete(link);
    this.#unproven.delete(link);
    for (const slot of this.#slots.values()) {
      if (slot.dial === link) {
        slot.dial = null;
        this.#dialLater(slot);
      } else if (slot.link === link) {
        this.#lost(slot);
      }
    }
  }

  #drop(slot: Slot, why: string): void {
    const { link, spec } = slot;
    this.#parts.log.write("warn", `The link to server ${spec.id} is dropped: ${why}.`);
    link?.destroy();
    if (link !== null) this.#lost(slot);
  }

  #lost(slot: Slot): void {
    slot.link = null;
    if (this.#stopped) return;
    // At once, unless links to it break as fast as they are made.
    const livedMs = this.#parts.clock.nowMs() - slot.adoptedAtMs;
    if (livedMs > peerReconnectMs) this.#dial(slot);
    else this.#dialLater(slot);
    this.#events?.down(slot.spec.id);
  }

  /**
   * A cut wire ends no connection. Looks again when the first link can have fallen silent; after a
   * stop of this process its own reading comes first.
   */
  #watchSilence(): void {
    if (this.#stopped) return;
    const { clock } = this.#parts;
    const nowMs = clock.nowMs();
    let dueMs = nowMs + peerSilenceMs;
    for (const { link } of this.#slots.values()) {
      if (link?.hasHeartbeats === true) dueMs = Math.min(dueMs, link.lastHeardMs + peerSilenceMs);
    }
    clock.after(Math.max(0, dueMs - nowMs), () => {
      clock.soon(() => clock.soon(() => this.#dropSilent()));
    });
  }

  #dropSilent(): void {
    if (this.#stopped) return;
    const nowMs = this.#parts.clock.nowMs();
    for (const slot of this.#slots.values()) {
      const { link } = slot;
      if (link === null || !link.hasHeartbeats) continue;
      if (nowMs - link.lastHeardMs >= peerSilenceMs) this.#drop(slot, "it has fallen silent");
    }
    this.#watchSilence();
  }
}
