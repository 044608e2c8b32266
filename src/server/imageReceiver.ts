// The joiner's side of carrying a base image: chunks in order, each checked, written one after the
// other; the old files stay whole until the new one is, and until this program could read it.

import { crc32 } from "node:zlib";
import type { ServerId } from "../base/ids.ts";
import { noChain } from "../base/ids.ts";
import { imageSyncBytes } from "../base/imageLimits.ts";
import type { Clock } from "../ports.ts";
import type { Install } from "../store/install.ts";
import type { Store } from "../store/store.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import { pieceRest, type Rest } from "./backgroundPace.ts";
import { ImageDecoder, type DecodedImage, type ImageContent } from "./image.ts";

export interface ImageReceiverOptions {
  readonly store: Pick<Store, "beginInstall" | "latestImage">;
  readonly send: (peer: ServerId, message: Message) => void;
  readonly clock: Clock;
  /** Whether an image from there is welcome now. */
  readonly accepts: (peer: ServerId, offer: MessageOf<"joinImage">) => boolean;
  /** The image has come whole and can be read; the log is about to be replaced by it. */
  readonly begins: () => Promise<void>;
  readonly installed: (offer: MessageOf<"joinImage">, image: ImageContent) => void;
  readonly failed: (message: string) => void;
}

interface Receiving {
  readonly peer: ServerId;
  readonly offer: MessageOf<"joinImage">;
  takenBytes: number;
}

interface Part {
  readonly chunk: MessageOf<"imageChunk">;
  /** Behind it. */
  readonly offset: number;
}

const unreadable =
  "Nothing was changed here. Let this server run the same release as the one that sent it.";

export class ImageReceiver {
  readonly #options: ImageReceiverOptions;
  /** After each piece: who is still on the way in leaves disk and processor to others. */
  readonly #rest: Rest;
  #receiving: Receiving | null = null;
  /** Chunks are written one after the other; a new image waits until the last is read back. */
  #work: Promise<Install | null> = Promise.resolve(null);

  constructor(options: ImageReceiverOptions) {
    this.#options = options;
    this.#rest = pieceRest(options.clock);
  }

  /** True when the message was one of a transfer's. */
  take(peer: ServerId, message: Message): boolean {
    if (message.type === "joinImage") this.#begin(peer, message);
    else if (message.type === "imageChunk") this.#onChunk(peer, message);
    else return false;
    return true;
  }

  /** The link broke. */
  forget(peer: ServerId): void {
    if (this.#receiving?.peer === peer) this.#abort();
  }

  #begin(peer: ServerId, offer: MessageOf<"joinImage">): void {
    if (!this.#options.accepts(peer, offer)) return;
    this.#receiving = { peer, offer, takenBytes: 0 };
    this.#next(async (install) => {
      await install?.abort();
      return this.#options.store.beginInstall(offer);
    });
  }

  #onChunk(peer: ServerId, chunk: MessageOf<"imageChunk">): void {
    const current = this.#receiving;
    if (current === null || current.peer !== peer) return;
    const sound = crc32(chunk.content, noChain) === chunk.crc;
    if (!sound || chunk.offset !== current.takenBytes) return this.#abort();
    current.takenBytes += chunk.content.length;
    const offset = current.takenBytes;
    this.#next(async (install) => {
      return install === null ? null : this.#write(current, install, { chunk, offset });
    });
  }

  #next(step: (install: Install | null) => Promise<Install | null>): void {
    this.#work = this.#work.then(step);
    this.#work.catch((error: Error) => this.#onError(error));
  }

  async #write(current: Receiving, install: Install, part: Part): Promise<Install | null> {
    if (this.#receiving !== current) return install;
    await install.write(part.chunk.content);
    if (this.#isPieceWhole(part)) await this.#rest();
    const { offer, peer } = current;
    if (part.offset < offer.sizeBytes) {
      this.#options.send(peer, { type: "imageTaken", offset: part.offset });
      return install;
    }
    this.#receiving = null;
    const image = await this.#readBack(current, install);
    if (!image.ok) {
      await install.abort();
      throw new Error(`${image.message} ${unreadable}`);
    }
    if (!this.#options.accepts(peer, offer)) {
      await install.abort();
      return null;
    }
    await this.#options.begins();
    await install.finish();
    this.#options.installed(offer, image);
    this.#options.send(peer, { type: "imageTaken", offset: part.offset });
    return null;
  }

  /** What has just been synced: others may have waited for the disk. */
  #isPieceWhole({ offset, chunk }: Part): boolean {
    const before = offset - chunk.content.length;
    return Math.floor(offset / imageSyncBytes) > Math.floor(before / imageSyncBytes);
  }

  /** A sign of life with each part: the other side gives up who takes nothing. */
  async #readBack({ peer, offer }: Receiving, install: Install): Promise<DecodedImage> {
    const decoder = new ImageDecoder(offer.op);
    let bytes = 0;
    await install.whole(async (part) => {
      decoder.take(part);
      this.#options.send(peer, { type: "imageTaken", offset: 0 });
      bytes += part.length;
      if (bytes % imageSyncBytes === 0) await this.#rest();
    });
    return decoder.finish();
  }

  #abort(): void {
    this.#receiving = null;
    this.#next(async (install) => {
      await install?.abort();
      return null;
    });
  }

  #onError(error: Error): void {
    this.#options.failed(`A base image could not be taken in: ${error.message}`);
  }
}
