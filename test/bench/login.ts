// Clients of ours for the bench: a connection with an account of its own. Verifiers are made up, so
// that no scrypt is measured.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { asClientId, noBallot } from "../../src/base/ids.ts";
import { publicKeysBytes } from "../../src/base/sealLimits.ts";
import { decodePayload, encodeMessage } from "../../src/wire/codec.ts";
import { makeFrameReader } from "../../src/wire/frameReader.ts";
import { keyIdOf } from "../../src/wire/keyId.ts";
import { protocolVersion, type Message } from "../../src/wire/messages.ts";
import { bodyBytes } from "./system.ts";

/** People whose names differ by the number at the end, which counts from 0. */
export interface Recipients {
  readonly recipients: string;
  readonly recipientCount: number;
  /** They have keys, and what they are sent is sealed; else it is plain. */
  readonly sealed?: boolean;
}

/** Of everybody here who has any. */
const publics = randomBytes(publicKeysBytes);

/** As long as what our client makes of `bodyBytes` of text for one other person. */
export function makeSealedBody(): string {
  const key = 4 + 32;
  const inner = 32 + 6 + 64 + bodyBytes + 16;
  const sealedBytes = 1 + 2 + 32 + 2 * key + inner;
  return `${keyIdOf(publics)}.${randomBytes(sealedBytes).toString("base64url")}`;
}

/** A connection with a session, after `register` under request 1, and `keysPut` if wished. */
export async function login(
  port: number,
  name: string,
  { sealed = false }: Partial<Recipients> = {},
): Promise<{ readonly socket: Socket; readonly lastRequest: number }> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const client = asClientId(randomBytes(16).toString("hex"));
  const hello = { type: "hello", version: protocolVersion, client, ballot: noBallot } as const;
  await ask(socket, hello, "welcome");
  const hex = (): string => randomBytes(32).toString("hex");
  const [salt, storedKey, serverKey, tokenHash] = [hex(), hex(), hex(), hex()];
  const keys = {
    salt,
    storedKey,
    serverKey,
    tokenHash,
    cost: 16_384,
    blockSize: 8,
    parallelism: 5,
  };
  const register = { type: "register", request: 1, received: 0, name, ...keys } as const;
  await ask(socket, register, "registered");
  if (!sealed) return { socket, lastRequest: 1 };
  const wrapped = randomBytes(92);
  const keysPut = { type: "keysPut", request: 2, received: 1, publics, salt, wrapped } as const;
  await ask(socket, keysPut, "keysKept");
  return { socket, lastRequest: 2 };
}

async function ask(socket: Socket, message: Message, wanted: Message["type"]): Promise<void> {
  const reader = makeFrameReader(65_535);
  socket.write(encodeMessage(message));
  for (;;) {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    let isAnswered = false;
    reader.push(chunk, ({ opcode, bytes, start, end }) => {
      const decoded = decodePayload(opcode, bytes.latin1Slice(start + 3, end));
      if (decoded.ok && decoded.message.type === wanted) isAnswered = true;
      else if (decoded.ok && decoded.message.type === "refused") {
        throw new Error(decoded.message.message);
      }
    });
    if (isAnswered) return;
  }
}
