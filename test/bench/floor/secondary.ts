// The floor's secondary: appends what the primary sends and answers with what is durable. Frame:
// body length (u32), last sequence number (u32), body. Answer: durable sequence number (u32).

import type { Socket } from "node:net";
import { createServer } from "node:net";
import { GroupLog } from "./groupLog.ts";

const headerBytes = 8;

export function serveSecondary(port: number, logPath: string, ready: () => void): void {
  let primary: Socket | undefined;
  const log = new GroupLog(logPath, (sequence) => {
    const answer = Buffer.allocUnsafe(4);
    answer.writeUInt32LE(sequence, 0);
    primary?.write(answer);
  });
  const server = createServer({ noDelay: true }, (socket) => {
    primary = socket;
    let rest: Buffer | undefined;
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
      const used = appendFrames(log, bytes);
      rest = used < bytes.length ? bytes.subarray(used) : undefined;
    });
  });
  server.listen(port, "127.0.0.1", ready);
}

/** How many bytes were whole frames. */
function appendFrames(log: GroupLog, bytes: Buffer): number {
  let offset = 0;
  while (bytes.length - offset >= headerBytes) {
    const end = offset + headerBytes + bytes.readUInt32LE(offset);
    if (bytes.length < end) break;
    log.append(bytes.subarray(offset, end), bytes.readUInt32LE(offset + 4));
    offset = end;
  }
  return offset;
}
