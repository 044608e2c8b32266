// A network between servers that can be cut and slowed anywhere, without rights of any kind: each
// server is known to the others under an address where a proxy listens, which tells by the first
// frame who calls. A cut direction is not read any further, so that nobody is told of the cut.

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { peerUnprovenPayloadBytesMax } from "../../src/base/limits.ts";
import { makeNetwork } from "../../src/node/network.ts";
import { chooseHosts } from "../../src/demo/ports.ts";
import { decodePayload } from "../../src/wire/codec.ts";
import { makeFrameReader } from "../../src/wire/frameReader.ts";
import type { BrokenNet } from "./brokenNet.ts";

/** Of the loopback network, one address a server: where it is called, and where it listens. */
const calledAt = (id: number): string => `127.0.1.${id + 1}`;
const listensAt = (id: number): string => `127.0.2.${id + 1}`;

export async function makePairProxies(): Promise<BrokenNet> {
  const network = makeNetwork();
  const chosen = await chooseHosts({ servers: 3, network, preferUsual: false, draw: Math.random });
  const pairs = new Pairs();
  for (const { id, peerPort } of chosen) await pairs.listen(id, peerPort);
  const text = (at: (id: number) => string): readonly string[] => {
    return chosen.map(({ id, clientPort, peerPort }) => `${at(id)}:${clientPort}:${peerPort}`);
  };
  return {
    servers: text(calledAt),
    clients: text(listensAt),
    program: (id, program) => ({ ...program, args: [...program.args, "--bind", listensAt(id)] }),
    cut: async (from, to) => pairs.cut(from, to),
    heal: async () => pairs.heal(),
    slow: (delayMs) => (pairs.delayMs = delayMs),
    close: () => pairs.close(),
  };
}

class Pairs {
  delayMs = 0;
  readonly #servers: Server[] = [];
  readonly #flows = new Set<Flow>();
  readonly #cuts = new Set<string>();
  readonly #sockets = new Set<Socket>();

  async listen(id: number, port: number): Promise<void> {
    const server = createServer({ noDelay: true }, (caller) => this.#accept(caller, { id, port }));
    this.#servers.push(server);
    server.listen(port, calledAt(id));
    await once(server, "listening");
  }

  cut(from: number, to: number): void {
    this.#cuts.add(`${from}>${to}`);
  }

  heal(): void {
    this.#cuts.clear();
    for (const flow of this.#flows) flow.goOn();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((done) => server.close(done))));
  }

  /** Reads no more than the first frame, which is clear text, before it knows who calls. */
  #accept(caller: Socket, called: { readonly id: number; readonly port: number }): void {
    this.#keep(caller);
    const reader = makeFrameReader(peerUnprovenPayloadBytesMax);
    const early: Buffer[] = [];
    const listen = (chunk: Buffer): void => {
      early.push(chunk);
      reader.push(chunk, ({ opcode, bytes, start, end }) => {
        const decoded = decodePayload(opcode, bytes.latin1Slice(start + 3, end));
        if (!decoded.ok || decoded.message.type !== "peerHello") return void caller.destroy();
        reader.stop();
        caller.off("data", listen);
        caller.pause();
        this.#join(caller, { caller: decoded.message.from, ...called }, early);
      });
    };
    caller.on("data", listen);
  }

  #join(
    caller: Socket,
    who: { readonly caller: number; readonly id: number; readonly port: number },
    early: readonly Buffer[],
  ): void {
    const target = connect({ port: who.port, host: listensAt(who.id), noDelay: true });
    this.#keep(target);
    const isCut = (from: number, to: number) => () => this.#cuts.has(`${from}>${to}`);
    const delayMs = (): number => this.delayMs;
    const there = new Flow(caller, target, { isCut: isCut(who.caller, who.id), delayMs });
    const back = new Flow(target, caller, { isCut: isCut(who.id, who.caller), delayMs });
    for (const flow of [there, back]) {
      this.#flows.add(flow);
      flow.ended = () => this.#flows.delete(flow);
    }
    there.begin(early);
    back.begin([]);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => this.#sockets.delete(socket));
  }
}

/** One direction of one connection. */
class Flow {
  ended: () => void = () => undefined;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #state: { readonly isCut: () => boolean; readonly delayMs: () => number };
  #held: Buffer[] = [];
  #isOver = false;

  constructor(
    from: Socket,
    to: Socket,
    state: { readonly isCut: () => boolean; readonly delayMs: () => number },
  ) {
    this.#from = from;
    this.#to = to;
    this.#state = state;
  }

  begin(early: readonly Buffer[]): void {
    for (const chunk of early) this.#take(chunk);
    this.#from.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#from.once("close", () => {
      this.#isOver = true;
      this.goOn();
    });
    this.goOn();
  }

  /** Passes on what was held, unless it is cut still. */
  goOn(): void {
    if (this.#state.isCut()) return;
    const held = this.#held;
    this.#held = [];
    for (const chunk of held) this.#send(chunk);
    if (this.#isOver) this.#later(() => (this.#to.destroy(), this.ended()));
    else this.#from.resume();
  }

  #take(chunk: Buffer): void {
    if (!this.#state.isCut()) return this.#send(chunk);
    this.#held.push(chunk);
    this.#from.pause();
  }

  #send(chunk: Buffer): void {
    this.#later(() => this.#to.write(chunk));
  }

  /** Equal delays keep the order. */
  #later(act: () => void): void {
    const delayMs = this.#state.delayMs();
    if (delayMs === 0) act();
    else setTimeout(act, delayMs);
  }
}
