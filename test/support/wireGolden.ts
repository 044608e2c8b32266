// Reads wireGolden.txt: one frame of every message of the table, written out as it must be on the
// wire, with the fields it stands for as JSON. Frozen, so that neither encoder nor decoder changes
// a byte unseen; a frame that changes on purpose is changed there by hand.

import { readFileSync } from "node:fs";
import type { Message } from "../../src/wire/messages.ts";

export interface GoldenFrame {
  readonly message: Message;
  readonly opcode: number;
  readonly payload: string;
  /** Opcode, length, payload. */
  readonly bytes: Buffer;
}

export function readGoldenFrames(): readonly GoldenFrame[] {
  const text = readFileSync(new URL("wireGolden.txt", import.meta.url), "utf8");
  return text.trimEnd().split("\n\n").map(parseBlock);
}

function parseBlock(block: string): GoldenFrame {
  const [head = "", payload = "", json = ""] = block.split("\n");
  const [type = "", opcodeText = ""] = head.split(" ");
  const opcode = Number(opcodeText);
  const fields = JSON.parse(json, (_, value: unknown) => bytesOrValue(value)) as object;
  const header = Buffer.from([opcode, payload.length >> 8, payload.length & 0xff]);
  const bytes = Buffer.concat([header, Buffer.from(payload, "latin1")]);
  // What the file says is what the decoder is held to.
  return { message: { type, ...fields } as Message, opcode, payload, bytes };
}

function bytesOrValue(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("base64" in value)) return value;
  return Buffer.from(String(value.base64), "base64");
}
