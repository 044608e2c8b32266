// Bytes of a snapshot back to the state. Any bytes either decode or are refused in words; nothing
// throws. Whether they are the right bytes is told by the digest beside them, which others check.

import type { AccountId, ClientId } from "../base/ids.ts";
import { snapshotLineBytesMax } from "../base/limits.ts";
import { detached } from "../base/text.ts";
import { decodePayload } from "../wire/codec.ts";
import type { Message } from "../wire/messages.ts";
import type { ClientRecord } from "./clients.ts";
import { noteRefused } from "./clients.ts";
import type { Reply } from "./contract.ts";
import { groupMarkByte } from "./groupLine.ts";
import { AccountReader } from "./snapshotAccounts.ts";
import { beginsLetter, LetterReader } from "./snapshotLetters.ts";
import type { LineKind } from "./snapshotLines.ts";
import { kindOf, readLine, snapshotVersion, stages } from "./snapshotLines.ts";
import { GroupReader, readGroupLetter } from "./snapshotGroups.ts";
import { ChatState } from "./state.ts";

export interface SnapshotRefusal {
  readonly ok: false;
  readonly code: "snapshot-newer" | "snapshot-damaged";
  readonly message: string;
}

export type DecodedSnapshot = { readonly ok: true; readonly chat: ChatState } | SnapshotRefusal;

export function decodeSnapshot(chunks: Iterable<Buffer>): DecodedSnapshot {
  const decoder = new SnapshotDecoder();
  for (const chunk of chunks) {
    const refusal = decoder.take(chunk);
    if (refusal !== null) return refusal;
  }
  return decoder.finish();
}

/** Takes a snapshot chunk by chunk: a turn costs what its chunk does, however large the state. */
export class SnapshotDecoder {
  readonly #reader = new SnapshotReader();
  /** Of a line that goes on in the next chunk. */
  #rest: Buffer | null = null;

  /** A refusal ends the reading. */
  take(chunk: Buffer): SnapshotRefusal | null {
    let start = 0;
    if (this.#rest !== null) {
      // Alone, so that the chunk is not copied.
      const end = chunk.indexOf(newline) + 1;
      const line = Buffer.concat([this.#rest, end === 0 ? chunk : chunk.subarray(0, end)]);
      if (line.length > snapshotLineBytesMax) return this.#reader.damaged("is too long");
      this.#rest = end === 0 ? line : null;
      if (end === 0) return null;
      const refusal = this.#reader.takeLines(line, { start: 0, end: line.length });
      if (refusal !== null) return refusal;
      start = end;
    }
    const end = Math.max(start, chunk.lastIndexOf(newline) + 1);
    const refusal = this.#reader.takeLines(chunk, { start, end });
    if (refusal !== null) return refusal;
    const restBytes = chunk.length - end;
    if (restBytes > snapshotLineBytesMax) return this.#reader.damaged("is too long");
    // A copy, so that the chunk may be used for something else.
    if (restBytes > 0) this.#rest = Buffer.from(chunk.subarray(end));
    return null;
  }

  finish(): DecodedSnapshot {
    const reader = this.#reader;
    if (this.#rest !== null || !reader.ended) return reader.damaged("is cut short");
    reader.chat.clients.orderIdle();
    return { ok: true, chat: reader.chat };
  }
}

const newline = 0x0a;

class SnapshotReader {
  readonly chat = new ChatState();
  ended = false;
  private lineCount = 0;
  private stage = 0;
  private twinBefore = "";
  private clientBefore = "";
  private client: ClientRecord | null = null;
  private readonly accounts = new AccountReader(this.chat);
  private readonly groups = new GroupReader(this.chat);
  private readonly letters = new LetterReader(this.chat);

  /** Whole lines, each with its line feed; null when they were taken. */
  takeLines(
    bytes: Buffer,
    { start, end }: { readonly start: number; readonly end: number },
  ): SnapshotRefusal | null {
    for (let at = start; at < end;) {
      if (beginsLetter(bytes, at) && this.lineCount > 0 && !this.ended) {
        this.stage = stages.letter;
        at = this.letters.take(bytes, at, end);
        this.lineCount += this.letters.count;
        if (at === 0) return this.damaged("is not valid");
        continue;
      }
      const lineEnd = bytes.indexOf(newline, at);
      if (bytes[at] === groupMarkByte && this.lineCount > 0 && !this.ended) {
        this.stage = stages.letter;
        const line = bytes.latin1Slice(at, lineEnd);
        if (!readGroupLetter(this.chat, line)) return this.damaged("is not valid");
        this.lineCount += 1;
        at = lineEnd + 1;
        continue;
      }
      const refusal = this.take(bytes.latin1Slice(at, lineEnd));
      if (refusal !== null) return refusal;
      at = lineEnd + 1;
    }
    return null;
  }

  /** One line without its line feed; null when it was taken. */
  private take(line: string): SnapshotRefusal | null {
    const kind = kindOf(line);
    if (kind === null || this.ended) return this.damaged("is of no known kind");
    if ((this.lineCount === 0) !== (kind === "replichat-chat")) return this.damaged("is no header");
    if (kind === "replichat-chat") {
      const newer = newerVersion(line);
      if (newer !== null) return newer;
    }
    const stage = stages[kind];
    if (stage < this.stage) return this.damaged("stands in the wrong place");
    this.stage = stage;
    if (!this.read(kind, line)) return this.damaged("is not valid");
    this.lineCount += 1;
    return null;
  }

  damaged(what: string): SnapshotRefusal {
    const message =
      `The snapshot is damaged: its line ${this.lineCount + 1} ${what}. ` +
      "Take another copy of the state.";
    return { ok: false, code: "snapshot-damaged", message };
  }

  private read(kind: LineKind, line: string): boolean {
    switch (kind) {
      case "replichat-chat":
        return this.readHeader(line);
      case "u":
        return this.readUnmerged(line);
      case "s":
        return this.readTwin(line);
      case "o":
      case "a":
      case "n":
      case "d":
      case "p":
      case "w":
      case "v":
      case "b":
      case "k":
      case "h":
      case "m":
      case "t":
        return this.accounts.take(kind, line);
      case "q":
      case "g":
      case "j":
      case "i":
      case "l":
      case "y":
        return this.groups.take(kind, line);
      case "c":
        return this.readClient(line);
      case "f":
        return this.readAssumed(line);
      case "e":
        return this.readExecuted(line);
      case "x":
        return this.readRefused(line);
      case "r":
        return this.readReply(line);
      case "z":
        this.ended = readLine("z", line)?.lines === this.lineCount;
        return this.ended;
    }
  }

  private readHeader(line: string): boolean {
    const header = readLine("replichat-chat", line);
    if (header === null) return false;
    this.chat.op = header.op;
    this.chat.atUs = header.atUs;
    this.chat.servedUs = header.servedUs;
    this.chat.accounts.lastId = header.lastId;
    return true;
  }

  private readUnmerged(line: string): boolean {
    const fields = readLine("u", line);
    if (fields === null || fields.left === 0) return false;
    for (const server of this.chat.unmerged.keys()) if (server >= fields.server) return false;
    this.chat.unmerged.set(fields.server, fields.left);
    return true;
  }

  private readTwin(line: string): boolean {
    const { lost, kept } = readLine("s", line) ?? { lost: "", kept: "" };
    const { twins } = this.chat;
    if (lost <= this.twinBefore || kept === "") return false;
    this.twinBefore = detached(lost);
    twins.set(this.twinBefore, detached(kept));
    return true;
  }

  private readClient(line: string): boolean {
    const fields = readLine("c", line);
    if (fields === null || fields.client <= this.clientBefore) return false;
    if (this.accounts.hasOriginOpen()) return false;
    this.clientBefore = fields.client;
    this.client = this.chat.clients.put(detached(fields.client) as ClientId, fields.idleSinceUs);
    if (fields.tokenHash === "") {
      this.client.owner = fields.account === 0 ? null : (fields.account as AccountId);
      return true;
    }
    const account = this.chat.accounts.get(fields.account);
    if (account === undefined || fields.idleSinceUs !== 0) return false;
    this.chat.clients.startSession(this.client, account, fields.tokenHash);
    return true;
  }

  private readAssumed(line: string): boolean {
    const fields = readLine("f", line);
    if (fields === null || this.client === null || this.client.assumed > 0) return false;
    this.client.assumed = fields.assumed;
    return fields.assumed > 0;
  }

  private readExecuted(line: string): boolean {
    const pairs = readLine("e", line)?.pairs;
    if (pairs === undefined || this.client === null || pairs.length % 2 !== 0) return false;
    for (let at = 0; at < pairs.length; at += 2) {
      const range = { first: pairs[at] as number, last: pairs[at + 1] as number };
      if (!this.client.executed.addRangeAtEnd(range)) return false;
    }
    return true;
  }

  private readRefused(line: string): boolean {
    const requests = readLine("x", line)?.requests ?? [];
    for (const request of requests) if (this.client !== null) noteRefused(this.client, request);
    return requests.length > 0 && this.client?.refused.length === requests.length;
  }

  private readReply(line: string): boolean {
    const fields = readLine("r", line);
    if (fields === null || this.client === null) return false;
    const decoded = decodePayload(fields.opcode, fields.payload);
    if (!decoded.ok || !isReply(decoded.message)) return false;
    const kept = this.client.replies.all();
    if ((kept[kept.length - 1]?.request ?? 0) >= decoded.message.request) return false;
    this.client.replies.add(decoded.message);
    return true;
  }
}

function newerVersion(line: string): SnapshotRefusal | null {
  const version = Number(line.split("|")[1]);
  if (!Number.isSafeInteger(version) || version <= snapshotVersion) return null;
  const message =
    `The snapshot has format ${version}; this version reads up to ${snapshotVersion}. ` +
    "Update the program on this machine.";
  return { ok: false, code: "snapshot-newer", message };
}

const replyTypes = new Set<string>([
  "refused",
  "registered",
  "loggedIn",
  "sent",
  "loggedOut",
  "deleted",
  "acknowledged",
  "marked",
  "drafted",
  "grouped",
  "blocked",
  "passwordChanged",
  "keysKept",
] satisfies readonly Reply["type"][]);

function isReply(message: Message): message is Reply {
  return replyTypes.has(message.type);
}
