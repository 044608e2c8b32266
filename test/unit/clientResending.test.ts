// What is asked again right behind a resumption, and what waits until that is judged: servers take
// no large frame from a connection that has proven nothing yet. The server is played by the test.

import assert from "node:assert/strict";
import { test } from "node:test";
import { faultsInARowMax, frameAfterResumePayloadBytesMax } from "../../src/base/limits.ts";
import { connectTo, loggedInScript, only, type Script } from "../support/sessionScript.ts";
import { textTo } from "../support/sessionScript.ts";

const large = "x".repeat(frameAfterResumePayloadBytesMax);

/** Requests 2, 3 and 4, of which the second is large; then the server dies. */
function given(): Script {
  const script = loggedInScript();
  script.put({ kind: "request", ticket: 1, draft: textTo("bob", "one") });
  script.put({ kind: "request", ticket: 2, draft: textTo("#all", large) });
  script.put({ kind: "request", ticket: 3, draft: textTo("#all", "three") });
  script.put({ kind: "request", ticket: 4, draft: { type: "mark", mark: "read", seqs: [1] } });
  script.sent();
  script.put({ kind: "closed" });
  connectTo(script, 1);
  return script;
}

function numbers(script: Script): readonly number[] {
  return script.sent().flatMap((message) => ("request" in message ? [message.request] : []));
}

test("a large message waits until the session is proven, and what was sent behind it waits too", () => {
  const script = given();
  const sent = script.sent();
  const { query } = only(sent, "resume");
  assert.equal(only(sent, "send").request, 2);
  script.say({ type: "resumed", query, name: "alice", unopened: 0, from: 0 });
  assert.deepEqual(numbers(script), [3, 4, 5], "all the rest, in their order");
});

test("whatever waited at one server waits at the next", () => {
  const script = given();
  const { query } = only(script.sent(), "resume");
  script.say({ type: "resumed", query, name: "alice", unopened: 0, from: 0 });
  script.sent();
  script.put({ kind: "closed" });
  connectTo(script, 2);
  const again = script.sent();
  assert.equal(only(again, "send").request, 2, "the same after each death");
});

test("who was asleep time and again has asked nothing that servers object to", () => {
  const script = loggedInScript();
  script.put({ kind: "request", ticket: 1, draft: textTo("bob", "one") });
  for (let nap = 1; nap <= faultsInARowMax; nap += 1) {
    script.say({ type: "error", code: "silent", message: "Nothing was heard for 8 seconds." });
    script.pass(300);
    script.sent();
    connectTo(script, 0);
  }
  assert.deepEqual(script.outcomes(1), []);
  assert.equal(only(script.sent(), "send").request, 2, "it is asked again each time");
});
