// A client of frames alone, under the test's hand: says what it is told to, right or wrong, and
// keeps what came back. Unlike the product's client it repeats nothing and hides nothing.

import { ok } from "node:assert/strict";
import type { ClientId } from "../../src/base/ids.ts";
import { asBallot, asClientId } from "../../src/base/ids.ts";
import { scryptBlockSize, scryptCost, scryptParallelism } from "../../src/base/limits.ts";
import type { Link, Network } from "../../src/ports.ts";
import { decodePayload, encodeMessage } from "../../src/wire/codec.ts";
import { makeFrameReader } from "../../src/wire/frameReader.ts";
import type { Message, MessageOf, MessageType } from "../../src/wire/messages.ts";
import {
  clientKeyFrom,
  hashOf,
  loginAuthMessage,
  proofOf,
  resumeAuthMessage,
  verifierFrom,
} from "../../src/wire/proof.ts";

export type Until = (condition: () => boolean, what: string) => Promise<void>;

export class RawClient {
  readonly received: Message[] = [];
  closed = false;
  nonce = "";
  lastRequest = 0;
  readonly client: ClientId;
  readonly link: Link;
  readonly #until: Until;
  #looked = 0;

  constructor(link: Link, client: ClientId, until: Until) {
    this.link = link;
    this.client = client;
    this.#until = until;
    const reader = makeFrameReader(65_535);
    link.start({
      bytes: (chunk) => {
        reader.push(chunk, ({ opcode, bytes, start, end }) => {
          const decoded = decodePayload(opcode, bytes.toString("latin1", start + 3, end));
          ok(decoded.ok, "a server sends what its own table knows");
          this.received.push(decoded.message);
        });
      },
      drained: () => undefined,
      closed: () => (this.closed = true),
    });
  }

  /** The next message of the type that came since the last call. */
  async next<T extends MessageType>(type: T): Promise<MessageOf<T>> {
    let found: Message | undefined;
    await this.#until(() => {
      while (found === undefined && this.#looked < this.received.length) {
        const message = this.received[this.#looked];
        this.#looked += 1;
        if (message?.type === type) found = message;
      }
      return found !== undefined;
    }, `a ${type} message`);
    // Its type is the one that was asked for.
    return found as unknown as MessageOf<T>;
  }

  async ended(): Promise<void> {
    await this.#until(() => this.closed, "the end of the connection");
  }

  of<T extends MessageType>(type: T): MessageOf<T>[] {
    // Their type is the one that was asked for.
    return this.received.filter((message) => message.type === type) as unknown as MessageOf<T>[];
  }

  say(...messages: Message[]): void {
    this.bytes(Buffer.concat(messages.map(encodeMessage)));
  }

  bytes(bytes: Buffer): void {
    this.link.send(bytes);
  }

  async hello(ballot = 0): Promise<MessageOf<"welcome">> {
    this.say({ type: "hello", version: 1, client: this.client, ballot: asBallot(ballot) });
    const welcome = await this.next("welcome");
    this.nonce = welcome.nonce;
    return welcome;
  }

  registration(name: string): MessageOf<"register"> {
    return {
      type: "register",
      request: (this.lastRequest += 1),
      received: 0,
      name,
      salt: "5a".repeat(16),
      cost: scryptCost,
      blockSize: scryptBlockSize,
      parallelism: scryptParallelism,
      ...verifierFrom(keyOf(name)),
      tokenHash: hashOf(tokenOf(this.client)),
    };
  }

  async register(name: string): Promise<MessageOf<"registered">> {
    this.say(this.registration(name));
    return this.next("registered");
  }

  challenge(name: string): MessageOf<"challenge"> {
    return { type: "challenge", query: 1, name, clientNonce: "c0".repeat(16) };
  }

  /** Behind a `challenge` for the same name. */
  proof(name: string, password = name): MessageOf<"login"> {
    const { client, nonce: serverNonce } = this;
    const statement = loginAuthMessage({
      client,
      name,
      clientNonce: "c0".repeat(16),
      serverNonce,
    });
    return {
      type: "login",
      request: (this.lastRequest += 1),
      received: 0,
      name,
      proof: proofOf(clientKeyFrom(keyOf(password)), statement),
      tokenHash: hashOf(tokenOf(this.client)),
    };
  }

  async login(name: string, password = name): Promise<Message> {
    this.say(this.challenge(name), this.proof(name, password));
    await this.#until(
      () => this.received.some(({ type }) => type === "loggedIn" || type === "refused"),
      "the outcome of a login",
    );
    return this.received.findLast(
      ({ type }) => type === "loggedIn" || type === "refused",
    ) as Message;
  }

  resumption(shown: number, token = tokenOf(this.client), shownId = ""): MessageOf<"resume"> {
    const { client, nonce: serverNonce } = this;
    const proof = proofOf(token, resumeAuthMessage({ client, serverNonce }));
    return { type: "resume", query: 9, proof, shown, shownId };
  }

  sending(to: string, body: string): MessageOf<"send"> {
    const request = (this.lastRequest += 1);
    return { type: "send", request, received: 0, to, format: "p", body };
  }

  async send(to: string, body: string): Promise<MessageOf<"sent">> {
    this.say(this.sending(to, body));
    return this.next("sent");
  }
}

/** Stands for what scrypt makes of a password. */
export function keyOf(password: string): Buffer {
  return Buffer.alloc(32, password.toLowerCase());
}

export function tokenOf(client: ClientId): Buffer {
  return Buffer.from(client.repeat(2), "hex");
}

export function clientIdOf(number: number): ClientId {
  return asClientId(number.toString(16).padStart(32, "a"));
}

export async function connectRaw(
  network: Network,
  place: { readonly host: string; readonly port: number },
  client: ClientId,
  until: Until,
): Promise<RawClient> {
  let made: RawClient | null = null;
  network.connect(place, 1_000, {
    connected: (link) => (made = new RawClient(link, client, until)),
    failed: () => undefined,
  });
  await until(() => made !== null, "the connection");
  return made as unknown as RawClient;
}
