// What a merge means by a name, where several go by one: letters that one request made, and things
// of a client that was forgotten and counts its requests anew. The answer follows from the state
// alone: whoever begins anew from a snapshot, amid a merge, comes to the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clientRecordKeptMs, servedStepMs } from "../../src/base/limits.ts";
import { present } from "../../src/base/assert.ts";
import { serverClientId } from "../../src/base/ids.ts";
import { applyRecord } from "../../src/chat/apply.ts";
import { chatDigest } from "../../src/chat/snapshot.ts";
import type { MergeCommand } from "../../src/wire/messages.ts";
import {
  type ChatScript,
  clientNumber,
  codeOf,
  quietEvents,
  registration,
} from "../support/chatScript.ts";
import { copyOf, Fork, sessionOf } from "../support/forkScript.ts";
import { change, people } from "../support/groupScript.ts";

/** alice (1) owns #a, #b and #c, and bob (2) is in them; carol (3) is not. */
function forkedHeir(): Fork {
  const before = people(["alice", "bob", "carol"]);
  for (const group of ["#a", "#b", "#c"]) {
    change(before, 1, "create", group);
    change(before, 1, "add", group, "bob");
  }
  before.acknowledge(2, 3);
  before.mark(2, "read", 1, 2, 3);
  return new Fork(before);
}

/** What stands in a mailbox, and whether it was read. */
function letters(script: ChatScript, name: string): string[] {
  const range = { after: 0, count: 99, unopened: false };
  const listed = script.chat.list(script.account(name), range).letters;
  return listed.map(({ letter: { body, group }, opened }) => {
    return [body, group].join(" ").trim() + (opened ? ", read" : "");
  });
}

/** One server goes on, another one begins anew before each record: both hold the same. */
function mergeOnTwo({ winner }: Fork, commands: readonly MergeCommand[]): void {
  let restored = copyOf(winner.chat);
  for (const command of commands) {
    restored = copyOf(restored);
    winner.apply(serverClientId, command);
    applyRecord(restored, present(winner.records.at(-1), "the record"), quietEvents);
    assert.equal(chatDigest(restored), chatDigest(winner.chat), command.type);
  }
}

/** Whoever has no session is not known any more: for a week time went by, and nothing else. */
function forget(script: ChatScript, client: number): void {
  for (let left = clientRecordKeptMs / servedStepMs + 1; left > 0; left -= 1) {
    script.pass(servedStepMs);
    script.do(0, { type: "expireClients", clients: left === 1 ? [clientNumber(client)] : [] });
  }
}

test("of several notices that one deletion made each is marked by itself", () => {
  const fork = forkedHeir();
  const { winner, loser } = fork;
  loser.do(1, { type: "delete", name: "alice" });
  assert.deepEqual(letters(loser, "bob").slice(3), ["owner #a", "owner #b", "owner #c"]);
  loser.mark(2, "read", 5);
  loser.mark(2, "removed", 6);
  loser.acknowledge(2, 5);
  mergeOnTwo(fork, fork.orphans());
  assert.deepEqual(letters(winner, "bob").slice(3), ["owner #a", "owner #b, read"]);
  assert.equal(winner.chat.accounts.named("bob")?.mailbox.unread, 0);
});

test("so are those that stood there before the fork, however often the merge comes", () => {
  const { winner: before } = forkedHeir();
  before.do(1, { type: "delete", name: "alice" });
  const fork = new Fork(before);
  fork.loser.mark(2, "removed", 4);
  fork.loser.mark(2, "removed", 6);
  fork.loser.acknowledge(2, 4);
  mergeOnTwo(fork, [...fork.orphans(), ...fork.orphans()]);
  assert.deepEqual(letters(fork.winner, "bob").slice(3), ["owner #b"]);
  assert.equal(fork.winner.chat.accounts.named("bob")?.mailbox.unread, 1);
});

test("a file from before the groups were said marks the newest, wherever a server has begun", () => {
  const { winner: before } = forkedHeir();
  before.do(1, { type: "delete", name: "alice" });
  const fork = new Fork(before);
  fork.loser.mark(2, "removed", 6);
  fork.loser.mark(2, "removed", 1);
  fork.loser.mark(2, "removed", 5);
  const older = fork.orphans().map((command) => {
    if (command.type !== "mergeMarks") return command;
    const words = command.letters.map((word) => word.split(".").slice(0, 2).join("."));
    return { ...command, letters: words };
  });
  mergeOnTwo(fork, older);
  assert.deepEqual(letters(fork.winner, "bob"), ["added #b, read", "added #c, read", "owner #a"]);
});

/** carol (3) comes back after more than a week, and her first requests are others than before. */
function comeAnew(script: ChatScript): void {
  script.do(3, { type: "logout" });
  forget(script, 3);
  script.do(3, { ...sessionOf("carol"), request: 1 });
}

test("of two letters of one name the newest in the mailbox is meant, whatever was asked", () => {
  const before = people(["alice", "bob", "carol"]);
  const send = { type: "send", to: "bob", format: "p", request: 2 } as const;
  before.send(1, "bob", "first");
  before.do(3, { ...send, body: "long ago" });
  before.send(1, "bob", "between");
  comeAnew(before);
  before.do(3, { ...send, body: "anew" });
  const fork = new Fork(before);
  fork.loser.mark(2, "read", 1);
  fork.loser.mark(2, "removed", 4);
  mergeOnTwo(fork, fork.orphans());
  assert.deepEqual(letters(fork.winner, "bob"), ["first, read", "long ago", "between"]);
});

/** #a and #b, both of carol's, whose client has counted anew between them. */
function twoGroupsOfOneOrigin(): Fork {
  const before = people(["alice", "bob", "carol"]);
  const create = { type: "groupChange", change: "create", member: "", request: 2 } as const;
  before.do(3, { ...create, group: "#a" });
  comeAnew(before);
  before.do(3, { ...create, group: "#b" });
  return new Fork(before);
}

test("of two groups of one origin a message reaches the one that it was for", () => {
  const fork = twoGroupsOfOneOrigin();
  fork.loser.do(3, { type: "send", to: "#a", format: "p", body: "hello", request: 3 });
  fork.loser.do(3, { type: "send", to: "#b", format: "p", body: "hi", request: 4 });
  mergeOnTwo(fork, fork.orphans());
  assert.deepEqual(letters(fork.winner, "carol"), ["hello #a, read", "hi #b, read"]);
});

test("the first of two groups of one origin is still known when the other one is gone", () => {
  const fork = twoGroupsOfOneOrigin();
  // Under an id that is another branch's: the origin alone tells.
  fork.loser.do(3, { type: "send", to: "#a", format: "p", body: "hello", request: 3 });
  const [send] = fork.orphans();
  assert.equal(send?.type, "mergeSend");
  change(fork.winner, 3, "leave", "#b");
  mergeOnTwo(fork, [{ ...send, recipient: 99 }]);
  assert.deepEqual(letters(fork.winner, "carol"), ["hello #a, read"]);
});

test("of two accounts of one origin the newest that is known is meant, on every server", () => {
  const before = people(["alice", "bob", "carol"]);
  before.do(3, { type: "logout" });
  forget(before, 3);
  before.do(3, { ...registration("dave"), request: 1 });
  const fork = new Fork(before);
  fork.loser.send(1, "dave", "hello");
  fork.loser.send(1, "dave", "again");
  // Under an id that is another branch's: the origin alone tells.
  const [first, second] = fork.orphans().map((command) => ({ ...command, recipient: 99 }));
  mergeOnTwo(fork, [present(first, "a send")]);
  assert.deepEqual(letters(fork.winner, "dave"), ["hello"]);
  fork.winner.do(3, { type: "delete", name: "dave" });
  mergeOnTwo(fork, [present(second, "a send")]);
  assert.deepEqual(letters(fork.winner, "alice"), ["hello, read", "again, read"]);
  assert.deepEqual(letters(fork.winner, "carol"), []);
});

test("an account that left no trace takes nobody else's origin away", () => {
  const before = people(["alice", "bob"]);
  before.register(3, "carol");
  before.send(3, "bob", "to leave a trace");
  before.do(3, { type: "delete", name: "carol" });
  forget(before, 3);
  const fork = new Fork(before);
  const find = (): number | null => {
    const origin = { client: clientNumber(3), request: 1 };
    return fork.winner.chat.accounts.find({ id: 99, origin });
  };
  assert.equal(find(), 3);
  fork.winner.do(3, { ...registration("dave"), request: 1 });
  assert.equal(find(), 4);
  fork.winner.do(3, { type: "delete", name: "dave" });
  assert.equal(find(), 3);
});

test("two who are one here are not blocked by each other", () => {
  const before = people(["alice", "bob", "carol"]);
  const fork = new Fork(before);
  fork.loser.do(3, { type: "block", name: "bob", on: true });
  const commands = fork.orphans().map((command) => {
    if (command.type !== "mergeBlock") return command;
    const { account: other, accountClient: otherClient, accountRequest: otherRequest } = command;
    return { ...command, other, otherClient, otherRequest };
  });
  assert.equal(commands.length, 1);
  fork.loser.send(3, "carol", "a note to herself");
  mergeOnTwo(fork, [...commands, ...fork.orphans().slice(1)]);
  assert.deepEqual(letters(fork.winner, "carol"), ["a note to herself, read"]);
  assert.equal(codeOf(fork.winner.send(3, "bob", "hello")), "sent");
  assert.equal(chatDigest(copyOf(fork.winner.chat)), chatDigest(fork.winner.chat));
});
