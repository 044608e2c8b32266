// One socket, bare or TLS, as a Link. One `send` is one socket write; `closed` comes exactly once,
// whoever ended it. After `end` the input is still read (a socket closed with unread input sends a
// reset, which would take the last words with it), but for a bounded time.

import type { Socket } from "node:net";
import { linkFlushMs, linkLingerMs } from "../base/limits.ts";
import { readInto } from "./sharedReads.ts";
import type { Link, LinkBytes, LinkHandler, SecurityProblem } from "../ports.ts";

/** What an error of a socket that was to be secure says of the other end. */
export type Explain = (error: Error) => SecurityProblem | null;

export function makeSocketLink(socket: Socket): Link {
  return new SocketLink(socket, null);
}

/** Of a TLS socket, whose handshake may still be under way. */
export function makeSecureLink(socket: Socket, explain: Explain): Link {
  return new SocketLink(socket, explain);
}

class SocketLink implements Link {
  readonly remote: string;
  readonly #socket: Socket;
  #handler: LinkHandler | null = null;
  #closed = false;
  #ending = false;
  #paused = false;
  /** Something was left unsent by a write, and a mark stands behind it. */
  #filled = false;
  #deadline: NodeJS.Timeout | null = null;
  /** Null for a bare socket. */
  readonly #explain: Explain | null;
  #problem: SecurityProblem | null = null;
  /** What a TLS socket has written at once counts as taken only when the loop has come round. */
  readonly #look = (): void => {
    if (this.#socket.writableLength > 0) this.#writeMark();
    else this.#markPassed();
  };
  readonly #markPassed = (): void => {
    this.#filled = false;
    if (this.#socket.writableLength > 0) this.#mark();
    else if (!this.#closed) this.#handler?.drained();
  };

  constructor(socket: Socket, explain: Explain | null) {
    this.#socket = socket;
    this.#explain = explain;
    this.remote = addressText(socket.remoteAddress ?? "", socket.remotePort ?? 0);
    // An error is followed by "close", which tells of it; but a TLS socket stays open if not ended.
    socket.on("error", (error) => {
      if (this.#explain === null) return;
      this.#problem ??= this.#explain(error);
      socket.destroy();
    });
    socket.once("close", () => this.#close());
  }

  start(handler: LinkHandler): void {
    this.#handler = handler;
    if (this.#closed) {
      setImmediate(() => this.#tellClosed());
      return;
    }
    readInto(this.#socket, (chunk) => {
      if (!this.#closed) handler.bytes(chunk);
    });
    if (!this.#paused) this.#socket.resume();
  }

  send(bytes: LinkBytes): void {
    if (this.#closed || this.#ending || bytes.length === 0) return;
    if (typeof bytes === "string" || Buffer.isBuffer(bytes)) this.#write(bytes);
    else {
      this.#socket.cork();
      for (const piece of bytes) this.#write(piece);
      this.#socket.uncork();
    }
    if (this.#socket.writableLength > 0 && !this.#filled) this.#mark();
  }

  unsentBytes(): number {
    return this.#closed ? 0 : this.#socket.writableLength;
  }

  pause(): void {
    if (this.#ending) return;
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#handler !== null) this.#socket.resume();
  }

  end(): void {
    if (this.#closed || this.#ending) return;
    this.#ending = true;
    this.#destroyAfter(linkFlushMs);
    this.#socket.end(() => this.#destroyAfter(linkLingerMs));
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #write(piece: Buffer | string): void {
    if (typeof piece === "string") this.#socket.write(piece, "latin1");
    else this.#socket.write(piece);
  }

  #mark(): void {
    this.#filled = true;
    if (this.#explain === null) this.#writeMark();
    else setImmediate(this.#look);
  }

  /** An empty write behind what is left: a callback for every write would cost each of them. */
  #writeMark(): void {
    // Behind an end nothing may be written, and nobody waits for a drain any more.
    if (!this.#ending && !this.#closed) this.#socket.write("", this.#markPassed);
  }

  #destroyAfter(delayMs: number): void {
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    this.#deadline = this.#closed ? null : setTimeout(() => this.#socket.destroy(), delayMs);
  }

  #close(): void {
    this.#closed = true;
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    this.#tellClosed();
  }

  #tellClosed(): void {
    if (this.#problem === null) this.#handler?.closed();
    else this.#handler?.closed(this.#problem);
  }
}

function addressText(address: string, port: number): string {
  const host = address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
