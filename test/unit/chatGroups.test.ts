// Groups on the servers: who is in, who may do what, one stored body however many read it, and what
// becomes of all that in a snapshot.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chatDigest, encodeSnapshot } from "../../src/chat/snapshot.ts";
import { decodeSnapshot } from "../../src/chat/snapshotRead.ts";
import { ChatScript, codeOf, replyOf } from "../support/chatScript.ts";
import { copyOf } from "../support/forkScript.ts";
import { change, members, people, team } from "../support/groupScript.ts";

const names = ["alice", "bob", "carol", "dave"];

/** What a mailbox holds, in words. */
function mail(script: ChatScript, who: string): string[] {
  const range = { after: 0, count: 5_000, unopened: false };
  const { letters } = script.chat.list(script.account(who), range);
  return letters.map(({ letter: { from, to, group, body, format } }) => {
    return format === "e" ? `${from} ${body} ${to} ${group}` : `${from} in ${group}: ${body}`;
  });
}

test("a message to a group reaches its members, each once and in order, and nobody else", () => {
  const script = team(names);
  assert.equal(replyOf(script.send(1, "#TEAM", "one"), "sent").to, "#team");
  script.send(2, "#team", "two");
  assert.deepEqual(mail(script, "bob").slice(1), ["alice in #team: one", "bob in #team: two"]);
  assert.deepEqual(mail(script, "alice").slice(1), ["alice in #team: one", "bob in #team: two"]);
  assert.deepEqual(mail(script, "carol"), []);
  assert.equal(codeOf(script.send(3, "#team", "let me in")), "not-a-member");
  assert.equal(codeOf(script.send(3, "#nowhere", "hello?")), "no-such-group");
});

test("whoever is added later sees what comes from then on; who is removed, nothing more", () => {
  const script = team(names);
  script.send(1, "#team", "before carol");
  change(script, 2, "add", "#team", "carol");
  script.send(1, "#team", "with carol");
  change(script, 1, "remove", "#team", "carol");
  script.send(1, "#team", "after carol");
  assert.deepEqual(mail(script, "carol"), [
    "bob added carol #team",
    "alice in #team: with carol",
    "alice removed carol #team",
  ]);
  assert.equal(codeOf(script.send(3, "#team", "still there?")), "not-a-member");
  const ask = { with: "#team", before: 0, count: 9 };
  assert.equal(script.chat.history(script.account("carol"), ask).entries.length, 3);
});

test("any member adds, only the owner removes, and nobody outside is told who is in", () => {
  const script = team(names);
  assert.equal(codeOf(change(script, 3, "add", "#team", "dave")), "not-a-member");
  assert.equal(codeOf(change(script, 2, "add", "#team", "carol")), "grouped");
  assert.equal(codeOf(change(script, 2, "remove", "#team", "carol")), "not-the-owner");
  assert.equal(codeOf(change(script, 3, "remove", "#team", "alice")), "not-the-owner");
  assert.equal(codeOf(change(script, 1, "remove", "#team", "carol")), "grouped");
  assert.deepEqual(members(script, "bob"), ["alice", "alice", "bob"]);
  assert.equal(members(script, "carol"), null);
});

test("when the owner leaves, who has been in longest owns the group, and is told", () => {
  const script = team(names);
  change(script, 1, "add", "#team", "carol");
  change(script, 1, "leave", "#team");
  assert.deepEqual(members(script, "carol"), ["bob", "bob", "carol"]);
  assert.deepEqual(mail(script, "bob").at(-1), "alice owner bob #team");
  assert.equal(codeOf(change(script, 2, "remove", "#team", "carol")), "grouped");
});

test("a group is gone with its last member, its name is free, its messages keep it", () => {
  const script = team(names);
  script.send(2, "#team", "last words");
  change(script, 1, "leave", "#team");
  change(script, 2, "leave", "#team");
  assert.equal(codeOf(script.send(1, "#team", "anybody?")), "no-such-group");
  assert.ok(mail(script, "bob").includes("bob in #team (gone): last words"));
  assert.equal(codeOf(change(script, 3, "create", "#Team")), "grouped");
  assert.deepEqual(members(script, "carol"), ["carol", "carol"], "and inherits nobody");
  const ask = { with: "#team", before: 0, count: 9 };
  assert.equal(script.chat.history(script.account("carol"), ask).entries.length, 0);
  change(script, 3, "add", "#Team", "bob");
  const former = script.chat.history(script.account("bob"), { ...ask, with: "#team (gone)" });
  const words = former.entries.map(({ letter }) => letter.body);
  assert.ok(words.includes("last words"), words.join());
});

test("what makes no sense is refused in words", () => {
  const script = team(names);
  const refusals: readonly (readonly [number, string, string, string, string])[] = [
    [2, "create", "#TEAM", "", "name-taken"],
    [2, "create", "lobby", "", "name-taken"],
    [2, "create", "#no good", "", "bad-name"],
    [2, "add", "#team", "alice", "already-a-member"],
    [2, "add", "#team", "nobody", "no-such-user"],
    [1, "remove", "#team", "carol", "no-such-member"],
    [1, "remove", "#team", "alice", "leave-instead"],
    [3, "leave", "#team", "", "not-a-member"],
    [3, "join", "#team", "", "not-open"],
    [3, "leave", "#nowhere", "", "no-such-group"],
    [1, "rename", "#team", "", "bad-change"],
    [1, "add", "#lobby", "bob", "lobby-is-open"],
    [9, "leave", "#team", "", "outcome-unknown"],
  ];
  const before = chatDigestWithoutClients(script);
  for (const [client, kind, group, member, code] of refusals) {
    assert.equal(codeOf(change(script, client, kind, group, member)), code, `${kind} ${group}`);
  }
  assert.equal(chatDigestWithoutClients(script), before, "nothing was changed");
});

function chatDigestWithoutClients(script: ChatScript): string {
  const text = Buffer.concat([...encodeSnapshot(script.chat)]).toString("latin1");
  return text
    .split("\n")
    .filter((line) => /^[gjyqt0-9]/.test(line))
    .join("\n");
}

test("the lobby is open to all, and nobody's: whoever writes there is in it", () => {
  const script = people(names);
  assert.equal(codeOf(script.send(1, "#lobby", "first")), "sent");
  assert.equal(codeOf(change(script, 2, "join", "lobby")), "grouped");
  assert.equal(codeOf(change(script, 2, "join", "lobby")), "already-a-member");
  script.send(3, "#lobby", "second");
  assert.deepEqual(members(script, "dave", "#lobby"), ["", "alice", "bob", "carol"]);
  assert.deepEqual(mail(script, "bob"), ["carol in #lobby: second"]);
  for (const client of [1, 2, 3]) change(script, client, "leave", "#lobby");
  assert.deepEqual(members(script, "dave", "#lobby"), [""]);
  assert.equal(codeOf(script.send(4, "#lobby", "alone")), "sent");
});

test("a deleted account is out of its groups, and hands on what it owned", () => {
  const script = team(names);
  script.send(1, "#team", "farewell");
  script.do(1, { type: "delete", name: "alice" });
  assert.deepEqual(members(script, "bob"), ["bob", "bob"]);
  assert.deepEqual(mail(script, "bob").slice(-2), [
    "alice (deleted) in #team: farewell",
    "alice (deleted) owner bob #team",
  ]);
  script.register(5, "alice");
  assert.equal(members(script, "alice"), null, "a name registered anew inherits no membership");
  script.do(2, { type: "delete", name: "bob" });
  const copy = copyOf(script.chat);
  assert.equal(chatDigest(copy), chatDigest(script.chat));
});

test("the others who are on are told of changes at once", () => {
  const script = team(names);
  change(script, 1, "add", "#team", "carol");
  script.takeTold();
  change(script, 1, "add", "#team", "dave");
  change(script, 4, "leave", "#team");
  assert.deepEqual(
    script.takeTold().filter((line) => line.startsWith("note")),
    [
      "note 2 alice added dave #team",
      "note 3 alice added dave #team",
      "note 1 dave left dave #team",
      "note 2 dave left dave #team",
      "note 3 dave left dave #team",
    ],
  );
});

test("nobody is told who of a group has read a message", () => {
  const script = team(names);
  script.send(1, "#team", "hello");
  script.takeTold();
  script.acknowledge(2, 2);
  script.mark(2, "read", 1, 2);
  assert.ok(!script.takeTold().some((line) => line.startsWith("status")));
});

test("marks on a group's messages are each member's own, and all of it stands in a snapshot", () => {
  const script = team(names);
  change(script, 1, "add", "#team", "carol");
  script.send(1, "#team", "one");
  script.send(2, "#team", "two");
  script.send(1, "#lobby", "aside");
  script.mark(2, "read", 2);
  script.mark(3, "removed", 2, 3);
  script.mark(1, "removed", 3);
  change(script, 3, "leave", "#team");
  const copy = copyOf(script.chat);
  assert.equal(chatDigest(copy), chatDigest(script.chat));
  const seen = (chat: ChatScript["chat"]): unknown =>
    names.map((name) => {
      const account = script.account(name);
      const range = { after: 0, count: 99, unopened: false };
      return [chat.list(account, range), chat.mailboxOf(account), chat.groupsOf(account)];
    });
  assert.deepEqual(seen(copy), seen(script.chat));
  script.chat = copy;
  script.send(2, "#team", "three");
  assert.equal(mail(script, "alice").at(-1), "bob in #team: three");
  assert.deepEqual(mail(script, "carol"), ["alice added carol #team"]);
});

test("a group's letter that nobody has any more is gone from the bytes", () => {
  const script = team(names);
  script.send(1, "#team", "secret");
  script.mark(1, "removed", 2);
  const textOf = (): string => Buffer.concat([...encodeSnapshot(script.chat)]).toString("latin1");
  assert.match(textOf(), /secret/);
  script.mark(2, "removed", 2);
  assert.doesNotMatch(textOf(), /secret/);
});

test("damaged lines of groups are refused, never thrown at", () => {
  const script = team(names);
  change(script, 1, "create", "#gone");
  script.send(1, "#gone", "x");
  change(script, 1, "leave", "#gone");
  script.send(1, "#team", "one");
  const text = Buffer.concat([...encodeSnapshot(script.chat)]).toString("latin1");
  const read = (damaged: string): boolean => decodeSnapshot([Buffer.from(damaged, "latin1")]).ok;
  assert.ok(read(text));
  const wrongs: readonly (readonly [RegExp, string])[] = [
    [/^(8\|1\|)2\|/m, "$17|"],
    [/^8\|1\|/m, "8|7|"],
    [/^(8.*\|)1\.(\d)o/m, "$11.99o"],
    [/^(8\|1\|2\|)2\./m, "$17."],
    [/^(8\|1\|2\|\d\.\d)a/m, "$1x"],
    [/^j\|1\|/m, "j|7|"],
    [/^(j\|1\|).*$/m, "$1"],
    [/^g\|2\|team/m, "g|2|te am"],
    [/^g\|2\|/m, "g|9|"],
    [/^q\|3$/m, "q|1"],
  ];
  for (const [what, instead] of wrongs) {
    assert.match(text, what);
    assert.ok(!read(text.replace(what, instead)), String(what));
  }
});
