// The whole state as bytes, and its digest. Canonical: equal states give equal bytes on every
// server, whatever path led there. Chunks are bounded, and no string ever holds the whole. The
// state must not change while it is being written.

import type { ServerId } from "../base/ids.ts";
import { intervalsPerLine } from "../base/limits.ts";
import { digestOf } from "../wire/checksum.ts";
import type { Account, Tombstone } from "./accounts.ts";
import type { ClientRecord } from "./clients.ts";
import { groupMarkByte } from "./groupLine.ts";
import type { LetterPlace } from "./letterLine.ts";
import { goneFromRecipient, goneFromSender, openedByRecipient } from "./letterLine.ts";
import { PlaceReader, shortClientId } from "./letterLine.ts";
import { openedFlag, removedFlag } from "./mailbox.ts";
import type { Origin } from "./origin.ts";
import { snapshotVersion, writeLine } from "./snapshotLines.ts";
import { groupLetterLine, groupLines } from "./snapshotGroups.ts";
import { keyLines } from "./snapshotKeys.ts";
import { talkLines } from "./snapshotTalk.ts";
import { ChunkWriter } from "./snapshotWriter.ts";
import type { ChatState } from "./state.ts";

/** SHA-256 of the snapshot, as hexadecimal digits. */
export function chatDigest(chat: ChatState): string {
  return digestOf(encodeSnapshot(chat));
}

export function* encodeSnapshot(chat: ChatState): Iterable<Buffer> {
  const out = new ChunkWriter();
  const { op, atUs, servedUs } = chat;
  const { lastId } = chat.accounts;
  const header = { version: snapshotVersion, op, atUs, servedUs, lastId };
  out.line(writeLine("replichat-chat", header));
  for (const [server, left] of sortedUnmerged(chat)) out.line(writeLine("u", { server, left }));
  const twins = [...chat.twins].sort(([one], [other]) => (one < other ? -1 : 1));
  for (const [lost, kept] of twins) out.line(writeLine("s", { lost, kept }));
  const graves = new Graves(chat, out);
  // Live accounts lie in the order of their ids: ids only rise.
  for (const account of chat.accounts.live()) {
    graves.writeThrough(account.id);
    writeAccount(chat, account, out);
    if (out.hasFull()) yield* out.takeFull();
  }
  graves.writeThrough(Infinity);
  for (const line of groupLines(chat)) {
    out.line(line);
    if (out.hasFull()) yield* out.takeFull();
  }
  for (const client of sortedClients(chat)) {
    writeClient(client, out);
    if (out.hasFull()) yield* out.takeFull();
  }
  for (const slab of chat.letters.usedSlabs()) {
    writeLetters(chat, slab, out);
    if (out.hasFull()) yield* out.takeFull();
  }
  out.line(writeLine("z", { lines: out.lines }));
  yield* out.takeAll();
}

function sortedUnmerged(chat: ChatState): readonly (readonly [ServerId, number])[] {
  return [...chat.unmerged].sort(([one], [other]) => one - other);
}

/** Tombstones, by their ids, between the accounts. */
class Graves {
  readonly #chat: ChatState;
  readonly #out: ChunkWriter;
  readonly #sorted: readonly Tombstone[];
  #next = 0;

  constructor(chat: ChatState, out: ChunkWriter) {
    this.#chat = chat;
    this.#out = out;
    this.#sorted = [...chat.accounts.buried()].sort((one, other) => one.id - other.id);
  }

  writeThrough(id: number): void {
    for (; this.#next < this.#sorted.length; this.#next += 1) {
      const buried = this.#sorted[this.#next] as Tombstone;
      if (buried.id > id) return;
      writeOrigin(this.#chat, buried.origin, this.#out);
      this.#out.put("t", buried);
    }
  }
}

function writeAccount(chat: ChatState, account: Account, out: ChunkWriter): void {
  writeOrigin(chat, account.origin, out);
  const { id, name, lastSeenMs, mailbox, formerName } = account;
  const { last, delivered } = mailbox;
  const { salt, cost, blockSize, parallelism, storedKey, serverKey } = account.verifier;
  // Named one by one: to spread the verifier would cost more than the rest of the line.
  out.put("a", {
    id,
    name,
    salt,
    cost,
    blockSize,
    parallelism,
    storedKey,
    serverKey,
    lastSeenMs,
    last,
    delivered,
  });
  if (formerName !== "") out.put("n", { name: formerName });
  const seqs = mailbox.aheadPositions();
  for (let from = 0; from < seqs.length; from += intervalsPerLine) {
    out.put("d", { seqs: seqs.slice(from, from + intervalsPerLine) });
  }
  for (const line of talkLines(account)) out.line(line);
  for (const line of keyLines(account)) out.line(line);
}

function writeOrigin(chat: ChatState, { client, request }: Origin, out: ChunkWriter): void {
  if (request === 0) return;
  const shortId = chat.clients.get(client)?.shortId ?? shortClientId(client);
  out.put("o", { client: shortId, request });
}

function sortedClients(chat: ChatState): readonly ClientRecord[] {
  return [...chat.clients.all()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function writeClient(record: ClientRecord, out: ChunkWriter): void {
  const { id, owner, tokenHash, idleSinceUs, assumed } = record;
  out.put("c", { client: id, account: owner ?? 0, tokenHash, idleSinceUs });
  if (assumed > 0) out.put("f", { assumed });
  for (const pairs of record.executed.pairs(intervalsPerLine)) out.put("e", { pairs });
  if (record.refused.length > 0) out.put("x", { requests: record.refused });
  for (const reply of record.replies.all()) out.putReply(reply);
}

/**
 * The slab's lines but for those of letters that nobody has any more, with what became of them:
 * that is written into the slab, where it counts for nobody else, so that whole stretches of lines
 * are copied at once.
 */
function writeLetters(chat: ChatState, slab: Buffer, out: ChunkWriter): void {
  let stretch = 0;
  for (let start = 0; start < slab.length;) {
    const end = slab.indexOf(0x0a, start) + 1;
    const isToGroup = slab[start] === groupMarkByte;
    const fate = isToGroup ? null : fateOf(chat, place.readInSlab(slab, start));
    if (fate === null) {
      out.bytes(slab, stretch, start);
      stretch = end;
      const line = isToGroup ? groupLetterLine(chat, slab.latin1Slice(start, end - 1)) : null;
      if (line !== null) out.line(line);
    } else {
      slab[start] = 0x30 + fate;
      out.lines += 1;
    }
    start = end;
  }
  out.bytes(slab, stretch, slab.length);
}

/** Of one letter after the other. */
const place = new PlaceReader();

/** Null when the letter is in no mailbox. */
function fateOf(chat: ChatState, { from, to, seqFrom, seqTo }: LetterPlace): number | null {
  const forSender = chat.accounts.get(from)?.mailbox.flagsAt(seqFrom) ?? removedFlag;
  if (from === to) return forSender === removedFlag ? null : 0;
  const forRecipient = chat.accounts.get(to)?.mailbox.flagsAt(seqTo) ?? removedFlag;
  let fate = 0;
  if (forRecipient === openedFlag) fate += openedByRecipient;
  if (forRecipient === removedFlag) fate += goneFromRecipient;
  if (forSender === removedFlag) fate += goneFromSender;
  return fate === goneFromRecipient + goneFromSender ? null : fate;
}
