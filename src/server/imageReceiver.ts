// The joiner's side of carrying a base image: chunks in order, each checked, written one after the
// other; the old files stay whole until the new one is, and until this program could read it.

import { crc32 } from "node:zlib";
import type { ServerId } from "../base/ids.ts";
import { noChain } from "../base/ids.ts";
import type { Install } from "../store/install.ts";
import type { Store } from "../store/store.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import { decodeImage, type ImageContent } from "./image.ts";

export interface ImageReceiverOptions {
  readonly store: Pick<Store, "beginInstall" | "latestImage">;
  readonly send: (peer: ServerId, message: Message) => void;
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
  /** Chunks are written one after the other. */
  work: Promise<Install | null>;
  takenBytes: number;
}

const unreadable =
  "Nothing was changed here. Let this server run the same release as the one that sent it.";

export class ImageReceiver {
  readonly #options: ImageReceiverOptions;
  #receiving: Receiving | null = null;

  constructor(options: ImageReceiverOptions) {
    this.#options = options;
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
    const before = this.#receiving?.work ?? Promise.resolve(null);
    const work = before
      .then((install) => install?.abort())
      .then(() => this.#options.store.beginInstall(offer));
    this.#receiving = { peer, offer, work, takenBytes: 0 };
    work.catch((error: Error) => this.#onError(error));
  }

  #onChunk(peer: ServerId, chunk: MessageOf<"imageChunk">): void {
    const current = this.#receiving;
    if (current === null || current.peer !== peer) return;
    const sound = crc32(chunk.content, noChain) === chunk.crc;
    if (!sound || chunk.offset !== current.takenBytes) return this.#abort();
    current.takenBytes += chunk.content.length;
    const offset = current.takenBytes;
    current.work = current.work.then((install) => {
      return install === null ? null : this.#write(current, install, { chunk, offset });
    });
    current.work.catch((error: Error) => this.#onError(error));
  }

  async #write(
    current: Receiving,
    install: Install,
    part: { readonly chunk: MessageOf<"imageChunk">; readonly offset: number },
  ): Promise<Install | null> {
    if (this.#receiving !== current) return install;
    await install.write(part.chunk.content);
    const { offer, peer } = current;
    if (part.offset < offer.sizeBytes) {
      this.#options.send(peer, { type: "imageTaken", offset: part.offset });
      return install;
    }
    this.#receiving = null;
    const image = decodeImage(await install.whole(), offer.op);
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

  #abort(): void {
    const current = this.#receiving;
    this.#receiving = null;
    current?.work.then((install) => install?.abort()).catch((error: Error) => this.#onError(error));
  }

  #onError(error: Error): void {
    this.#options.failed(`A base image could not be taken in: ${error.message}`);
  }
}
