// A network with somebody in it: every frame between a client and the servers goes through a hand
// that may look at it, change it, drop it or add others. It stands for a server that lies, since to
// its client a server is what comes over the wire.

import { assert } from "../../src/base/assert.ts";
import type { Link, LinkBytes, LinkHandler, Network } from "../../src/ports.ts";
import { decodePayload, encodeMessage } from "../../src/wire/codec.ts";
import { makeFrameReader } from "../../src/wire/frameReader.ts";
import type { Message } from "../../src/wire/messages.ts";

export interface Hand {
  /** What the client gets in the place of this. */
  toClient?(message: Message): readonly Message[];
  /** What the servers get in the place of this. */
  toServer?(message: Message): readonly Message[];
}

export function lyingNetwork(network: Network, hand: Hand): Network {
  return {
    listen: (address, accept) => network.listen(address, accept),
    connect: (address, timeoutMs, handler) =>
      network.connect(address, timeoutMs, {
        connected: (link) => handler.connected(handled(link, hand)),
        failed: (failure, detail) => handler.failed(failure, detail),
      }),
  };
}

function handled(link: Link, hand: Hand): Link {
  const fromClient = rewriter((message) => hand.toServer?.(message) ?? [message]);
  const fromServer = rewriter((message) => hand.toClient?.(message) ?? [message]);
  const start = (handler: LinkHandler): void =>
    link.start({
      bytes: (chunk) => {
        const changed = fromServer(chunk);
        if (changed.length > 0) handler.bytes(changed);
      },
      drained: () => handler.drained(),
      closed: () => handler.closed(),
    });
  return {
    remote: link.remote,
    start,
    send: (bytes) => link.send(fromClient(joined(bytes))),
    unsentBytes: () => link.unsentBytes(),
    pause: () => link.pause(),
    resume: () => link.resume(),
    end: () => link.end(),
    destroy: () => link.destroy(),
  };
}

function rewriter(change: (message: Message) => readonly Message[]): (chunk: Buffer) => Buffer {
  const reader = makeFrameReader(65_535);
  return (chunk) => {
    const frames: Buffer[] = [];
    const refusal = reader.push(chunk, ({ opcode, bytes, start, end }) => {
      const decoded = decodePayload(opcode, bytes.toString("latin1", start + 3, end));
      assert(decoded.ok, "the product's own frames can be read");
      for (const message of change(decoded.message)) frames.push(encodeMessage(message));
    });
    assert(refusal === null, "the product's own frames are frames");
    return Buffer.concat(frames);
  };
}

function joined(bytes: LinkBytes): Buffer {
  const pieces = Array.isArray(bytes) ? (bytes as readonly (Buffer | string)[]) : [bytes];
  return Buffer.concat(
    pieces.map((piece) =>
      typeof piece === "string" ? Buffer.from(piece, "latin1") : (piece as Buffer),
    ),
  );
}
