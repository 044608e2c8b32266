// What a base image holds: the history's views, then the chat's canonical snapshot, as lines of
// ASCII. Equal histories give equal bytes on every server. The store sees bytes alone.

import type { Op } from "../base/ids.ts";
import { snapshotLineBytesMax } from "../base/limits.ts";
import type { View } from "../replica/types.ts";
import { createChat, type ChatState } from "../chat/state.ts";
import { encodeSnapshot } from "../chat/snapshot.ts";
import { SnapshotDecoder } from "../chat/snapshotRead.ts";
import { decodePayload, encodePayload, opcodeOf } from "../wire/codec.ts";

const kindWord = "replichat-image";
const imageVersion = 1;
const lineFeed = 0x0a;

export interface ImageContent {
  readonly views: readonly View[];
  readonly chat: ChatState;
}

export type DecodedImage =
  ({ readonly ok: true } & ImageContent) | { readonly ok: false; readonly message: string };

export function emptyImage(): ImageContent {
  return { views: [], chat: createChat() };
}

/** The state that a folder's image holds; the empty one without an image. */
export function decodeBase(
  image: { readonly op: Op; readonly content: readonly Buffer[] } | null,
): DecodedImage {
  return image === null ? { ok: true, ...emptyImage() } : decodeImage(image.content, image.op);
}

/** The image as of the last op applied to `chat`; later views are left out. */
export function* encodeImage({ views, chat }: ImageContent): Iterable<Buffer> {
  const within = views.filter((view) => view.startOp <= chat.op);
  const lines = [`${kindWord} ${imageVersion} ${within.length}`];
  for (const view of within) lines.push(encodePayload({ type: "viewInfo", ...view }));
  yield Buffer.from(`${lines.join("\n")}\n`, "latin1");
  yield* encodeSnapshot(chat);
}

export function decodeImage(content: readonly Buffer[], op: Op): DecodedImage {
  const decoder = new ImageDecoder(op);
  for (const part of content) decoder.take(part);
  return decoder.finish();
}

/** Else it is not to be kept: the log before it would go, and nobody could start from it. */
export async function expectReadable(
  content: Iterable<Buffer>,
  op: Op,
  rest: () => Promise<void>,
): Promise<void> {
  const decoder = new ImageDecoder(op);
  for (const part of content) {
    decoder.take(part);
    await rest();
  }
  expectDecoded(decoder);
}

export function expectDecoded(decoder: ImageDecoder): void {
  const decoded = decoder.finish();
  if (!decoded.ok) throw new Error(`what was made cannot be read: ${decoded.message}`);
}

/**
 * Takes an image part by part, in order: a turn costs what its part does, so that a server with
 * work to do reads even the largest one beside it. Any bytes either decode or are refused.
 */
export class ImageDecoder {
  readonly #op: Op;
  readonly #views: View[] = [];
  readonly #snapshot = new SnapshotDecoder();
  #stage: "header" | "views" | "snapshot" = "header";
  #viewsLeft = 0;
  /** Of a line before the snapshot that goes on in the next part. */
  #line = "";
  #refusal: string | null = null;

  /** As of which op the image should be. */
  constructor(op: Op) {
    this.#op = op;
  }

  take(part: Buffer): void {
    let offset = 0;
    while (this.#stage !== "snapshot" && this.#refusal === null) {
      const end = part.indexOf(lineFeed, offset);
      this.#line += part.latin1Slice(offset, end < 0 ? part.length : end);
      if (this.#line.length > snapshotLineBytesMax) this.#refusal = notOurs;
      if (end < 0) return;
      offset = end + 1;
      this.#takeLine();
    }
    if (this.#refusal !== null || offset === part.length) return;
    const refusal = this.#snapshot.take(part.subarray(offset));
    if (refusal !== null) this.#refusal = refusal.message;
  }

  finish(): DecodedImage {
    if (this.#stage !== "snapshot" && this.#refusal === null) this.#takeLine();
    if (this.#refusal !== null) return { ok: false, message: this.#refusal };
    const snapshot = this.#snapshot.finish();
    if (!snapshot.ok) return { ok: false, message: snapshot.message };
    const { chat } = snapshot;
    if (chat.op === this.#op) return { ok: true, views: this.#views, chat };
    const words = `is of op ${this.#op}, and holds the state of op ${chat.op}`;
    return { ok: false, message: `The base image ${words}.` };
  }

  /** The header's line, or a view's. */
  #takeLine(): void {
    const line = this.#line;
    this.#line = "";
    if (this.#stage === "header") this.#takeHeader(line.split(" "));
    else this.#takeView(line);
    if (this.#viewsLeft === 0) this.#stage = "snapshot";
  }

  #takeHeader([kind, version, viewCount]: readonly string[]): void {
    this.#stage = "views";
    this.#viewsLeft = Math.max(0, Math.floor(Number(viewCount)) || 0);
    if (kind !== kindWord) this.#refusal = notOurs;
    else if (Number(version) > imageVersion) {
      this.#refusal = `The base image has format ${version}; this program is older.`;
    }
  }

  #takeView(line: string): void {
    this.#viewsLeft -= 1;
    const decoded = decodePayload(opcodeOf("viewInfo"), line);
    if (!decoded.ok || decoded.message.type !== "viewInfo") {
      this.#refusal = "The base image holds a view that cannot be read.";
      return;
    }
    const { type: _, ...view } = decoded.message;
    this.#views.push(view);
  }
}

const notOurs = "This is not a base image of ours.";
