// Bare sockets that all read into one piece of memory. Left to itself Node takes 64 KiB of memory
// for every read, cuts it down to what came, and passes it through a stream, which for a short
// frame costs more than the frame does. Who takes the bytes has them for the length of a call.

import { connect, Socket, type TcpNetConnectOpts } from "node:net";

/** As much as Node reads at once. */
const memory = Buffer.allocUnsafeSlow(65_536);
/** What was handed out last: as a rule the next is as long. */
let chunk = memory;

type Take = (chunk: Buffer) => void;

class Reader {
  take: Take = () => undefined;
  readonly onread = {
    buffer: memory,
    callback: (length: number): boolean => {
      if (chunk.length !== length) chunk = memory.subarray(0, length);
      this.take(chunk);
      return true;
    },
  };
}

const readers = new WeakMap<Socket, Reader>();

/** What Node keeps of a socket, and takes of one, beside what it documents. */
interface Insides {
  _handle?: { useUserBuffer?: unknown } | null;
  _server?: unknown;
}

/** Nothing is read before it is resumed. */
export function connectToShare(options: TcpNetConnectOpts): Socket {
  const reader = new Reader();
  const socket = connect({ ...options, onread: reader.onread });
  readers.set(socket, reader);
  socket.once("connect", () => holdBack(socket));
  return socket;
}

/**
 * In place of a socket that was accepted paused. Node lets only sockets share that it has not made
 * itself: where it cannot be taken over (another Node), the socket itself, which reads as ever.
 */
export function sharing(accepted: Socket): Socket {
  const old = accepted as Insides;
  const handle = old._handle;
  if (typeof handle?.useUserBuffer !== "function") return accepted;
  const reader = new Reader();
  const options: object = { handle, onread: reader.onread };
  const socket = new Socket(options);
  holdBack(socket);
  (socket as Insides)._server = old._server;
  old._handle = null;
  readers.set(socket, reader);
  return socket;
}

/**
 * Reading has begun and is stopped at once: else the first `resume` would begin it a moment later,
 * be it paused again by then.
 */
function holdBack(socket: Socket): void {
  socket.read(0);
  socket.pause();
}

/** Hands out what comes once the socket is resumed, for the length of the call alone. */
export function readInto(socket: Socket, take: Take): void {
  const reader = readers.get(socket);
  if (reader === undefined) socket.on("data", take);
  else reader.take = take;
}
