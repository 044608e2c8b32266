// Somebody honest who keeps servers busy: registers, writes to himself, to the lobby and to his
// drafts, and goes to the next server when his connection ends. He counts what is confirmed, how
// long that took, and answers that are not what he asked for.

import type { Host } from "../../src/base/hosts.ts";
import { asBallot, asClientId, type ClientId } from "../../src/base/ids.ts";
import type { Prng } from "../../src/base/prng.ts";
import type { Clock, Link, Network } from "../../src/ports.ts";
import { decodePayload, encodeMessage } from "../../src/wire/codec.ts";
import { makeFrameReader } from "../../src/wire/frameReader.ts";
import type { Message, MessageOf } from "../../src/wire/messages.ts";
import { hashOf, verifierFrom } from "../../src/wire/proof.ts";
import { keyOf, tokenOf } from "../support/rawClient.ts";

const gapMs = 40;

export class Chatterer {
  confirmed = 0;
  /** Of everything that was confirmed, in milliseconds. */
  readonly waitsMs: number[] = [];
  /** Answers that do not fit what was asked, in words. */
  readonly wrong: string[] = [];
  isStopped = false;
  /** What has not been answered on this connection. */
  readonly #asked = new Map<number, { readonly to: string; readonly atMs: number }>();
  readonly #hosts: readonly Host[];
  readonly #prng: Prng;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #network: Network;
  #lives = 0;
  #request = 0;
  #link: Link | null = null;
  #isIn = false;

  constructor(parts: {
    readonly clock: Clock;
    readonly network: Network;
    readonly hosts: readonly Host[];
    readonly prng: Prng;
    readonly name?: string;
  }) {
    this.#name = parts.name ?? "somebody";
    this.#hosts = parts.hosts;
    this.#prng = parts.prng;
    this.#clock = parts.clock;
    this.#network = parts.network;
  }

  start(): void {
    this.#connect();
    this.#talk();
  }

  /** A new person each time: what became of the one before is not asked. */
  #connect(): void {
    if (this.isStopped) return;
    this.#asked.clear();
    this.#lives += 1;
    this.#request = 0;
    this.#isIn = false;
    const { host, clientPort: port } = this.#hosts[this.#lives % this.#hosts.length] as Host;
    const client = asClientId(hashOf(Buffer.from(`${this.#name}${this.#lives}`)).slice(0, 32));
    this.#network.connect({ host, port }, 1_000, {
      failed: () => void this.#clock.after(gapMs, () => this.#connect()),
      connected: (link) => this.#begin(link, client),
    });
  }

  #begin(link: Link, client: ClientId): void {
    this.#link = link;
    const reader = makeFrameReader(65_535);
    const deadline = this.#clock.after(4_000, () => {
      if (!this.#isIn) link.destroy();
    });
    link.start({
      bytes: (chunk) => {
        reader.push(chunk, ({ opcode, bytes, start, end }) => {
          const decoded = decodePayload(opcode, bytes.toString("latin1", start + 3, end));
          if (decoded.ok) this.#take(decoded.message, client);
        });
      },
      drained: () => undefined,
      closed: () => {
        deadline.cancel();
        if (this.#link !== link) return;
        this.#link = null;
        this.#clock.after(gapMs, () => this.#connect());
      },
    });
    this.#say({ type: "hello", version: 1, client, ballot: asBallot(0) });
  }

  #take(message: Message, client: ClientId): void {
    if (message.type === "welcome") this.#say(this.#registration(client));
    if (message.type === "registered") this.#isIn = true;
    if (message.type === "sent") this.#takeSent(message);
  }

  #takeSent({ request, to }: MessageOf<"sent">): void {
    const asked = this.#asked.get(request);
    this.#asked.delete(request);
    if (asked === undefined) return void this.wrong.push(`an answer to request ${request}`);
    if (asked.to !== to) this.wrong.push(`what was for ${asked.to} went to ${to}`);
    this.confirmed += 1;
    this.waitsMs.push(this.#clock.nowMs() - asked.atMs);
  }

  #registration(client: ClientId): Message {
    const name = `${this.#name}${this.#lives}`;
    const keys = verifierFrom(keyOf(name));
    const cost = { cost: 16_384, blockSize: 8, parallelism: 5 };
    const tokenHash = hashOf(tokenOf(client));
    const salt = "5a".repeat(16);
    this.#request += 1;
    return {
      type: "register",
      request: this.#request,
      received: 0,
      name,
      salt,
      ...cost,
      ...keys,
      tokenHash,
    };
  }

  /** The longest that anything asked on this connection has waited by now. */
  waitingMs(): number {
    const nowMs = this.#clock.nowMs();
    return Math.max(0, ...[...this.#asked.values()].map(({ atMs }) => nowMs - atMs));
  }

  stop(): void {
    this.isStopped = true;
    this.#link?.destroy();
  }

  #talk(): void {
    if (this.isStopped) return;
    this.#clock.after(gapMs, () => this.#talk());
    if (!this.#isIn || this.#link === null) return;
    this.#request += 1;
    const ids = { request: this.#request, received: this.#request - 1 };
    const to = this.#prng.chance(0.8) ? `${this.#name}${this.#lives}` : "#lobby";
    const body = "hello".repeat(1 + this.#prng.below(30));
    const text = { to, format: "p", body };
    const kind = this.#prng.below(10);
    if (kind < 7) {
      this.#asked.set(this.#request, { to: text.to, atMs: this.#clock.nowMs() });
      this.#say({ type: "send", ...ids, ...text });
    } else if (kind === 7) this.#say({ type: "draftPut", ...ids, draft: 0, ...text });
    else if (kind === 8) this.#say({ type: "acknowledge", ...ids, through: 1 });
    else this.#say({ type: "groupChange", ...ids, group: "#lobby", change: "join", member: "" });
    this.#say({ type: "ping", query: this.#request });
  }

  #say(message: Message): void {
    this.#link?.send(encodeMessage(message));
  }
}
