// Connections of which nothing has come yet. A bounded number of them waits, each for a bounded
// time; when it is too many, the oldest goes: an honest caller speaks as soon as he is there.
// What the first byte means is not known here; it is left to be read.

import type { Socket } from "node:net";
import { helloTimeoutMs, silentSocketsMax } from "../base/limits.ts";

export class FirstBytes {
  readonly #waiting = new Set<Socket>();

  await(socket: Socket, come: (first: number) => void): void {
    for (const oldest of this.#waiting) {
      if (this.#waiting.size < silentSocketsMax) break;
      oldest.destroy();
      this.#waiting.delete(oldest);
    }
    this.#waiting.add(socket);
    socket.setTimeout(helloTimeoutMs, () => socket.destroy());
    socket.on("error", () => undefined);
    socket.once("close", () => this.#waiting.delete(socket));
    socket.once("readable", () => {
      // Null: it has ended without a word.
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      this.#waiting.delete(socket);
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      socket.unshift(chunk);
      come(chunk[0] as number);
    });
  }
}
