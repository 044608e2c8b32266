// What a merge tells of marks, and remembers: what had happened here as well is told to nobody
// again, and what one letter stands for is remembered until nothing is left to be merged.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asServerId } from "../../src/base/ids.ts";
import { codeOf } from "../support/chatScript.ts";
import { forked } from "../support/forkScript.ts";

test("nobody is told again what had reached its recipient, or been read, on both sides", () => {
  const { winner, loser, ...fork } = forked();
  for (const side of [loser, winner]) {
    side.do(1, { type: "send", to: "bob", format: "p", body: "on both", request: 7 });
    side.acknowledge(2, 2);
    side.mark(2, "read", 2);
  }
  winner.takeTold();
  fork.merge();
  assert.deepEqual(
    winner.takeTold().filter((line) => !line.startsWith("mail")),
    [],
  );
});

test("that one letter stands for two is remembered until the last server has merged all it held", () => {
  const { winner, loser, ...fork } = forked(["sent twice"]);
  for (const side of [loser, winner]) {
    const [draft] = side.chat.drafts(side.account("alice"), 0);
    const version = draft?.version ?? 0;
    const sent = { type: "draftSend", draft: 1, version, to: "bob", format: "p" } as const;
    assert.equal(codeOf(side.do(1, { ...sent, body: "sent twice" })), "sent");
  }
  fork.merge();
  const remembered = (server: number, left: number): number => {
    const about = { stream: "", through: 0 };
    fork.merge([{ type: "orphans", server: asServerId(server), ...about, left }]);
    return winner.chat.twins.size;
  };
  assert.deepEqual([remembered(1, 3), remembered(2, 5), remembered(1, 0)], [1, 1, 1]);
  assert.equal(remembered(2, 0), 0);
});
