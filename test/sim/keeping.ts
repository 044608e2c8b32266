// Whether histories are bounded as they should be, in runs with `--keep N`: each record that lets
// letters go is looked at where it is applied, and the state at the end. Its own words for the
// rule: of each conversation the newest N letters stay; behind them goes what is read or one's own,
// and nothing else. It trusts that servers hold the same after the same records.

import { present } from "../../src/base/assert.ts";
import type { Account } from "../../src/chat/accounts.ts";
import type { ChatState } from "../../src/chat/state.ts";
import * as applier from "../../src/server/applier.ts";
import { unescapeText } from "../../src/wire/fields.ts";
import type { LoggedRecord } from "../../src/wire/batch.ts";
import type { MessageOf } from "../../src/wire/messages.ts";
import { BrokenRule } from "../support/historyChecker.ts";
import { textOf } from "./sealing.ts";
import { asRegistered } from "./terminal.ts";

/** Is told of each record before it is applied; what it returns, behind it. */
type Watch = (chat: ChatState, record: LoggedRecord) => (() => void) | undefined;

interface Standing {
  readonly seq: number;
  readonly text: string;
  readonly conversation: string;
  readonly own: boolean;
  /** Or one's own. */
  readonly isRead: boolean;
}

/** Records that came too late to change anything: so many at most, and so many for each view. */
const uselessMax = 5;
const uselessPerView = 1;
/** More than there are servers: those that run are the last ones that have applied anything. */
const chatsRemembered = 8;

export class Keeping {
  readonly #keep: number;
  readonly #broken: (message: string) => void;
  /** Each record once, however many servers apply it; and whether anything went by it. */
  readonly #records = new Map<string, boolean>();
  readonly #letGo = new Set<string>();
  /** The same, by whose they were, of what they wrote themselves. */
  readonly #ownLetGo = new Map<string, string[]>();
  /** What people removed themselves, by mailbox and conversation: no bound counted on that. */
  readonly #removed = new Map<string, number[]>();
  #areRemovalsMerged = false;
  /** The last to apply anything comes last. */
  readonly #chats = new Set<ChatState>();

  constructor(keep: number, broken: (message: string) => void) {
    this.#keep = keep;
    this.#broken = broken;
    watchRecords(keep === 0 ? null : (chat, record) => this.#look(chat, record));
  }

  /** Out of this person's mailbox, on some branch. */
  hasLetGo(name: string, text: string): boolean {
    return this.#letGo.has(`${name} ${text}`);
  }

  /** What one wrote to oneself goes although no terminal has shown it. */
  ownLetGo(name: string): readonly string[] {
    return this.#ownLetGo.get(name) ?? [];
  }

  /** When all servers have applied all through this op, some time ago. */
  judge({ op, views }: { readonly op: number; readonly views: number }): void {
    if (this.#keep === 0) return;
    const useless = [...this.#records.values()].filter((wasOfUse) => !wasOfUse).length;
    if (useless > uselessMax + uselessPerView * views) {
      throw new BrokenRule(`${useless} records of ${this.#records.size} let nothing go`);
    }
    const chat = present(
      [...this.#chats].findLast((one) => one.op === op),
      "the state in the end",
    );
    for (let id = 1; id <= chat.accounts.lastId; id += 1) {
      const owner = chat.accounts.get(id);
      if (owner === undefined) continue;
      const [stays] = this.#beyond(newestFirst(chat, owner), new Set(), () => 0);
      if (stays === undefined) continue;
      throw new BrokenRule(`"${stays.text}" of ${owner.name} is read and old, and was not let go`);
    }
  }

  #look(chat: ChatState, record: LoggedRecord): (() => void) | undefined {
    this.#chats.delete(chat);
    this.#chats.add(chat);
    if (this.#chats.size > chatsRemembered) this.#chats.delete(present([...this.#chats][0], "one"));
    const { command } = record;
    if (command.type === "trim") return this.#lookAtTrim(chat, record, command);
    if (command.type === "mergeMarks" && command.mark === "removed") this.#areRemovalsMerged = true;
    if (command.type === "mark" && command.mark === "removed") {
      const owner = chat.clients.get(record.client)?.account ?? null;
      if (owner !== null) this.#noteRemoved(chat, owner, command.seqs);
    }
    return undefined;
  }

  #noteRemoved(chat: ChatState, owner: Account, seqs: readonly number[]): void {
    for (const seq of seqs) {
      if (!owner.mailbox.has(seq)) continue;
      const key = `${owner.id} ${standingAt(chat, owner, seq).conversation}`;
      const known = this.#removed.get(key);
      if (known === undefined) this.#removed.set(key, [seq]);
      else known.push(seq);
    }
  }

  #lookAtTrim(
    chat: ChatState,
    { op, atUs }: LoggedRecord,
    { account, seqs }: MessageOf<"trim">,
  ): (() => void) | undefined {
    const key = `${op} ${atUs} ${account} ${seqs.join()}`;
    if (this.#records.has(key)) return undefined;
    const named = new Set(seqs);
    const owner = chat.accounts.get(account);
    const letters = owner === undefined ? [] : newestFirst(chat, owner);
    const found = letters.filter(({ seq }) => named.has(seq));
    const going = found.filter(({ isRead }) => isRead);
    this.#records.set(key, going.length > 0);
    if (owner === undefined) return undefined;
    const right = new Set(this.#beyond(letters, named, (letter) => this.#newerOnce(owner, letter)));
    for (const letter of going) {
      if (right.has(letter)) this.#noteLetGo(asRegistered(owner.name), letter);
      else this.#broken(`op ${op} lets "${letter.text}" of ${owner.name} go, which is too new`);
    }
    return () => {
      for (const { seq, text, isRead } of found) {
        if (owner.mailbox.has(seq) !== isRead) continue;
        const words = isRead ? "stays at" : "is unread, and has gone from";
        this.#broken(`op ${op}: "${text}" ${words} ${owner.name}`);
      }
    };
  }

  #noteLetGo(name: string, { text, own }: Standing): void {
    this.#letGo.add(`${name} ${text}`);
    if (own) this.#ownLetGo.set(name, [...(this.#ownLetGo.get(name) ?? []), text]);
  }

  /** What is read, and has as many newer ones of its conversation before it that stay. */
  #beyond(
    letters: readonly Standing[],
    named: ReadonlySet<number>,
    besides: (letter: Standing) => number,
  ): Standing[] {
    const newer = new Map<string, number>();
    return letters.filter((letter) => {
      const { conversation, seq, isRead } = letter;
      const count = newer.get(conversation) ?? 0;
      if (!isRead || !named.has(seq)) newer.set(conversation, count + 1);
      return isRead && count + besides(letter) >= this.#keep;
    });
  }

  /** Newer ones that were removed since, perhaps, the list was made. */
  #newerOnce({ id }: Account, { conversation, seq }: Standing): number {
    if (this.#areRemovalsMerged) return this.#keep;
    const removed = this.#removed.get(`${id} ${conversation}`) ?? [];
    return removed.filter((one) => one > seq).length;
  }
}

/** Only a build for the simulator lets them be watched. */
function watchRecords(watch: Watch | null): void {
  const { watchForSimulation } = applier as unknown as {
    readonly watchForSimulation?: (watch: Watch | null) => void;
  };
  watchForSimulation?.(watch);
}

function newestFirst(chat: ChatState, owner: Account): Standing[] {
  const letters: Standing[] = [];
  for (let seq = owner.mailbox.last; seq > 0; seq -= 1) {
    if (owner.mailbox.has(seq)) letters.push(standingAt(chat, owner, seq));
  }
  return letters;
}

function standingAt(chat: ChatState, owner: Account, seq: number): Standing {
  const { mailbox } = owner;
  const [mark, from, to] = chat.letters.lineAt(mailbox.addressAt(seq)).split("|", 3);
  const { own, format, body } = chat.read(owner, seq);
  const isOpened = chat.list(owner.id, { after: seq - 1, count: 1, unopened: false }).letters[0];
  return {
    seq,
    text: textOf(format, unescapeText(body) ?? body),
    own,
    conversation: mark === "8" ? `#${to}` : own ? `${to}` : `${from}`,
    isRead: own || (isOpened?.opened === true && mailbox.isDelivered(seq)),
  };
}
