// One client's connection: what is known of it, what it is to be sent, and how far into its mailbox
// it has been pushed. All that one turn has for it leaves in one socket write; letters are pushed
// only as fast as they are taken, and whoever lets replies pile up is dropped.

import { hostOf } from "../base/hosts.ts";
import type { AccountId, ClientId } from "../base/ids.ts";
import { askBurstMs, askMsPerSecond, statusesPerTurnMax } from "../base/doubtLimits.ts";
import { pushLooksFree, pushLooksMax } from "../base/doubtLimits.ts";
import { resumeBurstMs, resumeMsPerSecond } from "../base/doubtLimits.ts";
import {
  frameBeforeLoginPayloadBytesMax,
  frameBytesMax,
  pushWindowBytes,
  requestPayloadBytesMax,
} from "../base/limits.ts";
import { requestBurst, requestsPerSecond, unreadOutputBytesMax } from "../base/limits.ts";
import type { Chat } from "../chat/contract.ts";
import { shortClientId } from "../chat/letterLine.ts";
import type { Clock, Link } from "../ports.ts";
import type { FrameHandler, FrameReader } from "../wire/frameReader.ts";
import { makeFrameReader } from "../wire/frameReader.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import type { WireRefusal } from "../wire/refusals.ts";
import { looksLikeTls } from "../wire/tlsHello.ts";
import { Outbox } from "./outbox.ts";
import { TimeBucket } from "./timeBucket.ts";
import { noTls } from "./turnAways.ts";

/** Where letters are written before they are one string: of one connection after the other. */
const scratch = Buffer.allocUnsafeSlow(2 * frameBytesMax);

/** A frame that came and cannot be decided yet. */
export interface HeldFrame {
  readonly opcode: number;
  readonly payload: string;
  readonly cameAtMs: number;
}

/** A login or registration that is on its way through the log. */
export interface PendingLogin {
  readonly request: number;
  /** Of the session that it is to begin; hexadecimal. */
  readonly tokenHash: string;
  /** Of the server, to be shown with the reply; empty for a registration. */
  readonly signature: string;
}

export class ClientConnection {
  readonly address: string;
  readonly reader: FrameReader = makeFrameReader(frameBeforeLoginPayloadBytesMax);
  readonly outbox = new Outbox();
  /** Hexadecimal; what this connection's proofs are bound to. */
  readonly nonce: string;
  readonly startedAtMs: number;
  /** Something came since somebody looked last; and something that is no ping. */
  isHeard = false;
  isBusy = false;
  /** When somebody looked and found that something had come; the same for what is no ping. */
  heardAtMs: number;
  busyAtMs: number;
  /** When somebody looked and found a frame begun that is the same one still; Infinity for none. */
  halfFrameSinceMs = Infinity;
  client: ClientId | null = null;
  /** Whose terminal this is; only what has been proven on this very connection. */
  account: AccountId | null = null;
  /** It has spoken for its client id once: replies to that id may be shown to it. */
  trusted = false;
  challenge: { readonly name: string; readonly clientNonce: string } | null = null;
  login: PendingLogin | null = null;
  /** Of a token that no session was known to have; the session may come to be. */
  tokenProof = "";
  /** Where the log ended then: what it held may be what this connection repeats. */
  logEndAtProof = 0;
  outstanding = 0;
  /** The highest request that was refused here for want of room; 0 for none. */
  refusedThrough = 0;
  /** Its own log-out or deletion is on its way. */
  leaving = false;
  held: HeldFrame[] = [];
  /** Newest mailbox position that was pushed or passed over. */
  cursor = 0;
  pushWanted = false;
  flushWanted = false;
  ended = false;
  readonly link: Link;
  /** For its questions (questions.ts spends it). */
  readonly timeToAsk = new TimeBucket({ burstMs: askBurstMs, perSecond: askMsPerSecond });
  readonly #clock: Clock;
  /** For resuming, and for being pushed much; others never wait for it. */
  readonly #time = new TimeBucket({ burstMs: resumeBurstMs, perSecond: resumeMsPerSecond });
  /** How many letters are unopened is to be told, behind all that are still to be pushed. */
  #countWanted = false;
  /** Told since the last flush. */
  #statuses = 0;
  #hasHinted = false;
  #framesBegun = 0;
  #tokens = requestBurst;
  #passThrough = 0;
  /** Its client id in short form, once it is admitted. */
  #shortId = "";
  #tokensAtMs: number;

  constructor(parts: { readonly link: Link; readonly clock: Clock; readonly nonce: string }) {
    this.link = parts.link;
    this.#clock = parts.clock;
    this.nonce = parts.nonce;
    this.address = hostOf(parts.link.remote);
    this.startedAtMs = parts.clock.nowMs();
    this.heardAtMs = this.startedAtMs;
    this.busyAtMs = this.startedAtMs;
    this.#tokensAtMs = this.startedAtMs;
  }

  /** Hands out the frames; what came is refused when it cannot be a client's. */
  read(chunk: Buffer, onFrame: FrameHandler): WireRefusal | null {
    this.isHeard = true;
    if (this.client === null && looksLikeTls(chunk)) return noTls;
    return this.reader.push(chunk, onFrame);
  }

  /** Looks, now and then, since asking the clock for every message would cost each of them. */
  look(nowMs: number): void {
    if (this.isHeard) this.heardAtMs = nowMs;
    if (this.isBusy) this.busyAtMs = nowMs;
    this.isHeard = false;
    this.isBusy = false;
    const { begun } = this.reader;
    const isSame = begun === this.#framesBegun && this.reader.waitingBytes() > 0;
    this.#framesBegun = begun;
    // Nothing is read from a connection whose frames are held.
    if (!isSame || this.held.length > 0) this.halfFrameSinceMs = Infinity;
    else if (this.halfFrameSinceMs === Infinity) this.halfFrameSinceMs = nowMs;
  }

  /** Only the first time: a hello that waits is looked at again. */
  isNewHint(): boolean {
    const isNew = !this.#hasHinted;
    this.#hasHinted = true;
    return isNew;
  }

  /** False when this connection has used up what it may ask for just now. */
  takeToken(): boolean {
    if (this.#tokens < 1) {
      const nowMs = this.#clock.nowMs();
      const earned = ((nowMs - this.#tokensAtMs) * requestsPerSecond) / 1_000;
      this.#tokens = Math.min(requestBurst, this.#tokens + earned);
      this.#tokensAtMs = nowMs;
      if (this.#tokens < 1) return false;
    }
    this.#tokens -= 1;
    return true;
  }

  /** What a client does once or twice, and pays for alone; false while it has no time for it. */
  doOnOwnTime(work: () => void): boolean {
    const fromMs = this.#clock.nowMs();
    if (!this.#time.hasTime(fromMs)) return false;
    work();
    this.#time.spend(this.#clock.nowMs() - fromMs);
    return true;
  }

  /** False when others make more to tell than the other end takes. */
  takeStatus(): boolean {
    if (this.#statuses >= statusesPerTurnMax) return false;
    if (this.link.unsentBytes() > pushWindowBytes) return false;
    this.#statuses += 1;
    return true;
  }

  unsentBytes(): number {
    return this.outbox.waitingBytes() + this.link.unsentBytes();
  }

  /** From now on it speaks for the account, and gets what is behind `cursor`. */
  admit(account: AccountId, cursor: number): void {
    this.account = account;
    this.#shortId = this.client === null ? "" : shortClientId(this.client);
    this.cursor = cursor;
    this.#passThrough = 0;
    this.trusted = true;
    this.leaving = false;
    this.wantCount();
    this.reader.setPayloadBytesMax(requestPayloadBytesMax);
  }

  /** Letters through here that are delivered already are not pushed. */
  passDeliveredThrough(seq: number): void {
    this.#passThrough = seq;
  }

  /** Its own send came last, there; it need not be read if all before it has been pushed. */
  passOver(seq: number): void {
    if (this.cursor !== seq - 1) return;
    this.cursor = seq;
    this.pushWanted = this.#countWanted;
  }

  /** The other end counts what is pushed, and cannot know what was opened elsewhere meanwhile. */
  wantCount(): void {
    this.#countWanted = true;
    this.pushWanted = true;
  }

  /**
   * Letters behind the cursor, while the other end takes them and the turn is not too long; true
   * when there is nothing left. Many of them are paid for: who has been pushed his whole mailbox
   * resumes the later.
   */
  pushLetters(chat: Chat): boolean {
    const { account } = this;
    if (account === null) return true;
    const { last, unopened: count } = chat.mailboxOf(account);
    const through = Math.min(last, this.cursor + pushLooksMax);
    const isFree = through - this.cursor <= pushLooksFree;
    const fromMs = isFree ? 0 : this.#clock.nowMs();
    this.#pushThrough(chat, account, through);
    if (!isFree) this.#time.spend(this.#clock.nowMs() - fromMs);
    if (this.cursor < last) return false;
    if (this.#countWanted) this.outbox.add({ type: "unopened", count });
    this.#countWanted = false;
    return true;
  }

  #pushThrough(chat: Chat, account: AccountId, through: number): void {
    let room = pushWindowBytes - this.unsentBytes();
    let end = 0;
    while (this.cursor < through && room > 0) {
      this.cursor += 1;
      if (this.cursor <= this.#passThrough && chat.isDelivered(account, this.cursor)) continue;
      const next = chat.writeLetter(scratch, end, account, this.cursor, this.#shortId);
      if (next < 0) {
        end = this.#addScratch(end);
        room -= this.#addLetter(chat.letterAt(account, this.cursor));
        continue;
      }
      room -= next - end;
      end = next > frameBytesMax ? this.#addScratch(next) : next;
    }
    this.#addScratch(end);
  }

  /** What has been written of letters; it can be written over. */
  #addScratch(end: number): 0 {
    if (end > 0) this.outbox.addText(scratch.latin1Slice(0, end));
    return 0;
  }

  /** Returns how many bytes it takes. */
  #addLetter(letter: MessageOf<"message"> | null): number {
    if (letter === null || isEcho(letter, this.client)) return 0;
    const before = this.outbox.waitingBytes();
    this.outbox.add(letter);
    return this.outbox.waitingBytes() - before;
  }

  /** One socket write; false when the other end has let too much pile up. */
  flush(): boolean {
    this.#statuses = 0;
    if (this.unsentBytes() > unreadOutputBytesMax) return false;
    const bytes = this.outbox.take();
    if (bytes !== null) this.link.send(bytes);
    return true;
  }

  /** Says what is waiting, then ends. */
  end(last?: Message): void {
    if (this.ended) return;
    if (last !== undefined) this.outbox.add(last);
    this.flush();
    this.#stop();
    this.link.end();
  }

  destroy(): void {
    this.#stop();
    this.link.destroy();
  }

  #stop(): void {
    this.ended = true;
    this.held = [];
    this.reader.stop();
    this.outbox.clear();
  }
}

/** One's own send, from this very terminal; a note to oneself is worth showing. */
function isEcho(letter: MessageOf<"message">, client: ClientId | null): boolean {
  return letter.own && letter.client === client && letter.from !== letter.to;
}
