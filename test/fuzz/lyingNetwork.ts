// The Network port of a server that lies to the others: what it says on its peer links goes through
// `lie`; all else is the real port's. What falls over inside the liar is the liar's own affair.

import type { Link, LinkBytes, LinkHandler, Network } from "../../src/ports.ts";
import type { Guard } from "./guards.ts";
import type { Lies } from "./lying.ts";
import { lie } from "./lying.ts";

export function lyingNetwork(
  inner: Network,
  how: {
    readonly lies: Lies;
    readonly isPeerPort: (port: number) => boolean;
    readonly guard: Guard;
  },
): Network {
  const { lies, isPeerPort, guard } = how;
  const wrapped = (link: Link, port: number): Link => {
    return isPeerPort(port) ? new LyingLink(link, lies, guard) : new LyingLink(link, null, guard);
  };
  return {
    listen: (address, accept) => {
      return inner.listen(address, (link) => guard(() => accept(wrapped(link, address.port))));
    },
    connect: (address, timeoutMs, handler) => {
      inner.connect(address, timeoutMs, {
        connected: (link) => guard(() => handler.connected(wrapped(link, address.port))),
        failed: (failure, detail) => guard(() => handler.failed(failure, detail)),
      });
    },
  };
}

class LyingLink implements Link {
  readonly #inner: Link;
  readonly #lies: Lies | null;
  readonly #guard: Guard;

  constructor(inner: Link, lies: Lies | null, guard: Guard) {
    this.#inner = inner;
    this.#lies = lies;
    this.#guard = guard;
  }

  get remote(): string {
    return this.#inner.remote;
  }

  start(handler: LinkHandler): void {
    this.#inner.start({
      bytes: (chunk) => this.#guard(() => handler.bytes(chunk)),
      drained: () => this.#guard(() => handler.drained()),
      closed: () => this.#guard(() => handler.closed()),
    });
  }

  send(bytes: LinkBytes): void {
    this.#inner.send(this.#lies === null ? bytes : lie(this.#lies, wholeOf(bytes)));
  }

  unsentBytes(): number {
    return this.#inner.unsentBytes();
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  end(): void {
    this.#inner.end();
  }

  destroy(): void {
    this.#inner.destroy();
  }
}

function wholeOf(bytes: LinkBytes): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  if (typeof bytes === "string") return Buffer.from(bytes, "latin1");
  return Buffer.concat(bytes.map((piece) => wholeOf(piece)));
}
