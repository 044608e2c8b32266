// Whoever sits between two ends and holds all the wires: passes bytes on, alters, injects, cuts,
// plays them again, or sends them back to whoever spoke. It knows no secret.

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** What goes on instead of a chunk; null ends the connection. */
export type Meddle = (chunk: Buffer, way: Way) => Buffer | null;

export interface Way {
  readonly direction: "there" | "back";
  /** Bytes that went this way before the chunk. */
  readonly before: number;
  /** 1 for the first connection. */
  readonly connection: number;
}

export interface Recording {
  readonly there: Buffer[];
  readonly back: Buffer[];
}

export const passOn: Meddle = (chunk) => chunk;

export class Meddler {
  /** Where connections are led to. */
  target: Place;
  meddle: Meddle = passOn;
  readonly recordings: Recording[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(target: Place) {
    this.target = target;
    this.#server = createServer({ noDelay: true }, (caller) => this.#join(caller));
  }

  async listen(at: Place): Promise<this> {
    this.#server.listen(at.port, at.host);
    await once(this.#server, "listening");
    return this;
  }

  /** All that has gone over it, both ways. */
  everything(): Buffer {
    return Buffer.concat(this.recordings.flatMap(({ there, back }) => [...there, ...back]));
  }

  /** Into every open connection, towards the end that was called. */
  inject(bytes: Buffer): void {
    for (const socket of this.#sockets) socket.emit("inject", bytes);
  }

  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cutAll();
    await new Promise((done) => this.#server.close(done));
  }

  #join(caller: Socket): void {
    const called = connect({ ...this.target, noDelay: true });
    const recording: Recording = { there: [], back: [] };
    this.recordings.push(recording);
    const connection = this.recordings.length;
    this.#pass({ from: caller, to: called, kept: recording.there }, "there", connection);
    this.#pass({ from: called, to: caller, kept: recording.back }, "back", connection);
    caller.on("inject", (bytes: Buffer) => called.write(bytes));
  }

  #pass(
    { from, to, kept }: { readonly from: Socket; readonly to: Socket; readonly kept: Buffer[] },
    direction: Way["direction"],
    connection: number,
  ): void {
    let before = 0;
    this.#sockets.add(from);
    from.on("error", () => undefined);
    from.once("close", () => {
      this.#sockets.delete(from);
      to.end();
    });
    from.on("data", (chunk: Buffer) => {
      kept.push(chunk);
      const passed = this.meddle(Buffer.from(chunk), { direction, before, connection });
      before += chunk.length;
      if (passed !== null) return void to.write(passed);
      from.destroy();
      to.destroy();
    });
  }
}
