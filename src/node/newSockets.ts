// Connections that have proven nothing yet. A bounded number of them waits, each for a bounded
// time; when there are too many, the oldest goes: an honest caller is through in milliseconds.
// What the first byte means is not known here; it is left to be read.

import type { Socket } from "node:net";
import { helloTimeoutMs, newSocketsMax } from "../base/limits.ts";

export class NewSockets {
  /** By their ports and addresses, since what is secured is another object on the same socket. */
  readonly #waiting = new Map<string, Socket>();

  /** Calls when the first byte is there; the socket waits on until it is released. */
  await(socket: Socket, come: (first: number) => void): void {
    for (const [name, oldest] of this.#waiting) {
      if (this.#waiting.size < newSocketsMax) break;
      oldest.destroy();
      this.#waiting.delete(name);
    }
    const name = nameOf(socket);
    this.#waiting.set(name, socket);
    socket.setTimeout(helloTimeoutMs, () => socket.destroy());
    socket.on("error", () => undefined);
    socket.once("close", () => this.#waiting.delete(name));
    socket.once("readable", () => {
      // Null: it has ended without a word.
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      socket.unshift(chunk);
      come(chunk[0] as number);
    });
  }

  /** It has proven itself, or will never do so. */
  release(socket: Socket): void {
    this.#waiting.delete(nameOf(socket));
  }
}

function nameOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
