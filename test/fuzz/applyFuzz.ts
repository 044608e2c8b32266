// `apply` under records that no honest server would write: whatever stands in a committed record,
// no server may fall over it, all servers must hold the same afterwards, and all of it must still
// fit the frames that it is told in. A finding is a throw, or two copies that differ.

import type { AccountId } from "../../src/base/ids.ts";
import { asBallot, asClientId, asOp, serverClientId } from "../../src/base/ids.ts";
import type { Prng } from "../../src/base/prng.ts";
import { makePrng } from "../../src/base/prng.ts";
import { applyRecord } from "../../src/chat/apply.ts";
import type { ChatEvents } from "../../src/chat/contract.ts";
import { chatDigest, encodeSnapshot } from "../../src/chat/snapshot.ts";
import { decodeSnapshot } from "../../src/chat/snapshotRead.ts";
import type { ChatState } from "../../src/chat/state.ts";
import { createChat } from "../../src/chat/state.ts";
import { framePayloadBytesMax } from "../../src/base/limits.ts";
import type { DecodedRecord } from "../../src/wire/batch.ts";
import { decodePayload, encodePayload, opcodeOf } from "../../src/wire/codec.ts";
import type { Command, Message } from "../../src/wire/messages.ts";
import { commandTypes } from "../../src/wire/messages.ts";
import { randomHistory } from "../support/chatStream.ts";
import { readAll } from "./chatReads.ts";
import type { Seen } from "./fields.ts";
import { anyMessage, mutated } from "./fields.ts";

export interface ApplyRun {
  readonly records: number;
  readonly taken: number;
  readonly finding: string | null;
}

const lookEvery = 60;
/** Records that were written by honest servers before. */
const honestRecords = 250;

/** One state, made by a valid history, then so many records of any kind. */
export function fuzzApply(seed: number, count: number): ApplyRun {
  const prng = makePrng(seed);
  const honest = randomHistory(seed, prng.below(honestRecords));
  const copies: [ChatState, ChatState] = [createChat(), createChat()];
  const known = seenIn(honest);
  let taken = 0;
  let done: DecodedRecord | null = null;
  try {
    for (const record of honest)
      for (const chat of copies) applyRecord(chat, record, speaking(chat));
    const pool: Command[] = honest.map(({ command }) => command);
    for (let at = 0; at < count; at += 1) {
      done = { ...envelope(prng, copies[0], known), command: anyCommand(prng, pool, known) };
      const record = done;
      const replies = copies.map((chat) => applyRecord(chat, record, speaking(chat)));
      for (const reply of replies) encodePayload(reply);
      if (replies[0]?.type !== "refused") {
        taken += 1;
        pool[prng.below(pool.length + 1)] = record.command;
      }
      if (at % lookEvery === lookEvery - 1) copies[1] = lookAt(copies, known);
    }
    copies[1] = lookAt(copies, known);
  } catch (error) {
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const finding = `${words}\nlast record: ${JSON.stringify(done).slice(0, 2_000)}`;
    return { records: count, taken, finding };
  }
  return { records: count, taken, finding: null };
}

/** Everything that can be read is read, from both; the second begins anew from its snapshot. */
function lookAt([one, other]: readonly [ChatState, ChatState], known: Seen): ChatState {
  const digest = chatDigest(one);
  if (chatDigest(other) !== digest) throw new Error("two copies differ");
  readAll(one, known.texts);
  const reread = decodeSnapshot(encodeSnapshot(other));
  if (!reread.ok) throw new Error(`its own snapshot cannot be read: ${reread.message}`);
  if (chatDigest(reread.chat) !== digest) throw new Error("a snapshot holds another state");
  return reread.chat;
}

/** Listeners that encode what they are told, as a primary does for its clients. */
function speaking(chat: ChatState): ChatEvents {
  return {
    mail: (account, seq) => void encodeLetter(chat, account, seq),
    isOpen: true,
    isTold: () => true,
    status: (_, status) => void encodePayload(status),
    unopened: (account) => {
      encodePayload({ type: "unopened", count: chat.mailboxOf(account).unopened });
    },
    groupNote: (_, note) => void encodePayload(note),
    sessionEnded: (_, end) => void encodePayload(end),
  };
}

function encodeLetter(chat: ChatState, account: AccountId, seq: number): void {
  const letter = chat.letterAt(account, seq);
  if (letter !== null) encodePayload(letter);
}

function envelope(prng: Prng, chat: ChatState, known: Seen): Omit<DecodedRecord, "command"> {
  const client = prng.chance(0.45) ? serverClientId : asClientId(prng.pick(known.clients));
  const passedUs = prng.chance(0.05) ? prng.pick([1e12, 1e14]) : 1 + prng.below(100_000);
  const atUs = Math.min(Number.MAX_SAFE_INTEGER - 1_000_000, chat.atUs + passedUs);
  return { ballot: asBallot(64), op: asOp(chat.op + 1), atUs: Math.floor(atUs), client };
}

/** As it comes out of a record's frame: what does not fit one is drawn again. */
function anyCommand(prng: Prng, pool: readonly Command[], known: Seen): Command {
  for (;;) {
    const message: Message =
      pool.length > 0 && prng.chance(0.4)
        ? mutated(prng, whole(prng, prng.pick(pool), known), known)
        : anyMessage(prng, prng.pick(commandTypes), known);
    const payload = payloadOf(message);
    if (payload === null) continue;
    const decoded = decodePayload(opcodeOf(message.type), payload);
    // What is drawn of commands' types decodes to a command, or not at all.
    if (decoded.ok) return decoded.message as Command;
  }
}

/** Histories of tests name only what their commands need. */
function whole(prng: Prng, command: Command, known: Seen): Message {
  return { ...anyMessage(prng, command.type, known), ...command } as Message;
}

function payloadOf(message: Message): string | null {
  try {
    const payload = encodePayload(message);
    return payload.length > framePayloadBytesMax - 128 ? null : payload;
  } catch {
    // Only its length is asserted there.
    return null;
  }
}

function seenIn(records: readonly DecodedRecord[]): Seen {
  const clients = new Set<string>([serverClientId, "0".repeat(31) + "1"]);
  const names = "alice Bob ALICE carol dave2 #team #TEAM2 team2 #lobby lobby alice2 alice3".split(
    " ",
  );
  const texts = new Set<string>([...names, "x".repeat(50)]);
  for (const { client, command } of records) {
    clients.add(client);
    if ("request" in command) texts.add(`${client}-${command.request}`);
    if ("request" in command) texts.add(`${client}.${command.request}`);
  }
  const numbers = Array.from({ length: 40 }, (_, number) => number);
  const hexes = names.map((name) => Buffer.from(name.toLowerCase().padEnd(8, ".")).toString("hex"));
  return { clients: [...clients], texts: [...texts].slice(0, 300), numbers, hexes };
}
