// The whole state as bytes, and its digest. Canonical: equal states give equal bytes on every
// server, whatever path led there. Chunks are bounded, and no string ever holds the whole. The
// state must not change while it is being written.

import type { ServerId } from "../base/ids.ts";
import { snapshotChunkBytes } from "../base/imageLimits.ts";
import { intervalsPerLine } from "../base/limits.ts";
import { digestOf } from "../wire/checksum.ts";
import { encodePayload, opcodeOf } from "../wire/codec.ts";
import type { Tombstone } from "./accounts.ts";
import type { ClientRecord } from "./clients.ts";
import { groupMarkByte } from "./groupLine.ts";
import type { LetterPlace } from "./letterLine.ts";
import { goneFromRecipient, goneFromSender, openedByRecipient } from "./letterLine.ts";
import { PlaceReader, shortClientId } from "./letterLine.ts";
import type { Mailbox } from "./mailbox.ts";
import { openedFlag, removedFlag } from "./mailbox.ts";
import type { Origin } from "./origin.ts";
import { snapshotVersion, writeLine } from "./snapshotLines.ts";
import { groupLetterLine, groupLines } from "./snapshotGroups.ts";
import { keyLines } from "./snapshotKeys.ts";
import { talkLines } from "./snapshotTalk.ts";
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
  for (const line of accountLines(chat)) {
    out.line(line);
    if (out.hasFull()) yield* out.takeFull();
  }
  for (const line of groupLines(chat)) {
    out.line(line);
    if (out.hasFull()) yield* out.takeFull();
  }
  for (const client of sortedClients(chat)) {
    for (const line of clientLines(client)) out.line(line);
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

function* accountLines(chat: ChatState): Iterable<string> {
  const graves = [...chat.accounts.buried()].sort((one, other) => one.id - other.id);
  let grave = 0;
  const linesBefore = function* (id: number): Iterable<string> {
    for (; grave < graves.length; grave += 1) {
      const buried = graves[grave] as Tombstone;
      if (buried.id > id) return;
      yield* originLine(buried.origin);
      yield writeLine("t", buried);
    }
  };
  // Live accounts lie in the order of their ids: ids only rise.
  for (const account of chat.accounts.live()) {
    yield* linesBefore(account.id);
    yield* originLine(account.origin);
    const { id, name, lastSeenMs, mailbox, formerName } = account;
    const { last, delivered } = mailbox;
    yield writeLine("a", { id, name, lastSeenMs, last, delivered, ...account.verifier });
    if (formerName !== "") yield writeLine("n", { name: formerName });
    yield* aheadLines(mailbox);
    yield* talkLines(account);
    yield* keyLines(account);
  }
  yield* linesBefore(Infinity);
}

function* originLine(origin: Origin): Iterable<string> {
  const { client, request } = origin;
  if (request > 0) yield writeLine("o", { client: shortClientId(client), request });
}

function* aheadLines(mailbox: Mailbox): Iterable<string> {
  const seqs = mailbox.aheadPositions();
  for (let from = 0; from < seqs.length; from += intervalsPerLine) {
    yield writeLine("d", { seqs: seqs.slice(from, from + intervalsPerLine) });
  }
}

function sortedClients(chat: ChatState): readonly ClientRecord[] {
  return [...chat.clients.all()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function* clientLines(record: ClientRecord): Iterable<string> {
  const { id, account, tokenHash, idleSinceUs, assumed } = record;
  yield writeLine("c", { client: id, account: account?.id ?? 0, tokenHash, idleSinceUs });
  if (assumed > 0) yield writeLine("f", { assumed });
  for (const pairs of record.executed.pairs(intervalsPerLine)) yield writeLine("e", { pairs });
  if (record.refused.length > 0) yield writeLine("x", { requests: record.refused });
  for (const reply of record.replies.all()) {
    yield writeLine("r", { opcode: opcodeOf(reply.type), payload: encodePayload(reply) });
  }
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

/** What the writer before has left, if nobody writes just now. */
let spare: Buffer | null = null;

function newChunk(): Buffer {
  return Buffer.allocUnsafeSlow(snapshotChunkBytes);
}

/** Cuts what is written into chunks of one size, the last one shorter. */
class ChunkWriter {
  lines = 0;
  private chunk = spare?.length === snapshotChunkBytes ? spare : newChunk();
  private used = 0;
  private full: Buffer[] = [];

  constructor() {
    spare = null;
  }

  line(line: string): void {
    this.lines += 1;
    if (this.used + line.length < snapshotChunkBytes) {
      this.used += this.chunk.latin1Write(line, this.used);
      return;
    }
    const bytes = Buffer.from(line, "latin1");
    this.bytes(bytes, 0, bytes.length);
  }

  bytes(source: Buffer, start: number, end: number): void {
    for (let at = start; at < end;) {
      const copied = source.copy(this.chunk, this.used, at, end);
      at += copied;
      this.used += copied;
      this.cut();
    }
  }

  hasFull(): boolean {
    return this.full.length > 0;
  }

  takeFull(): readonly Buffer[] {
    const taken = this.full;
    this.full = [];
    return taken;
  }

  /** Nothing is written any more: the last chunk, mostly a short one, is used again. */
  takeAll(): readonly Buffer[] {
    const last = Buffer.from(this.chunk.subarray(0, this.used));
    spare = this.chunk;
    return [...this.takeFull(), last];
  }

  private cut(): void {
    if (this.used < snapshotChunkBytes) return;
    this.full.push(this.chunk);
    this.chunk = newChunk();
    this.used = 0;
  }
}
