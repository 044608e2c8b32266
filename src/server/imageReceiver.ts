// The joiner's side of carrying a base image: chunks in order, each checked, read and written one
// after the other; the old files stay whole until the new one is, until the disk has given all of
// it back as it was sent, and until this program could read it.

import { crc32 } from "node:zlib";
import type { ServerId } from "../base/ids.ts";
import { noChain } from "../base/ids.ts";
import { imageAgainMs, imageSilenceMs, imageSyncBytes } from "../base/imageLimits.ts";
import type { Clock } from "../ports.ts";
import { BadImage, type Install } from "../store/install.ts";
import type { Store } from "../store/store.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import { pieceRest, type Rest } from "./backgroundPace.ts";
import { ImageDecoder, type DecodedImage, type ImageContent } from "./image.ts";
import type { Peers } from "./wiring.ts";

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
  /** What came from there is no image for this server: nothing more is taken from it for now. */
  readonly peers: Pick<Peers, "refuse">;
}

interface Receiving {
  readonly peer: ServerId;
  readonly offer: MessageOf<"joinImage">;
  /** Of what has been written so far. */
  readonly decoder: ImageDecoder;
  takenBytes: number;
  /** When something of it was last written. */
  movedMs: number;
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
  /** After one that was no image. */
  #notBeforeMs = -Infinity;
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
    if (this.#receiving?.peer === peer) this.#abort(this.#receiving);
  }

  /** Gives up what does not come any further: the other side may have done so without a word. */
  tick(nowMs: number): void {
    const current = this.#receiving;
    if (current !== null && nowMs - current.movedMs > imageSilenceMs) this.#abort(current);
  }

  #begin(peer: ServerId, offer: MessageOf<"joinImage">): void {
    const { accepts, clock } = this.#options;
    const movedMs = clock.nowMs();
    if (movedMs < this.#notBeforeMs || !accepts(peer, offer)) return;
    const current = { peer, offer, decoder: new ImageDecoder(offer.op), takenBytes: 0, movedMs };
    this.#receiving = current;
    this.#next(current, async (install) => {
      await install?.abort();
      return this.#options.store.beginInstall(offer);
    });
  }

  #onChunk(peer: ServerId, chunk: MessageOf<"imageChunk">): void {
    const current = this.#receiving;
    if (current === null || current.peer !== peer) return;
    const sound = crc32(chunk.content, noChain) === chunk.crc;
    if (!sound || chunk.offset !== current.takenBytes) return this.#abort(current);
    current.takenBytes += chunk.content.length;
    const offset = current.takenBytes;
    this.#next(current, async (install) => {
      return install === null ? null : this.#write(current, install, { chunk, offset });
    });
  }

  #next(of: Receiving, step: (install: Install | null) => Promise<Install | null>): void {
    const safely = async (install: Install | null): Promise<Install | null> => {
      try {
        return await step(install);
      } catch (error) {
        if (!(error instanceof BadImage)) throw error;
        this.#refuse(of, error.message);
        await install?.abort();
        return null;
      }
    };
    this.#work = this.#work.then(safely);
    this.#work.catch((error: Error) => this.#onError(error));
  }

  #refuse(of: Receiving, why: string): void {
    if (this.#receiving === of) this.#receiving = null;
    this.#notBeforeMs = this.#options.clock.nowMs() + imageAgainMs;
    this.#options.peers.refuse(of.peer, `A base image could not be taken in: ${why}`);
  }

  async #write(current: Receiving, install: Install, part: Part): Promise<Install | null> {
    if (this.#receiving !== current) return install;
    const written = install.write(part.chunk.content);
    // While the disk is at work.
    current.decoder.take(part.chunk.content);
    await written;
    if (this.#isPieceWhole(part)) await this.#rest();
    // Another one may have been offered meanwhile.
    if (this.#receiving !== current) return install;
    current.movedMs = this.#options.clock.nowMs();
    const { offer, peer } = current;
    if (part.offset < offer.sizeBytes) {
      this.#options.send(peer, { type: "imageTaken", offset: part.offset });
      return install;
    }
    this.#receiving = null;
    const image = await this.#readBack(current, install);
    if (!image.ok) {
      await install.abort();
      throw new BadImage(`${image.message} ${unreadable}`);
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
  async #readBack({ peer, decoder }: Receiving, install: Install): Promise<DecodedImage> {
    let bytes = 0;
    await install.whole(async (part) => {
      this.#options.send(peer, { type: "imageTaken", offset: 0 });
      bytes += part.length;
      if (bytes % imageSyncBytes === 0) await this.#rest();
    });
    return decoder.finish();
  }

  #abort(current: Receiving): void {
    this.#receiving = null;
    this.#next(current, async (install) => {
      await install?.abort();
      return null;
    });
  }

  #onError(error: Error): void {
    this.#options.failed(`A base image could not be taken in: ${error.message}`);
  }
}
