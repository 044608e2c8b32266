// A server that must not be talked to ends the client: it says why, connects to nobody any more,
// answers what was asked, and keeps the messages that nobody has confirmed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { distrustOf } from "../../src/client/distrust.ts";
import { keepMessages } from "../../src/client/kept.ts";
import { unsentCount } from "../../src/client/session.ts";
import { loggedInScript, Script, textTo } from "../support/sessionScript.ts";
import { simHosts } from "../support/simHosts.ts";

const why = { code: "certificate-changed", message: "It has another key." } as const;

test("it says why, and connects to nobody any more", () => {
  const script = new Script();
  script.put({ kind: "start" });
  script.put({ kind: "query", ticket: 1, draft: { type: "cluster" } });
  script.put({ kind: "distrusted", ...why });
  assert.deepEqual(script.events.at(-1), { kind: "stopped", ...why });
  const [outcome] = script.outcomes(1);
  assert.ok(outcome !== undefined && !outcome.ok);
  assert.equal(outcome.code, why.code);
  const before = script.connects.length;
  script.pass(60_000);
  assert.equal(script.connects.length, before);
});

test("messages that nobody has confirmed can still be kept, under their numbers", () => {
  const script = loggedInScript();
  script.put({ kind: "request", ticket: 1, draft: textTo("bob") });
  script.put({ kind: "closed" });
  script.put({ kind: "request", ticket: 2, draft: textTo("carol") });
  script.put({ kind: "distrusted", ...why });
  assert.equal(unsentCount(script.state), 2);
  const kept = keepMessages(script.state);
  assert.deepEqual(
    kept.messages.map(({ draft }) => draft.to),
    ["bob", "carol"],
  );
  assert.equal(script.outcomes(1).length + script.outcomes(2).length, 0);
  script.put({ kind: "stop" });
  assert.equal(script.outcomes(1).length + script.outcomes(2).length, 2, "told when it ends");
});

test("a server that speaks TLS alone is heard, in its own words, by a client that does not", () => {
  const script = new Script();
  script.put({ kind: "start" });
  script.put({ kind: "connected" });
  script.say({ type: "error", code: "only-tls", message: "Start the client with --tls." });
  assert.deepEqual(script.events.at(-1), {
    kind: "stopped",
    code: "only-tls",
    message: "Start the client with --tls.",
  });
});

test("what was lost on the way is tried again, and says nothing about who is there", () => {
  const [host] = simHosts(1);
  assert.ok(host !== undefined);
  for (const failure of ["refused", "unreachable", "tls-failed"] as const) {
    assert.equal(distrustOf(host, failure, "lost"), null);
  }
  const place = `${host.host}:${host.clientPort}`;
  const said = distrustOf(host, "no-tls", "what came is not TLS");
  assert.ok(said?.message.startsWith(`${place} speaks no TLS; nothing was sent to it.`));
  const refused = distrustOf(host, "certificate-refused", "It has expired.");
  assert.ok(refused?.message.startsWith(`${place} is not trusted. It has expired.`));
});
