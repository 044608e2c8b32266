// "Persist, then speak": looks at the frames that a server hands to the network, and holds what
// they say against what its disk is known to have: a promise is on disk before it is told, with all
// of the log that it tells of, and what is called prepared is durable. Knows no other messages.

import { frameHeaderBytes } from "../../src/base/limits.ts";
import type { Inspection } from "../../src/server/inspection.ts";
import { decodePayload, opcodeOf } from "../../src/wire/codec.ts";
import { BrokenRule } from "./historyChecker.ts";

const promiseOpcode = opcodeOf("promise");
const preparedOpcode = opcodeOf("prepared");

export function judgeSpeech(server: Inspection, bytes: Buffer): void {
  let at = 0;
  while (at + frameHeaderBytes <= bytes.length) {
    const opcode = bytes[at] as number;
    const start = at + frameHeaderBytes;
    at = start + bytes.readUInt16BE(at + 1);
    if (opcode !== promiseOpcode && opcode !== preparedOpcode) continue;
    judgeWord(server, opcode, bytes.toString("latin1", start, at));
  }
}

function judgeWord(server: Inspection, opcode: number, payload: string): void {
  const decoded = decodePayload(opcode, payload);
  if (!decoded.ok) throw new BrokenRule(`server ${server.id} says what cannot be read`);
  const { message } = decoded;
  const { id, promised, durable } = server;
  if (message.type === "promise") {
    if (message.ballot > promised) {
      throw new BrokenRule(`server ${id} tells its promise ${message.ballot} before it is on disk`);
    }
    if (message.lastOp > durable) {
      throw new BrokenRule(
        `server ${id} tells of op ${message.lastOp}, durable only to ${durable}`,
      );
    }
  } else if (message.type === "prepared" && message.op > durable) {
    throw new BrokenRule(
      `server ${id} calls op ${message.op} prepared, durable only to ${durable}`,
    );
  }
}
