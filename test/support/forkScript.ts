// Two branches of one history, told in the language of chatScript: what stood before the fork, what
// each side did then, and the merge of the losing side into the winning one, as servers do it.

import { applyRecord } from "../../src/chat/apply.ts";
import { takeOrphan } from "../../src/chat/orphanedOps.ts";
import { encodeSnapshot } from "../../src/chat/snapshot.ts";
import { decodeSnapshot } from "../../src/chat/snapshotRead.ts";
import type { ChatState } from "../../src/chat/state.ts";
import { serverClientId } from "../../src/base/ids.ts";
import { assert } from "../../src/base/assert.ts";
import type { MergeCommand } from "../../src/wire/messages.ts";
import { type Bare, ChatScript, keyOf, quietEvents } from "./chatScript.ts";

/** A copy of the state, by way of its bytes. */
export function copyOf(chat: ChatState): ChatState {
  const decoded = decodeSnapshot(encodeSnapshot(chat));
  assert(decoded.ok, "a snapshot reads back");
  return decoded.chat;
}

export class Fork {
  readonly winner: ChatScript;
  readonly loser: ChatScript;
  readonly #before: ChatScript;

  constructor(before: ChatScript) {
    this.#before = before;
    this.winner = branchOf(before);
    this.loser = branchOf(before);
    this.winner.skipRequests(100);
  }

  /** What the loser's records behind the fork become; what lies behind `confirmed` was not. */
  readonly orphans = (confirmed = Infinity): MergeCommand[] => {
    const shadow = copyOf(this.#before.chat);
    return this.loser.records
      .filter(({ op }) => op > this.#before.chat.op)
      .flatMap((record) => takeOrphan(shadow, record, record.op <= confirmed));
  };

  readonly merge = (commands: readonly MergeCommand[] = this.orphans()): void => {
    for (const command of commands) this.winner.apply(serverClientId, command);
  };
}

/** alice (client 1, with these drafts) and bob (client 2) are on; each side begins there. */
export function forked(drafts: readonly string[] = []): Fork {
  const before = new ChatScript();
  before.register(1, "alice");
  before.register(2, "bob");
  before.send(1, "bob", "before");
  before.acknowledge(2, 1);
  for (const body of drafts) {
    before.do(1, { type: "draftPut", draft: 0, to: "bob", format: "p", body });
  }
  return new Fork(before);
}

/** What a mailbox holds, and whether it came late. */
export function lettersOf(script: ChatScript, name: string): (readonly [string, boolean])[] {
  const range = { after: 0, count: 1_000, unopened: false };
  const { letters } = script.chat.list(script.account(name), range);
  return letters.map(({ letter }) => [`${letter.from}: ${letter.body}`, letter.late] as const);
}

/** A login, bare. */
export function sessionOf(name: string): Extract<Bare, { readonly type: "startSession" }> {
  return { type: "startSession", name, storedKey: keyOf(name), tokenHash: keyOf("anew") };
}

function branchOf(before: ChatScript): ChatScript {
  const branch = new ChatScript();
  for (const record of before.records) {
    applyRecord(branch.chat, record, quietEvents);
    branch.follow(record);
  }
  return branch;
}
