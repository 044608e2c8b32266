// One sealed body: what it is in bytes, how it is made and how it is read (README.md has the
// format). PURE: the ephemeral seed is handed in. It says who wrote it and whether all that it was
// bound to is as it was; whether that is the person it should be is judged in reading.ts.

import { assert } from "../../base/assert.ts";
import { sealTargetBytesMax } from "../../base/sealLimits.ts";
import { sharesTriedMax } from "../../base/trustLimits.ts";
import { idBytes, idOf, type Identity, idText, type Publics } from "./identity.ts";
import {
  agree,
  derive,
  isSigned,
  lock,
  nonceBytes,
  pairFrom,
  rawKeyBytes,
  sign,
  signatureBytes,
  tagBytes,
  unlock,
} from "./primitives.ts";

/** Of fresh randomness: the ephemeral key's seed, and the content key. */
export const sealingRandomBytes = 2 * rawKeyBytes;

/** What a body is bound to, beside its words and its readers. */
export interface Place {
  /** Whom it is for, as bytes that nobody else's place has: see the makers below. */
  readonly target: Buffer;
  /** Whether the signature names all readers; of a group the target stands for them. */
  readonly named: boolean;
  /** Hexadecimal. */
  readonly client: string;
  readonly request: number;
}

export interface Opened {
  /** The writer's signing key. */
  readonly writer: Buffer;
  readonly sequence: number;
  readonly text: string;
}

export type Fault = "damaged" | "not-for-you" | "bad-signature";

/** A message to one person. */
export const personTarget = Buffer.from("person");

/** A message to those who are in a group, as long as the same ones are, with the same keys. */
export function groupTarget(tag: string): Buffer {
  return Buffer.from(`group ${tag}`);
}

/** A draft has no id that could be shown with it, and is bound to whom it is meant for instead. */
export function draftPlace(to: string): Place {
  const target = Buffer.from(`draft ${to.toLowerCase()}`);
  return { target, named: true, client: "", request: 0 };
}

const version = 1;
const shortIdBytes = 4;
const countBytes = 2;
const sequenceBytes = 6;
const requestBytes = 8;
const headBytes = 1 + countBytes + rawKeyBytes;
const shareBytes = shortIdBytes + rawKeyBytes;
const innerBytes = rawKeyBytes + sequenceBytes + signatureBytes;
/** The key is fresh for each body, so that the nonce need not be. */
const noNonce = Buffer.alloc(nonceBytes);

export interface Letter {
  readonly tag: string;
  readonly place: Place;
  readonly writer: Identity;
  /** In order; the writer is one of them, if he is to read it again. */
  readonly readers: readonly Publics[];
  readonly sequence: number;
  readonly text: string;
}

export function sealBody(letter: Letter, random: Buffer): string {
  const { tag, place, writer, readers, sequence, text } = letter;
  const ephemeral = pairFrom("X25519", random.subarray(0, rawKeyBytes));
  const key = random.subarray(rawKeyBytes, sealingRandomBytes);
  const count = Buffer.alloc(countBytes);
  count.writeUInt16BE(readers.length);
  const shares = readers.flatMap(({ id, agreement }) => {
    const secret = agree(ephemeral.secret, agreement);
    assert(secret !== null, "keys that were read agree with any other");
    const mask = maskFor(secret, ephemeral.public, agreement, place);
    return [id.subarray(0, shortIdBytes), xor(key, mask)];
  });
  const beside = Buffer.concat([Buffer.of(version), count, ephemeral.public, ...shares]);
  const words = Buffer.from(text, "utf8");
  const named = place.named ? readers.map(({ id }) => id) : [];
  const signature = sign(
    writer.secrets.signing.secret,
    signedBytes({ place, writer: writer.signing, readers: named, sequence }, words),
  );
  const inner = Buffer.concat([writer.signing, sequenceField(sequence), signature, words]);
  const locked = lock({ key, nonce: noNonce, beside }, inner);
  return `${tag}.${Buffer.concat([beside, locked]).toString("base64url")}`;
}

/** A body cut into its tag and its bytes; null when it is none. */
export function readBody(body: string): { readonly tag: string; readonly bytes: Buffer } | null {
  const found = bodyForm.exec(body);
  if (found === null) return null;
  return { tag: found[1] ?? "", bytes: Buffer.from(found[2] ?? "", "base64url") };
}

const bodyForm = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

/**
 * `readersOf`: the ids of all whom the signature names, in order, as the writer must have had
 * them; null when nobody can have.
 */
export function openBody(
  bytes: Buffer,
  reading: {
    readonly reader: Identity;
    readonly place: Place;
    readonly readersOf: (writer: Buffer) => readonly Buffer[] | null;
  },
): Opened | Fault {
  const { reader, place, readersOf } = reading;
  const inner = unlockFor(reader, place, bytes);
  if (typeof inner === "string") return inner;
  const writer = inner.subarray(0, rawKeyBytes);
  const sequence = inner.readUIntBE(rawKeyBytes, sequenceBytes);
  const signature = inner.subarray(rawKeyBytes + sequenceBytes, innerBytes);
  const words = inner.subarray(innerBytes);
  const readers = readersOf(writer);
  if (readers === null || (place.named && !hasReaders(bytes, readers))) return "bad-signature";
  const signed = signedBytes({ place, writer, readers, sequence }, words);
  if (!isSigned(writer, signed, signature)) return "bad-signature";
  return { writer, sequence, text: words.toString("utf8") };
}

function unlockFor(reader: Identity, place: Place, bytes: Buffer): Buffer | Fault {
  if (bytes.length < headBytes || bytes[0] !== version) return "damaged";
  // It comes from servers, and no honest one is so long.
  if (place.target.length > sealTargetBytesMax) return "damaged";
  const count = bytes.readUInt16BE(1);
  const endOfShares = headBytes + count * shareBytes;
  if (bytes.length < endOfShares + innerBytes + tagBytes) return "damaged";
  const ephemeral = bytes.subarray(1 + countBytes, headBytes);
  const beside = bytes.subarray(0, endOfShares);
  let tries = 0;
  let secret: Buffer | null = null;
  for (let at = headBytes; at < endOfShares; at += shareBytes) {
    if (!reader.id.subarray(0, shortIdBytes).equals(bytes.subarray(at, at + shortIdBytes)))
      continue;
    tries += 1;
    // Each costs some work: who writes many has somebody else's time in mind.
    if (tries > sharesTriedMax) return "damaged";
    secret ??= agree(reader.secrets.agreement.secret, ephemeral);
    if (secret === null) return "damaged";
    const mask = maskFor(secret, ephemeral, reader.agreement, place);
    const key = xor(bytes.subarray(at + shortIdBytes, at + shareBytes), mask);
    const inner = unlock({ key, nonce: noNonce, beside }, bytes.subarray(endOfShares));
    // Short ids of two readers may be the same.
    if (inner !== null) return inner;
  }
  return tries > 0 ? "damaged" : "not-for-you";
}

function hasReaders(bytes: Buffer, ids: readonly Buffer[]): boolean {
  if (bytes.readUInt16BE(1) !== ids.length) return false;
  return ids.every((id, at) => {
    const start = headBytes + at * shareBytes;
    return id.subarray(0, shortIdBytes).equals(bytes.subarray(start, start + shortIdBytes));
  });
}

function signedBytes(
  said: {
    readonly place: Place;
    readonly writer: Buffer;
    readonly readers: readonly Buffer[];
    readonly sequence: number;
  },
  words: Buffer,
): Buffer {
  const { place, writer, readers, sequence } = said;
  const { target, client, request } = place;
  const numbers = Buffer.alloc(requestBytes + sequenceBytes + 3 * countBytes);
  let at = numbers.writeBigUInt64BE(BigInt(request), 0);
  at = numbers.writeUIntBE(sequence, at, sequenceBytes);
  at = numbers.writeUInt16BE(target.length, at);
  at = numbers.writeUInt16BE(client.length / 2, at);
  numbers.writeUInt16BE(readers.length, at);
  return Buffer.concat([
    Buffer.from("replichat message 1"),
    Buffer.of(version),
    writer,
    numbers,
    target,
    Buffer.from(client, "hex"),
    ...readers,
    words,
  ]);
}

function maskFor(secret: Buffer, ephemeral: Buffer, agreement: Buffer, place: Place): Buffer {
  const salt = Buffer.concat([ephemeral, agreement]);
  const info = Buffer.concat([Buffer.from("replichat seal 1 "), place.target]);
  return derive(secret, { salt, info });
}

function sequenceField(sequence: number): Buffer {
  const field = Buffer.alloc(sequenceBytes);
  field.writeUIntBE(sequence, 0, sequenceBytes);
  return field;
}

function xor(one: Buffer, other: Buffer): Buffer {
  const mixed = Buffer.alloc(rawKeyBytes);
  for (let at = 0; at < rawKeyBytes; at += 1) mixed[at] = (one[at] ?? 0) ^ (other[at] ?? 0);
  return mixed;
}

/** Of a message to one person: for him, and for the writer's own copy. Null for no such tag. */
export function readersOfTag(tag: string, writer: Buffer): readonly Buffer[] | null {
  const id = Buffer.from(tag, "base64url");
  if (id.length !== idBytes || idText(id) !== tag) return null;
  const writerId = idOf(writer);
  return writerId.equals(id) ? [id] : [id, writerId];
}
