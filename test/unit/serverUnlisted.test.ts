// A list of hosts that lacks somebody whom the folder's history names: the server says so and does
// not start.

import { equal, match } from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asIncarnation, asOp, asServerId } from "../../src/base/ids.ts";
import type { View } from "../../src/replica/types.ts";
import { refuseUnlisted } from "../../src/server/unlisted.ts";

const servers = (...ids: readonly number[]): ReturnType<typeof asServerId>[] => ids.map(asServerId);

function view(ballot: number, members: readonly number[]): View {
  return {
    ballot: asBallot(ballot),
    startOp: asOp(ballot),
    primary: asServerId(0),
    verified: true,
    parent: asBallot(0),
    parentActive: true,
    members: servers(...members),
    incarnations: members.map(() => asIncarnation(1)),
  };
}

test("a list that lacks anybody of the history is refused, with the list that it had", () => {
  const before = ["ada:1:2", "grace:1:2", "edsger:1:2"];
  const one = refuseUnlisted([view(64, [0, 1, 2]), view(128, [0, 1])], servers(0, 1), before) ?? "";
  match(one, /^The list of hosts lacks server 2, which took part in this folder's history/);
  match(one, /start with the whole one \(ada:1:2 grace:1:2 edsger:1:2\)\. /);
  match(refuseUnlisted([view(64, [0, 1, 2])], servers(0), []) ?? "", /lacks servers 1 and 2, /);
});

test("a longer list is as good, and a new folder misses nobody", () => {
  equal(refuseUnlisted([view(64, [0, 1, 2])], servers(0, 1, 2, 3, 4), []), null);
  equal(refuseUnlisted([], servers(0), []), null);
});
