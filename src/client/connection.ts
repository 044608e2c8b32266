// One connection at a time to one of the hosts: frames in and out, over the Network port. All that
// is sent within one turn goes out as one write; of a dropped connection nothing more is heard.
// It decides nothing: which host and what to say come from the session core.

import type { Host } from "../base/hosts.ts";
import { clientConnectTimeoutMs, frameHeaderBytes, framePayloadBytesMax } from "../base/limits.ts";
import type { ConnectFailure, Link, Network } from "../ports.ts";
import { decodePayload, encodePayload, opcodeOf, writeFrame } from "../wire/codec.ts";
import { type FrameView, makeFrameReader } from "../wire/frameReader.ts";
import type { Message } from "../wire/messages.ts";

export interface ConnectionHandler {
  connected(): void;
  failed(failure: ConnectFailure, host: Host, detail: string): void;
  message(message: Message): void;
  /** All messages of one chunk have been handed over. */
  chunkEnded(): void;
  /** The other end has closed, or has sent what is no message. */
  closed(): void;
}

export interface Connection {
  /** Drops the connection or attempt before. */
  open(host: Host): void;
  /** Written at `flush`. */
  send(message: Message): void;
  flush(): void;
  drop(): void;
  /** Flushes, then ends in order. */
  end(): void;
}

interface Wire {
  readonly network: Pick<Network, "connect">;
  readonly handler: ConnectionHandler;
  link: Link | null;
  /** Of the attempt or connection in force; news of older ones is dropped. */
  epoch: number;
  waiting: { readonly opcode: number; readonly payload: string }[];
  waitingBytes: number;
}

export function makeConnection(network: Wire["network"], handler: ConnectionHandler): Connection {
  const wire: Wire = { network, handler, link: null, epoch: 0, waiting: [], waitingBytes: 0 };
  return {
    open: (host) => open(wire, host),
    send: (message) => {
      const payload = encodePayload(message);
      wire.waiting.push({ opcode: opcodeOf(message.type), payload });
      wire.waitingBytes += frameHeaderBytes + payload.length;
    },
    flush: () => flush(wire),
    drop: () => drop(wire),
    end: () => {
      flush(wire);
      const { link } = wire;
      wire.link = null;
      wire.epoch += 1;
      link?.end();
    },
  };
}

function open(wire: Wire, server: Host): void {
  drop(wire);
  const { epoch } = wire;
  const { host, clientPort: port } = server;
  wire.network.connect({ host, port }, clientConnectTimeoutMs, {
    connected: (link) => {
      if (wire.epoch !== epoch) return link.destroy();
      wire.link = link;
      wire.handler.connected();
      if (wire.epoch === epoch) listen(wire, link);
    },
    failed: (failure, detail) => {
      if (wire.epoch === epoch) wire.handler.failed(failure, server, detail);
    },
  });
}

function listen(wire: Wire, link: Link): void {
  const { epoch, handler } = wire;
  const reader = makeFrameReader(framePayloadBytesMax);
  let broken = false;
  function takeFrame({ opcode, bytes, start, end }: FrameView): void {
    if (wire.epoch !== epoch || broken) return reader.stop();
    const payload = bytes.latin1Slice(start + frameHeaderBytes, end);
    const decoded = decodePayload(opcode, payload);
    if (decoded.ok) handler.message(decoded.message);
    else broken = true;
  }
  function close(): void {
    if (wire.epoch !== epoch) return;
    drop(wire);
    handler.closed();
  }
  link.start({
    bytes: (chunk) => {
      if (wire.epoch !== epoch) return;
      const refusal = reader.push(chunk, takeFrame);
      if (wire.epoch === epoch && (refusal !== null || broken)) close();
      else handler.chunkEnded();
    },
    drained: () => {},
    closed: close,
  });
}

function flush(wire: Wire): void {
  const { link, waiting, waitingBytes } = wire;
  if (waiting.length === 0 || link === null) return;
  const bytes = Buffer.allocUnsafe(waitingBytes);
  let offset = 0;
  for (const frame of waiting) offset = writeFrame(bytes, offset, frame);
  wire.waiting = [];
  wire.waitingBytes = 0;
  link.send(bytes);
}

function drop(wire: Wire): void {
  const { link } = wire;
  wire.epoch += 1;
  wire.link = null;
  wire.waiting = [];
  wire.waitingBytes = 0;
  link?.destroy();
}
