// What is shown of what became of one's own messages: with the message itself where its recipient's
// client says at once that it has come, on a line of its own later, and of whatever else nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asClientId } from "../../src/base/ids.ts";
import type { ChatClient } from "../../src/client/api.ts";
import type { Sealer } from "../../src/client/sealing/sealer.ts";
import { Sending } from "../../src/client/sending.ts";
import { makeSimClock } from "../support/simClock.ts";

const own = asClientId("01".repeat(16));
const another = asClientId("02".repeat(16));

type Settle = Parameters<Sealer["send"]>[2];

interface World {
  readonly sending: Sending;
  /** `kind status text`, of what was shown. */
  readonly shown: string[];
  readonly become: (status: string, client?: typeof own) => void;
}

/** Alice has sent bob, who is on, a message under request 7; that is confirmed. */
function given(): World {
  const shown: string[] = [];
  const view = { client: own, name: "alice" };
  let settle: Settle | null = null;
  const sending = new Sending({
    // Nothing else of these is looked at.
    client: { view: () => view } as unknown as ChatClient,
    sealer: { send: (_to: unknown, _text: string, done: Settle) => void (settle = done) } as never,
    clock: makeSimClock().forProcess(),
    show: (shows) => {
      const { status, text } = shows as { readonly status?: string; readonly text?: string | null };
      shown.push(`${shows.kind} ${status} ${text}`);
    },
    showRefusal: () => assert.fail("nothing is refused"),
    changed: () => undefined,
  });
  void sending.send({ to: "bob" } as never, "hello", "send");
  const sent = { type: "sent", request: 7, op: 9, to: "bob", atMs: 1, online: true, copies: 3 };
  (settle as Settle | null)?.({ ok: true, request: 7, replies: [sent] } as never);
  const become = (status: string, client = own): void => {
    sending.takeStatus({ type: "status", client, request: 7, to: "bob", status } as never);
  };
  return { sending, shown, become };
}

test("a message that arrives at once is shown as delivered, and that is not said again", () => {
  const { sending, shown, become } = given();
  assert.deepEqual([shown, sending.pending.size], [[], 1]);
  become("delivered");
  assert.deepEqual([shown, sending.pending.size], [["sent delivered hello"], 0]);
});

test("that it was read is said beside that, even where that comes first", () => {
  const { shown, become } = given();
  become("read");
  assert.deepEqual(shown, ["sent delivered hello", "status read hello"]);
});

test("what another terminal has sent under the same number is not taken for one's own", () => {
  const { sending, shown, become } = given();
  become("delivered", another);
  assert.deepEqual([shown, sending.pending.size], [["status delivered null"], 1]);
});

test("of a state that this program does not know nothing is shown", () => {
  const { sending, shown, become } = given();
  become("framed");
  assert.deepEqual([shown, sending.pending.size], [[], 1]);
});
