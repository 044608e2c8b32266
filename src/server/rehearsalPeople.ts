// Who chats in a rehearsal (rehearsal.ts): registers, and says what is wanted again and again until
// it is confirmed, wherever somebody serves. It speaks frames alone, since the product's client
// stands above the servers; what it is told it does not judge.

import type { ClientId } from "../base/ids.ts";
import { drawClientId, noBallot } from "../base/ids.ts";
import { framePayloadBytesMax, frameHeaderBytes } from "../base/limits.ts";
import { scryptBlockSize, scryptCost, scryptParallelism } from "../base/limits.ts";
import type { Clock, Entropy, Link, Network } from "../ports.ts";
import { decodePayload, encodeMessage } from "../wire/codec.ts";
import { makeFrameReader } from "../wire/frameReader.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import { protocolVersion } from "../wire/messages.ts";
import { hashOf, keyBytes, proofOf, resumeAuthMessage } from "../wire/proof.ts";
import type { HostSpec } from "./wiring.ts";

const connectTimeoutMs = 500;
const retryMs = 2;

export interface PersonParts {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly network: Pick<Network, "connect">;
  readonly hosts: readonly HostSpec[];
  readonly name: string;
  /** Whom the messages are for. */
  readonly friend: string;
}

export class RehearsalPerson {
  readonly #parts: PersonParts;
  readonly #client: ClientId;
  readonly #token: Buffer;
  #host = 0;
  #link: Link | null = null;
  /** What has been asked may be sent there: the session is proven, or is to be. */
  #isServed = false;
  #hasLeft = false;
  /** Request 1 and those behind it. */
  readonly #asked: Message[];
  /** How many of these have been confirmed. */
  #done = 0;

  constructor(parts: PersonParts) {
    this.#parts = parts;
    this.#client = drawClientId(parts.entropy);
    this.#token = parts.entropy.bytes(keyBytes);
    this.#asked = [registration(parts, this.#token)];
    this.#connect();
  }

  /** All that it has asked has been done. */
  get isHeard(): boolean {
    return this.#done === this.#asked.length;
  }

  say(body: string): void {
    const { friend: to } = this.#parts;
    this.#ask((request) => ({ type: "send", request, received: 0, to, format: "p", body }));
  }

  /** The connection, from here. */
  lose(): void {
    this.#link?.destroy();
    if (this.#link !== null) this.#goOn(0);
  }

  leave(): void {
    this.#hasLeft = true;
    this.#link?.destroy();
  }

  #ask(messageOf: (request: number) => Message): void {
    const message = messageOf(this.#asked.length + 1);
    this.#asked.push(message);
    if (this.#isServed && this.#done > 0) this.#tell(message);
  }

  #connect(): void {
    const { network, hosts } = this.#parts;
    const { host, clientPort: port } = hosts[this.#host] as HostSpec;
    network.connect({ host, port }, connectTimeoutMs, {
      connected: (link) => (this.#hasLeft ? link.destroy() : this.#greet(link)),
      failed: () => this.#goOn(1),
    });
  }

  /** In a moment, so many servers further. */
  #goOn(steps: number): void {
    const { hosts, clock } = this.#parts;
    this.#link = null;
    this.#isServed = false;
    this.#host = (this.#host + steps) % hosts.length;
    clock.after(retryMs, () => {
      if (!this.#hasLeft) this.#connect();
    });
  }

  #greet(link: Link): void {
    this.#link = link;
    const reader = makeFrameReader(framePayloadBytesMax);
    link.start({
      bytes: (chunk) => {
        reader.push(chunk, ({ opcode, bytes, start, end }) => {
          const payload = bytes.latin1Slice(start + frameHeaderBytes, end);
          const decoded = decodePayload(opcode, payload);
          if (decoded.ok && this.#link === link) this.#take(decoded.message);
        });
      },
      drained: () => undefined,
      closed: () => {
        if (this.#link === link) this.#goOn(1);
      },
    });
    const client = this.#client;
    this.#tell({ type: "hello", version: protocolVersion, client, ballot: noBallot });
  }

  #take(message: Message): void {
    switch (message.type) {
      case "welcome":
        return this.#begin(message.nonce);
      case "registered":
        this.#done = 1;
        return this.#tellAll();
      case "message": {
        const { seq: through } = message;
        return this.#ask((request) => ({ type: "acknowledge", request, received: 0, through }));
      }
      case "sent":
      case "acknowledged":
        this.#done = Math.max(this.#done, message.request);
    }
  }

  #begin(serverNonce: string): void {
    this.#isServed = true;
    const statement = resumeAuthMessage({ client: this.#client, serverNonce });
    const proof = proofOf(this.#token, statement);
    this.#tell({ type: "resume", query: 1, proof, shown: 0, shownId: "" });
    const [registration] = this.#asked;
    if (this.#done > 0) this.#tellAll();
    else if (registration !== undefined) this.#tell(registration);
  }

  /** That is, all that is not known to be done. */
  #tellAll(): void {
    for (const message of this.#asked.slice(this.#done)) this.#tell(message);
  }

  #tell(message: Message): void {
    this.#link?.send(encodeMessage(message));
  }
}

/** Verifiers are made up: nobody logs in with a password here. */
function registration({ entropy, name }: PersonParts, token: Buffer): MessageOf<"register"> {
  const key = (): string => entropy.bytes(keyBytes).toString("hex");
  return {
    type: "register",
    request: 1,
    received: 0,
    name,
    salt: key(),
    cost: scryptCost,
    blockSize: scryptBlockSize,
    parallelism: scryptParallelism,
    storedKey: key(),
    serverKey: key(),
    tokenHash: hashOf(token),
  };
}
