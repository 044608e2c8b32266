// One base image in one file: a header line of fixed size (format version, op, chain, time, size
// and SHA-256 of the content, its own checksum), then the content, whose meaning is not known here.
// Making one leaves a temporary file behind; putting it in its place is the caller's.

import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { assert } from "../base/assert.ts";
import type { Chain, Op } from "../base/ids.ts";
import { asChain, asOp } from "../base/ids.ts";
import type { Disk } from "../ports.ts";
import { imageSyncBytes } from "../base/imageLimits.ts";
import { createAnew, removeIfThere, syncFile, withFile, writeFile } from "./files.ts";

export interface ImageHeader {
  readonly op: Op;
  /** The chain after that op. */
  readonly chain: Chain;
  readonly atMs: number;
  /** Of the content. */
  readonly sizeBytes: number;
  /** SHA-256 of the content, hexadecimal; equal states at the same op give equal digests. */
  readonly digest: string;
}

export interface NewImage {
  readonly op: Op;
  readonly chain: Chain;
  readonly atMs: number;
  readonly content: Iterable<Buffer> | AsyncIterable<Buffer>;
}

export type HeaderReading =
  | { readonly kind: "ok"; readonly header: ImageHeader }
  | { readonly kind: "newer"; readonly format: number }
  | { readonly kind: "damaged"; readonly why: string };

export type ImageReading =
  | { readonly kind: "ok"; readonly header: ImageHeader; readonly content: Buffer[] }
  | Exclude<HeaderReading, { kind: "ok" }>;

/** The next part is read when it has returned. */
export type TakePart = (part: Buffer) => void | Promise<void>;

export const imageHeaderBytes = 256;
const imageFormat = 1;
const contentChunkBytes = 1_048_576;
const headerPattern = /^(replichat-base (\d+) (.*)) ([0-9a-f]{8}) *\n$/;
/** Op, chain, time, size, digest. */
const factsPattern = /^(\d+) ([0-9a-f]{8}) (\d+) (\d+) ([0-9a-f]{64})$/;

/**
 * Writes the whole file under the temporary name, durably; the header goes in last. A failure
 * leaves no half file behind to use up a full disk.
 */
export async function writeImageFile(
  disk: Disk,
  name: string,
  image: NewImage,
): Promise<ImageHeader> {
  try {
    return await writeWhole(disk, name, image);
  } catch (error) {
    await removeIfThere(disk, name);
    throw error;
  }
}

async function writeWhole(disk: Disk, name: string, image: NewImage): Promise<ImageHeader> {
  return withFile(createAnew(disk, name), async (file) => {
    const hash = createHash("sha256");
    let sizeBytes = 0;
    let syncedBytes = 0;
    for await (const part of image.content) {
      await writeFile(file, part, imageHeaderBytes + sizeBytes);
      hash.update(part);
      sizeBytes += part.length;
      if (sizeBytes - syncedBytes < imageSyncBytes) continue;
      // All at once at the end would keep the journal's syncs waiting behind it.
      await syncFile(file);
      syncedBytes = sizeBytes;
    }
    const { op, chain, atMs } = image;
    const header = { op, chain, atMs, sizeBytes, digest: hash.digest("hex") };
    await writeFile(file, encodeImageHeader(header), 0);
    await syncFile(file);
    return header;
  });
}

/** Reads and checks everything. */
export async function readImageFile(disk: Disk, name: string): Promise<ImageReading> {
  const content: Buffer[] = [];
  const take = (part: Buffer): void => void content.push(part);
  const reading = await readImageParts(disk, name, { partBytes: contentChunkBytes, take });
  return reading.kind === "ok" ? { content, ...reading } : reading;
}

/**
 * Reads and checks everything; the content goes in order to `take`, a part for each reading of the
 * disk. Only the end tells whether what it was given is sound.
 */
export async function readImageParts(
  disk: Disk,
  name: string,
  { partBytes, take }: { readonly partBytes: number; readonly take: TakePart },
): Promise<HeaderReading> {
  const reading = await readImageHeader(disk, name);
  if (reading.kind !== "ok") return reading;
  const { sizeBytes, digest } = reading.header;
  const hash = createHash("sha256");
  for (let offset = 0; offset < sizeBytes; offset += partBytes) {
    const length = Math.min(partBytes, sizeBytes - offset);
    const part = await disk.read(name, { offset: imageHeaderBytes + offset, length });
    hash.update(part);
    await take(part);
  }
  if (hash.digest("hex") === digest) return reading;
  return { kind: "damaged", why: "its content does not match its digest" };
}

export async function readImageHeader(disk: Disk, name: string): Promise<HeaderReading> {
  const bytes = await disk.read(name, { offset: 0, length: imageHeaderBytes });
  const reading = decodeImageHeader(bytes);
  if (reading.kind !== "ok") return reading;
  const fileBytes = await disk.sizeBytes(name);
  if (fileBytes === imageHeaderBytes + reading.header.sizeBytes) return reading;
  return { kind: "damaged", why: `it has ${fileBytes} bytes, not what its header says` };
}

export function encodeImageHeader(header: ImageHeader): Buffer {
  const { op, atMs, sizeBytes, digest } = header;
  const chain = header.chain.toString(16).padStart(8, "0");
  const body = `replichat-base ${imageFormat} ${op} ${chain} ${atMs} ${sizeBytes} ${digest}`;
  const line = `${body} ${checkOf(body)}`.padEnd(imageHeaderBytes - 1);
  assert(line.length === imageHeaderBytes - 1, "an image's header has its fixed size");
  return Buffer.from(`${line}\n`, "latin1");
}

/** Its first two words and the checksum as its last word keep their places in every format. */
function decodeImageHeader(bytes: Buffer): HeaderReading {
  const match = headerPattern.exec(bytes.toString("latin1"));
  const [, body = "", formatWord, rest = "", check] = match ?? [];
  if (match === null || checkOf(body) !== check) {
    return { kind: "damaged", why: "its header does not check" };
  }
  const format = Number(formatWord);
  if (format > imageFormat) return { kind: "newer", format };
  const [, op, chain, atMs, sizeBytes, digest] = factsPattern.exec(rest) ?? [];
  if (digest === undefined) return { kind: "damaged", why: "its header makes no sense" };
  return {
    kind: "ok",
    header: {
      op: asOp(Number(op)),
      chain: asChain(Number.parseInt(chain ?? "", 16)),
      atMs: Number(atMs),
      sizeBytes: Number(sizeBytes),
      digest,
    },
  };
}

function checkOf(body: string): string {
  return crc32(body).toString(16).padStart(8, "0");
}
