// One hostile end of connections to a real port: noise, half frames, frames of every kind before
// and after a login, too many, too large, too early. It says so much a second and no more, reads
// nothing now and then, and ends as it likes. What it gets back it does not judge.

import { asBallot, asClientId, type ClientId } from "../../src/base/ids.ts";
import type { Prng } from "../../src/base/prng.ts";
import type { Address, Clock, Link, Network } from "../../src/ports.ts";
import { decodePayload } from "../../src/wire/codec.ts";
import { makeFrameReader } from "../../src/wire/frameReader.ts";
import type { Message, MessageType } from "../../src/wire/messages.ts";
import { messages } from "../../src/wire/messages.ts";
import { hashOf, verifierFrom } from "../../src/wire/proof.ts";
import { keyOf, tokenOf } from "../support/rawClient.ts";
import type { Seen } from "./fields.ts";
import { anyMessage } from "./fields.ts";
import { encoded, rawFrame } from "./lying.ts";

export interface Hostilities {
  readonly clock: Clock;
  readonly network: Network;
  /** Asked at each connection. */
  readonly place: () => Address;
  readonly port: "client" | "peer";
  readonly prng: Prng;
  readonly name: string;
}

const gapMs = 20;
const framesPerGapMax = 12;
const allTypes = Object.keys(messages) as MessageType[];
const clientTypes = allTypes.filter((type) => messages[type].opcode < 0x40);

export class Hostile {
  frames = 0;
  connections = 0;
  /** Times it was let in as somebody. */
  logins = 0;
  readonly #parts: Hostilities;
  #request = 0;
  #isStopped = false;
  #link: Link | null = null;

  constructor(parts: Hostilities) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#isStopped) return;
    const { clock, network, place, prng } = this.#parts;
    network.connect(place(), 1_000, {
      failed: () => void clock.after(10 * gapMs, () => this.start()),
      connected: (link) => this.#begin(link, asClientId(hashOf(noise(prng, 16)).slice(0, 32))),
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#link?.destroy();
  }

  #begin(link: Link, client: ClientId): void {
    const { clock, port, prng } = this.#parts;
    this.connections += 1;
    this.#link = link;
    this.#request = 0;
    let isOpen = true;
    const reader = makeFrameReader(65_535);
    link.start({
      bytes: (chunk) => {
        if (port === "peer") return;
        reader.push(chunk, ({ opcode, bytes, start, end }) => {
          const decoded = decodePayload(opcode, bytes.toString("latin1", start + 3, end));
          if (decoded.ok) this.#take(link, decoded.message, client);
        });
      },
      drained: () => undefined,
      closed: () => {
        isOpen = false;
        clock.after(gapMs, () => this.start());
      },
    });
    if (prng.chance(0.85)) this.#greet(link, client);
    let left = 1 + prng.below(40);
    const go = (): void => {
      if (!isOpen || this.#isStopped) return;
      left -= 1;
      if (left < 0) return prng.chance(0.5) ? link.destroy() : link.end();
      if (prng.chance(0.02)) link.pause();
      for (let count = prng.below(framesPerGapMax); count > 0; count -= 1) this.#say(link);
      clock.after(gapMs, go);
    };
    clock.after(gapMs, go);
  }

  #greet(link: Link, client: ClientId): void {
    const { port, prng } = this.#parts;
    if (port === "client") {
      const ballot = asBallot(prng.pick([0, 0, 64, 2 ** 40, Number.MAX_SAFE_INTEGER]));
      return this.#send(link, { type: "hello", version: 1, client, ballot });
    }
    const to = 0 as Extract<Message, { type: "peerHello" }>["to"];
    const from = prng.pick([1, 2, 2, 0, 9]) as typeof to;
    this.#send(link, { type: "peerHello", version: 1, from, to, nonce: "00".repeat(16) });
  }

  #take(link: Link, message: Message, client: ClientId): void {
    const { prng, name } = this.#parts;
    if (message.type === "registered") this.logins += 1;
    if (message.type !== "welcome" || prng.chance(0.2)) return;
    const own = `${name}${this.connections}`;
    const cost = { cost: 16_384, blockSize: 8, parallelism: 5 };
    const keys = { salt: "5a".repeat(16), ...cost, ...verifierFrom(keyOf(own)) };
    const ids = { request: (this.#request += 1), received: 0 };
    const tokenHash = hashOf(tokenOf(client));
    this.#send(link, { type: "register", ...ids, name: own, ...keys, tokenHash });
  }

  #say(link: Link): void {
    const { prng, port } = this.#parts;
    const kind = prng.below(100);
    if (kind === 0) return this.#bytes(link, noise(prng, 1 + prng.below(200)));
    if (kind === 1) return this.#bytes(link, Buffer.from([prng.below(64), 0xff, 0xff, 1, 2]));
    if (kind === 2) return this.#bytes(link, rawFrame(prng.below(256), noise(prng, 20)));
    const types = port === "client" && kind < 97 ? clientTypes : allTypes;
    this.#send(link, this.#sensible(anyMessage(prng, prng.pick(types), this.#seen())));
  }

  /** Requests come in order as a rule: else none of them would be looked at. */
  #sensible(message: Message): Message {
    const { prng } = this.#parts;
    if (!("request" in message) || !("received" in message) || prng.chance(0.1)) return message;
    this.#request += 1;
    return { ...message, request: this.#request, received: Math.max(0, this.#request - 2) };
  }

  #seen(): Seen {
    const { name, prng } = this.#parts;
    const near = Math.max(1, this.connections - prng.below(3));
    const texts = [`${name}${near}`, `${name}1`, "#lobby", "#team", "team", "*", "p", "honest1"];
    return { texts, clients: [], numbers: [1, 2, 3, 10, this.#request], hexes: [] };
  }

  #send(link: Link, message: Message): void {
    const bytes = encoded(message);
    if (bytes !== null) this.#bytes(link, bytes);
  }

  #bytes(link: Link, bytes: Buffer): void {
    this.frames += 1;
    const { prng } = this.#parts;
    const isCut = prng.chance(0.005);
    link.send(isCut ? bytes.subarray(0, prng.below(bytes.length)) : bytes);
  }
}

function noise(prng: Prng, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => prng.below(256)));
}
