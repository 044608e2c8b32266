// Values for the fields of THE table: of each kind what is usual, what stands at its edges, and
// what has been seen before, so that odd frames still meet something. What is drawn is of its kind,
// and encodes; frames that do not decode are made elsewhere.

import type { Prng } from "../../src/base/prng.ts";
import type { FieldKind } from "../../src/wire/fields.ts";
import type { Message, MessageType } from "../../src/wire/messages.ts";
import { messages } from "../../src/wire/messages.ts";

/** What is known to mean something where the frames go. */
export interface Seen {
  readonly texts: readonly string[];
  readonly clients: readonly string[];
  readonly numbers: readonly number[];
  readonly hexes: readonly string[];
}

export const nothingSeen: Seen = { texts: [], clients: [], numbers: [], hexes: [] };

const safeMax = Number.MAX_SAFE_INTEGER;
const edges = [0, 1, 2, 3, 63, 64, 65, 128, 255, 1_000, 65_535, 2 ** 31, 2 ** 32 - 1, 2 ** 32];
const numberEdges = [...edges, 2 ** 53 - 2, safeMax];
/** Words that stand for something in fields of text. */
const words =
  "p s create add remove leave join read unread removed delivered #lobby lobby # low enough " +
  "ample promised granted busy gap chain stopping added left owner - 1 0.0 __proto__";
const usualTexts = [...words.split(" "), "", " ", "*", "a*b*c", "\u001b[2J", "\u202e", "é|%", "\0"];
const longBytes = [50, 51, 262, 4_096, 4_097, 20_000, 65_000];

/** A message of the type whose every field is of its kind. */
export function anyMessage(prng: Prng, type: MessageType, seen: Seen): Message {
  const drawn: Record<string, unknown> = { type };
  for (const [name, kind] of Object.entries(messages[type].fields)) {
    drawn[name] = anyValue(prng, kind, seen);
  }
  // The table named every field and its kind.
  return drawn as unknown as Message;
}

/** The same message with one or a few fields drawn anew. */
export function mutated(prng: Prng, message: Message, seen: Seen): Message {
  const fields = Object.entries(messages[message.type].fields) as [string, FieldKind][];
  const changed: Record<string, unknown> = { ...message };
  for (let count = 1 + prng.below(2); count > 0; count -= 1) {
    const [name, kind] = prng.pick(fields);
    const before = changed[name];
    const isNear = typeof before === "number" && kind !== "flag" && prng.chance(0.5);
    changed[name] = isNear ? near(prng, before, kind) : anyValue(prng, kind, seen);
  }
  return changed as unknown as Message;
}

function near(prng: Prng, before: number, kind: FieldKind): number {
  const moved = before + prng.pick([-64, -2, -1, 1, 2, 64]);
  return Math.min(most(kind), Math.max(kind === "incarnation" ? 1 : 0, moved));
}

function most(kind: FieldKind): number {
  if (kind === "server") return 63;
  return kind === "chain" ? 0xffff_ffff : safeMax;
}

export function anyValue(prng: Prng, kind: FieldKind, seen: Seen): unknown {
  switch (kind) {
    case "uint":
    case "op":
    case "ballot":
      return anyNumber(prng, seen, 0, safeMax);
    case "incarnation":
    case "account":
      return anyNumber(prng, seen, 1, safeMax);
    case "server":
      return prng.chance(0.8) ? prng.below(3) : prng.pick([3, 4, 62, 63]);
    case "chain":
      return anyNumber(prng, seen, 0, 0xffff_ffff);
    case "text":
      return anyText(prng, seen);
    case "escaped":
      return prng.pick([
        "hello",
        "%7C",
        "%C3%BC",
        "%FF%FE",
        "",
        "%00",
        "AAAAAAAAAAA.c2VhbGVk",
        "x".repeat(prng.pick(longBytes)),
      ]);
    case "hex":
      return anyHex(prng, seen);
    case "bytes":
      return Buffer.alloc(prng.pick([0, 1, 3, 100, 128, 200, 32_768]), prng.below(256));
    case "flag":
      return prng.chance(0.5);
    case "client":
      return anyClient(prng, seen);
    case "uints":
      return list(prng, () => anyNumber(prng, seen, 0, safeMax));
    case "servers":
      return list(prng, () => (prng.chance(0.9) ? prng.below(3) : prng.below(64)));
    case "incarnations":
      return list(prng, () => anyNumber(prng, seen, 1, safeMax));
    default:
      return list(prng, () => anyText(prng, seen) || "x").filter((text) => text.length < 9_000);
  }
}

function anyNumber(prng: Prng, seen: Seen, least: number, top: number): number {
  const known = seen.numbers.length > 0 && prng.chance(0.6);
  const drawn = known ? prng.pick(seen.numbers) : prng.pick(numberEdges);
  const moved = prng.chance(0.2) ? drawn + prng.pick([-1, 1]) : drawn;
  return Math.min(top, Math.max(least, moved));
}

function anyText(prng: Prng, seen: Seen): string {
  if (seen.texts.length > 0 && prng.chance(0.6)) return prng.pick(seen.texts);
  if (prng.chance(0.9)) return prng.pick(usualTexts);
  return prng.pick(["x", "ü", "|", "1,"]).repeat(prng.pick(longBytes)).slice(0, 20_000);
}

function anyHex(prng: Prng, seen: Seen): string {
  if (seen.hexes.length > 0 && prng.chance(0.5)) return prng.pick(seen.hexes);
  return prng.pick(["", "00", "ab".repeat(16), "cd".repeat(32), "ef".repeat(prng.below(200))]);
}

function anyClient(prng: Prng, seen: Seen): string {
  if (seen.clients.length > 0 && prng.chance(0.7)) return prng.pick(seen.clients);
  return prng.pick(["0".repeat(32), "f".repeat(32), prng.next32().toString(16).padStart(32, "0")]);
}

function list<T>(prng: Prng, draw: () => T): T[] {
  const length = prng.chance(0.97) ? prng.below(4) : prng.pick([0, 64, 300, 3_000]);
  return Array.from({ length }, draw);
}
