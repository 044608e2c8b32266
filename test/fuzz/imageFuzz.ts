// Base images as a liar sends them: whole by their digest, and wrong inside. Each is refused in
// words, or is a state that can be read, kept and told; nothing throws.

import { makePrng, type Prng } from "../../src/base/prng.ts";
import { applyRecord } from "../../src/chat/apply.ts";
import { encodeSnapshot } from "../../src/chat/snapshot.ts";
import { decodeSnapshot } from "../../src/chat/snapshotRead.ts";
import type { ChatState } from "../../src/chat/state.ts";
import { createChat } from "../../src/chat/state.ts";
import { quietEvents } from "../support/chatScript.ts";
import { randomHistory } from "../support/chatStream.ts";
import { readAll } from "./chatReads.ts";

export interface ImageRun {
  readonly images: number;
  /** That were taken although something in them had been changed. */
  readonly taken: number;
  readonly finding: string | null;
}

const records = 250;
const texts = ["alice", "Bob", "#lobby", "#team", "alice2"];

export function fuzzImages(seed: number, count: number): ImageRun {
  const prng = makePrng(seed);
  const chat = createChat();
  for (const record of randomHistory(seed, records)) applyRecord(chat, record, quietEvents);
  const whole = Buffer.concat([...encodeSnapshot(chat)]);
  let taken = 0;
  let lines: readonly string[] = [];
  try {
    for (let image = 0; image < count; image += 1) {
      lines = changed(prng, whole.toString("latin1").split("\n"));
      const decoded = decodeSnapshot([Buffer.from(lines.join("\n"), "latin1")]);
      if (!decoded.ok) continue;
      taken += 1;
      use(decoded.chat, seed);
    }
  } catch (error) {
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const before = new Set(whole.toString("latin1").split("\n"));
    const odd = lines.filter((line) => !before.has(line)).join("\n");
    return { images: count, taken, finding: `${words}\nchanged lines:\n${odd.slice(0, 1_500)}` };
  }
  return { images: count, taken, finding: null };
}

/** As a server does that has taken it. */
function use(chat: ChatState, seed: number): void {
  readAll(chat, texts);
  const atUs = Math.min(chat.atUs, Number.MAX_SAFE_INTEGER - 1e12);
  for (const record of randomHistory(seed + 1, 60)) {
    const op = (chat.op + 1) as typeof record.op;
    applyRecord(chat, { ...record, op, atUs: atUs + record.op }, quietEvents);
  }
  readAll(chat, texts);
  // Whether that can be read back is for recovery to see; nothing throws.
  decodeSnapshot(encodeSnapshot(chat));
}

function changed(prng: Prng, lines: readonly string[]): readonly string[] {
  const out = [...lines];
  for (let count = 1 + prng.below(3); count > 0; count -= 1) {
    const at = prng.below(out.length);
    const line = out[at] ?? "";
    switch (prng.below(5)) {
      case 0:
        out.splice(at, 1);
        break;
      case 1:
        out.splice(at, 0, out[prng.below(out.length)] ?? "");
        break;
      default:
        out[at] = changedLine(prng, line);
    }
  }
  // Its end says how many lines there are.
  if (prng.chance(0.8)) out[out.length - 2] = `z|${out.length - 2}`;
  return out;
}

function changedLine(prng: Prng, line: string): string {
  const fields = line.split("|");
  const at = prng.below(fields.length);
  const field = fields[at] ?? "";
  const near = String(Math.max(0, Number(field) + prng.pick([-1, 1, 2])));
  const odd = ["", "0", "1", "2", "4294967295", "9007199254740991", "x", "00", "1,1", "%7C"];
  fields[at] = /^[0-9]+$/.test(field) && prng.chance(0.6) ? near : prng.pick(odd);
  return fields.join("|");
}
