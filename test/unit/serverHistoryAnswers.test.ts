// What is answered to who reads back a conversation with somebody whom nobody has the name of: a
// refusal when there never was such, and nothing else may look like that.

import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { historyScanLetters } from "../../src/base/limits.ts";
import { Directory } from "../../src/server/directory.ts";
import { answerOf } from "../../src/server/talkQueries.ts";
import { ChatScript } from "../support/chatScript.ts";

/** Alice got one letter from bob, who is gone, and so many behind it from herself. */
function given(after: number): ChatScript {
  const script = new ChatScript();
  for (const [at, name] of ["alice", "bob"].entries()) script.register(at + 1, name);
  script.send(2, "alice", "hello");
  script.do(2, { type: "delete", name: "bob" });
  for (let count = 0; count < after; count += 1) script.send(1, "alice", "note");
  return script;
}

/** Types of what alice is answered, and where the next question is to begin. */
function answers(script: ChatScript, partner: string, before = 0): (string | number)[] {
  const by = {
    account: script.account("alice"),
    chat: script.chat,
    directory: new Directory(() => undefined),
  };
  const ask = { type: "history", query: 1, with: partner, before, count: 10 } as const;
  return answerOf(ask, by).flatMap((answer): (string | number)[] => {
    return answer.type === "historyEnd" ? [answer.type, answer.before] : [answer.type];
  });
}

test("only a name of which nothing was ever found is refused", () => {
  const script = given(0);
  deepEqual(answers(script, "nobody"), ["queryRefused"]);
  deepEqual(answers(script, "bob"), ["entry", "historyEnd", 0]);
  deepEqual(answers(script, "bob", 1), ["historyEnd", 0], "behind the last of what there was");
});

test("somebody gone whose letters lie further back than one look reaches is not refused", () => {
  const script = given(historyScanLetters + 1);
  deepEqual(answers(script, "bob"), ["historyEnd", 3]);
  deepEqual(answers(script, "bob", 3), ["entry", "historyEnd", 0]);
});

test("an empty mailbox is read back as empty", () => {
  const script = new ChatScript();
  script.register(1, "alice");
  deepEqual(answers(script, ""), ["historyEnd", 0]);
});
