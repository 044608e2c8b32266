// Carries a base image from the primary's folder to a joiner's, in chunks with a checksum each and
// a digest over all (REPLICATION §7). The receiver's old files stay whole until the new one is.
// Who sends to whom, and what follows, is the replica's to decide.

import { crc32 } from "node:zlib";
import type { Ballot, Op, ServerId } from "../base/ids.ts";
import { asChain, noChain } from "../base/ids.ts";
import { imageChunkBytes, imageChunksInFlight } from "../base/imageLimits.ts";
import { imageChunksPerReading, imageStallMs } from "../base/imageLimits.ts";
import type { HeldImage } from "../store/images.ts";
import type { Message } from "../wire/messages.ts";
import { ImageReceiver, type ImageReceiverOptions } from "./imageReceiver.ts";

export interface ImageTransfer {
  /** Sends the newest image; `sent` tells its op, or null when it could not be. */
  send(peer: ServerId, ballot: Ballot): void;
  /** True when the message was one of a transfer's. */
  take(peer: ServerId, message: Message): boolean;
  /** The link broke. */
  forget(peer: ServerId): void;
  /**
   * The own log is about to be cut or replaced, and its images with it: nobody waits for one from
   * here any more.
   */
  stopSending(): void;
  /** Gives up what the other side does not take, or does not send. */
  tick(nowMs: number): void;
}

export interface ImageTransferOptions extends ImageReceiverOptions {
  /** There was none yet. */
  readonly makeImage: () => Promise<void>;
  readonly sent: (peer: ServerId, op: Op | null) => void;
}

interface Sending {
  readonly image: HeldImage;
  sentBytes: number;
  takenBytes: number;
  isReading: boolean;
  /** Of the other side; how many there were when another was last noticed, and when that was. */
  signsOfLife: number;
  seenSigns: number;
  seenMs: number;
}

export function makeImageTransfer(options: ImageTransferOptions): ImageTransfer {
  const sender = makeSender(options);
  const begins = (): Promise<void> => (sender.stop(), options.begins());
  const receiver = new ImageReceiver({ ...options, begins });
  return {
    send: sender.send,
    take(peer, message) {
      if (message.type !== "imageTaken") return receiver.take(peer, message);
      sender.taken(peer, message.offset);
      return true;
    },
    forget(peer) {
      sender.giveUp(peer);
      receiver.forget(peer);
    },
    stopSending: sender.stop,
    tick(nowMs) {
      sender.tick(nowMs);
      receiver.tick(nowMs);
    },
  };
}

interface Sender {
  send(peer: ServerId, ballot: Ballot): void;
  taken(peer: ServerId, offset: number): void;
  giveUp(peer: ServerId): void;
  stop(): void;
  tick(nowMs: number): void;
}

function makeSender(options: ImageTransferOptions): Sender {
  const sendings = new Map<ServerId, Sending>();
  /** Until there is an image at all. */
  const waiting = new Map<ServerId, Ballot>();

  function begin(peer: ServerId, ballot: Ballot, image: HeldImage | null): void {
    if (image === null) return options.sent(peer, null);
    const { op, chain, sizeBytes, digest } = image;
    sendings.set(peer, beginning(image));
    options.send(peer, { type: "joinImage", ballot, op, chain, sizeBytes, digest });
    pumpSending(options, sendings, peer);
  }

  function giveUp(peer: ServerId): void {
    const wasWaiting = waiting.delete(peer);
    if (drop(sendings, peer) || wasWaiting) options.sent(peer, null);
  }

  return {
    send(peer, ballot) {
      drop(sendings, peer);
      const image = options.store.latestImage();
      if (image !== null) return begin(peer, ballot, image);
      waiting.set(peer, ballot);
      void options.makeImage().then(() => {
        if (waiting.get(peer) !== ballot) return;
        waiting.delete(peer);
        begin(peer, ballot, options.store.latestImage());
      });
    },
    taken(peer, offset) {
      const sending = sendings.get(peer);
      // Of more than was sent: it is said of one before.
      if (sending === undefined || offset > sending.sentBytes) return;
      sending.signsOfLife += 1;
      sending.takenBytes = Math.max(sending.takenBytes, offset);
      if (sending.takenBytes < sending.image.sizeBytes) return pumpSending(options, sendings, peer);
      drop(sendings, peer);
      options.sent(peer, sending.image.op);
    },
    giveUp,
    stop() {
      waiting.clear();
      for (const peer of sendings.keys()) drop(sendings, peer);
    },
    tick(nowMs) {
      for (const [peer, sending] of sendings) if (isStalled(sending, nowMs)) giveUp(peer);
    },
  };
}

/** Whether there was one. */
function drop(sendings: Map<ServerId, Sending>, peer: ServerId): boolean {
  sendings.get(peer)?.image.release();
  return sendings.delete(peer);
}

function beginning(image: HeldImage): Sending {
  const signs = { signsOfLife: 0, seenSigns: -1, seenMs: 0 };
  return { image, sentBytes: 0, takenBytes: 0, isReading: false, ...signs };
}

function isStalled(sending: Sending, nowMs: number): boolean {
  if (sending.seenSigns !== sending.signsOfLife) {
    sending.seenSigns = sending.signsOfLife;
    sending.seenMs = nowMs;
  }
  return nowMs - sending.seenMs > imageStallMs;
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
  image.read({ offset: sentBytes, length: imageChunkBytes * imageChunksPerReading }).then(
    (bytes) => {
      if (sendings.get(peer) !== sending) return;
      sending.isReading = false;
      for (let at = 0; at < bytes.length; at += imageChunkBytes) {
        const content = bytes.subarray(at, at + imageChunkBytes);
        const crc = asChain(crc32(content, noChain));
        options.send(peer, { type: "imageChunk", offset: sentBytes + at, crc, content });
      }
      sending.sentBytes += bytes.length;
      pumpSending(options, sendings, peer);
    },
    (error: Error) => {
      // One that is not sent any more may be gone.
      if (sendings.get(peer) !== sending) return;
      options.failed(`The base image cannot be read: ${error.message}`);
    },
  );
}
