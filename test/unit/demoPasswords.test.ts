// The demo's passwords: the same in the same folder, others in another, and the person's one that
// can be typed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { refusePassword } from "../../src/client/commands.ts";
import { passwordsFrom } from "../../src/demo/passwords.ts";

test("the demo's passwords follow from the folder's secret, and the chat takes them", () => {
  const one = passwordsFrom("a secret of some folder");
  assert.deepEqual(passwordsFrom("a secret of some folder"), one);
  const other = passwordsFrom("a secret of another");
  assert.notEqual(other.person, one.person);
  assert.notEqual(other.bot, one.bot);
  assert.match(one.person, /^[a-z2-9]{4}-[a-z2-9]{4}$/);
  for (const password of [one.person, one.bot]) assert.equal(refusePassword(password), null);
});
