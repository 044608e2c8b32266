// Carries a base image from the primary's folder to a joiner's, in chunks with a checksum each and
// a digest over all (REPLICATION §7). The receiver's old files stay whole until the new one is.
// Who sends to whom, and what follows, is the replica's to decide.

import { crc32 } from "node:zlib";
import type { Ballot, Op, ServerId } from "../base/ids.ts";
import { asChain, noChain } from "../base/ids.ts";
import { imageChunkBytes, imageChunksInFlight } from "../base/limits.ts";
import type { Install } from "../store/install.ts";
import type { HeldImage } from "../store/images.ts";
import type { Store } from "../store/store.ts";
import type { Message, MessageOf } from "../wire/messages.ts";

export interface ImageTransfer {
  /** Sends the newest image; `sent` tells its op, or null when it could not be. */
  send(peer: ServerId, ballot: Ballot): void;
  /** True when the message was one of a transfer's. */
  take(peer: ServerId, message: Message): boolean;
  /** The link broke. */
  forget(peer: ServerId): void;
}

export interface ImageTransferOptions {
  readonly store: Store;
  readonly send: (peer: ServerId, message: Message) => void;
  readonly sent: (peer: ServerId, op: Op | null) => void;
  /** Whether an image from there is welcome now. */
  readonly accepts: (peer: ServerId, offer: MessageOf<"joinImage">) => boolean;
  readonly installed: (offer: MessageOf<"joinImage">, content: readonly Buffer[]) => void;
  readonly failed: (message: string) => void;
}

interface Sending {
  readonly image: HeldImage;
  sentBytes: number;
  takenBytes: number;
  isReading: boolean;
}

interface Receiving {
  readonly peer: ServerId;
  readonly offer: MessageOf<"joinImage">;
  /** Chunks are written one after the other. */
  work: Promise<Install | null>;
  takenBytes: number;
}

export function makeImageTransfer(options: ImageTransferOptions): ImageTransfer {
  const sendings = new Map<ServerId, Sending>();
  const receiver = makeReceiver(options);

  function send(peer: ServerId, ballot: Ballot): void {
    sendings.get(peer)?.image.release();
    const image = options.store.latestImage();
    if (image === null) return options.sent(peer, null);
    const { op, chain, sizeBytes, digest } = image;
    sendings.set(peer, { image, sentBytes: 0, takenBytes: 0, isReading: false });
    options.send(peer, { type: "joinImage", ballot, op, chain, sizeBytes, digest });
    pumpSending(options, sendings, peer);
  }

  function onTaken(peer: ServerId, offset: number): void {
    const sending = sendings.get(peer);
    if (sending === undefined) return;
    sending.takenBytes = Math.max(sending.takenBytes, offset);
    if (sending.takenBytes < sending.image.sizeBytes) return pumpSending(options, sendings, peer);
    sendings.delete(peer);
    sending.image.release();
    options.sent(peer, sending.image.op);
  }

  return {
    send,
    take(peer, message) {
      if (message.type === "imageTaken") onTaken(peer, message.offset);
      else return receiver.take(peer, message);
      return true;
    },
    forget(peer) {
      sendings.get(peer)?.image.release();
      if (sendings.delete(peer)) options.sent(peer, null);
      receiver.forget(peer);
    },
  };
}

function pumpSending(
  options: ImageTransferOptions,
  sendings: Map<ServerId, Sending>,
  peer: ServerId,
): void {
  const sending = sendings.get(peer);
  if (sending === undefined || sending.isReading) return;
  const { image, sentBytes } = sending;
  const windowBytes = imageChunkBytes * imageChunksInFlight;
  if (sentBytes >= image.sizeBytes || sentBytes - sending.takenBytes >= windowBytes) return;
  sending.isReading = true;
  image.read({ offset: sentBytes, length: imageChunkBytes }).then(
    (content) => {
      if (sendings.get(peer) !== sending) return;
      sending.isReading = false;
      const crc = asChain(crc32(content, noChain));
      options.send(peer, { type: "imageChunk", offset: sentBytes, crc, content });
      sending.sentBytes += content.length;
      pumpSending(options, sendings, peer);
    },
    (error: Error) => options.failed(`The base image cannot be read: ${error.message}`),
  );
}

function makeReceiver(options: ImageTransferOptions): Pick<ImageTransfer, "take" | "forget"> {
  let receiving: Receiving | null = null;

  function abort(): void {
    receiving?.work.then((install) => install?.abort()).catch(onError);
    receiving = null;
  }

  function onError(error: Error): void {
    options.failed(`A base image could not be taken in: ${error.message}`);
  }

  function begin(peer: ServerId, offer: MessageOf<"joinImage">): void {
    if (!options.accepts(peer, offer)) return;
    const before = receiving?.work ?? Promise.resolve(null);
    const work = before
      .then((install) => install?.abort())
      .then(() => options.store.beginInstall(offer));
    receiving = { peer, offer, work, takenBytes: 0 };
    work.catch(onError);
  }

  function onChunk(peer: ServerId, chunk: MessageOf<"imageChunk">): void {
    const current = receiving;
    if (current === null || current.peer !== peer) return;
    const sound = crc32(chunk.content, noChain) === chunk.crc;
    if (!sound || chunk.offset !== current.takenBytes) return abort();
    current.takenBytes += chunk.content.length;
    const offset = current.takenBytes;
    current.work = current.work.then(async (install) => {
      if (install === null || receiving !== current) return null;
      await install.write(chunk.content);
      if (offset === current.offer.sizeBytes) return finish(current, install);
      options.send(peer, { type: "imageTaken", offset });
      return install;
    });
    current.work.catch(onError);
  }

  async function finish(current: Receiving, install: Install): Promise<null> {
    const { content } = await install.finish();
    receiving = null;
    options.installed(current.offer, content);
    options.send(current.peer, { type: "imageTaken", offset: current.offer.sizeBytes });
    return null;
  }

  return {
    take(peer, message) {
      if (message.type === "joinImage") begin(peer, message);
      else if (message.type === "imageChunk") onChunk(peer, message);
      else return false;
      return true;
    },
    forget(peer) {
      if (receiving?.peer === peer) abort();
    },
  };
}
