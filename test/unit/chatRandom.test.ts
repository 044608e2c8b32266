// What must hold of every history, shown on random ones. A failure names the seed that repeats it;
// a seed that ever failed joins the fixed list.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccountId } from "../../src/base/ids.ts";
import { applyRecord } from "../../src/chat/apply.ts";
import type { Reply } from "../../src/chat/contract.ts";
import { chatDigest, encodeSnapshot } from "../../src/chat/snapshot.ts";
import { decodeSnapshot } from "../../src/chat/snapshotRead.ts";
import { createChat } from "../../src/chat/state.ts";
import type { ChatState } from "../../src/chat/state.ts";
import type { DecodedRecord } from "../../src/wire/batch.ts";
import { quietEvents } from "../support/chatScript.ts";
import { randomHistory } from "../support/chatStream.ts";

const seeds = Array.from({ length: 40 }, (_, index) => index + 1);
const historyRecords = 600;

function applyAll(chat: ChatState, records: readonly DecodedRecord[]): Reply[] {
  return records.map((record) => applyRecord(chat, record, quietEvents));
}

function reread(chat: ChatState): ChatState {
  const decoded = decodeSnapshot(encodeSnapshot(chat));
  assert.ok(decoded.ok, decoded.ok ? "" : decoded.message);
  return decoded.chat;
}

for (const seed of seeds) {
  test(`seed ${seed}: two servers with the same records hold the same state`, () => {
    const records = randomHistory(seed, historyRecords);
    const [one, other] = [createChat(), createChat()];
    assert.deepEqual(applyAll(one, records), applyAll(other, records));
    assert.equal(chatDigest(one), chatDigest(other));
  });

  test(`seed ${seed}: a snapshot anywhere leads to the same state and the same replies`, () => {
    const records = randomHistory(seed, historyRecords);
    const straight = createChat();
    let resumed = createChat();
    for (const [index, record] of records.entries()) {
      const reply = applyRecord(straight, record, quietEvents);
      assert.deepEqual(applyRecord(resumed, record, quietEvents), reply);
      if (index % 97 === seed % 97) {
        resumed = reread(resumed);
        assert.equal(chatDigest(resumed), chatDigest(straight));
        assert.deepEqual(seenBy(resumed), seenBy(straight));
      }
    }
    assert.equal(chatDigest(resumed), chatDigest(straight));
  });

  test(`seed ${seed}: a request executes at most once, and new mail has no gaps`, () => {
    const letters = new Set<string>();
    const last = new Map<AccountId, number>();
    const chat = createChat();
    const events = {
      ...quietEvents,
      mail: (account: AccountId, seq: number) => {
        assert.equal(seq, (last.get(account) ?? 0) + 1);
        last.set(account, seq);
        const letter = chat.letterAt(account, seq);
        const identity = `${letter?.client}-${letter?.request} in ${account}`;
        assert.ok(!letters.has(identity), identity);
        letters.add(identity);
      },
    };
    for (const record of randomHistory(seed, historyRecords)) applyRecord(chat, record, events);
    assert.ok(letters.size > 20, "the history holds letters");
  });

  test(`seed ${seed}: unread shrinks only by acknowledgement, removal or deletion`, () => {
    const chat = createChat();
    let before = new Map<AccountId, number>();
    for (const record of randomHistory(seed, historyRecords)) {
      const reply = applyRecord(chat, record, quietEvents);
      const after = unreadOf(chat);
      for (const [account, count] of before) {
        const { command } = record;
        const shrinks =
          (after.get(account) ?? 0) < count &&
          !(reply.type === "acknowledged" && command.type === "acknowledge") &&
          !(reply.type === "marked" && command.type === "mark" && command.mark === "removed") &&
          reply.type !== "deleted";
        assert.ok(!shrinks, `op ${record.op} (${command.type}) took unread from ${account}`);
      }
      before = after;
    }
  });
}

function unreadOf(chat: ChatState): Map<AccountId, number> {
  return new Map([...chat.accounts.live()].map(({ id, mailbox }) => [id, mailbox.unread]));
}

/** All that can be read of a state. */
function seenBy(chat: ChatState): unknown {
  const { names } = chat.search("*", { after: "", count: 1_000 });
  return {
    names,
    sessions: [...chat.sessions()].sort(),
    past: [...chat.clientsPastKeeping(100)].sort(),
    accounts: names.map((name) => {
      const account = chat.accountOf(name);
      if (account === null) return name;
      const all = { after: 0, count: 1_000, unopened: false };
      return {
        verifier: chat.verifierOf(name),
        mailbox: chat.mailboxOf(account),
        letters: chat.list(account, all),
        unopened: chat.list(account, { ...all, unopened: true }),
        seen: chat.lastSeenMs(account),
        drafts: chat.drafts(account, 0),
        keys: [chat.keysOf(name), chat.ownKeysOf(account)],
        groups: chat.groupsOf(account).map(({ name: group }) => {
          const all = { group, after: 0, count: 99 };
          return [chat.membersOf(account, all), chat.rosterOf(account, all)];
        }),
      };
    }),
  };
}
