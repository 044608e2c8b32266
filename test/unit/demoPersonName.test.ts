// What the person at the demo is called: a name that he would expect and the chat would take, and
// never the bot's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkName } from "../../src/base/text.ts";
import { namesFor } from "../../src/demo/personName.ts";

test("the person at the demo is called as the system calls him, in letters and digits", () => {
  for (const [systemName, name] of [
    ["ada", "ada"],
    ["Grace.Hopper-2", "GraceHopper2"],
    ["日本", "guest"],
    ["", "guest"],
    ["Bot", "guest"],
    ["bot", "guest"],
    ["x".repeat(300), "x".repeat(49)],
  ] as const) {
    const names = namesFor(systemName);
    assert.equal(names[0], name);
    assert.equal(new Set(names).size, names.length);
    for (const one of names) assert.equal(checkName(one), null, one);
  }
});

test("where somebody has that name, the next one is tried", () => {
  assert.deepEqual(namesFor("ada").slice(0, 3), ["ada", "ada2", "ada3"]);
});
