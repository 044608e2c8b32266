// A server says that it can confirm nothing: the user is told once, whoever repeats it, and once
// when it is over, which a server says or shows. The session core alone, without a server.

import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { asBallot, asClientId, asServerId } from "../../src/base/ids.ts";
import { makeSession, step } from "../../src/client/session.ts";
import type { SessionInput } from "../../src/client/sessionTypes.ts";
import type { Message } from "../../src/wire/messages.ts";
import { makeSimEntropy } from "../support/simProcess.ts";

const words = { type: "notice", code: "stands-still", message: "One is missing." } as const;
const over = { type: "notice", code: "goes-on", message: "as another release says it" } as const;
const pong = { type: "pong", query: 1 } as const;
const goesOn = "goes-on Messages are being confirmed again.";

class Terminal {
  readonly told: string[] = [];
  readonly state = makeSession({
    hostCount: 3,
    client: asClientId("0123456789abcdef0123456789abcdef"),
    entropy: makeSimEntropy(1),
    nowMs: 0,
  });

  constructor() {
    this.take({ kind: "start" });
    this.come();
  }

  take(input: SessionInput): void {
    for (const effect of step(this.state, input, 0)) {
      if (effect.kind !== "event" || effect.event.kind !== "notice") continue;
      this.told.push(`${effect.event.code} ${effect.event.message}`);
    }
  }

  hear(...messages: Message[]): void {
    for (const message of messages) this.take({ kind: "message", message });
  }

  /** Welcomed by a server. */
  come(): void {
    this.take({ kind: "connected" });
    const server = asServerId(0);
    const welcome = { type: "welcome", version: 1, server, ballot: asBallot(64) } as const;
    this.hear({ ...welcome, verified: true, nonce: "00" });
  }
}

test("what is repeated is told once, and other words anew", () => {
  const terminal = new Terminal();
  terminal.hear(words, words, { ...words, message: "Two are missing." });
  deepEqual(terminal.told, ["stands-still One is missing.", "stands-still Two are missing."]);
});

test("it is over when a server says so, or answers what only one can that confirms", () => {
  for (const end of [over, pong]) {
    const terminal = new Terminal();
    terminal.hear(end);
    deepEqual(terminal.told.splice(0), []);
    terminal.hear(words, end);
    equal(terminal.told.length, 2);
    terminal.hear(over, pong);
    deepEqual(terminal.told, ["stands-still One is missing.", goesOn]);
  }
});

test("who said so and refuses to be connected to is not there; its word counts anew", () => {
  const terminal = new Terminal();
  terminal.hear(words);
  terminal.take({ kind: "closed" });
  equal(terminal.state.standstill?.isThere, true);
  const { host } = terminal.state.failover;
  terminal.take({ kind: "connectFailed", failure: "refused" });
  equal(terminal.state.standstill?.isThere, true, `host ${host} has said nothing`);
  terminal.state.failover.host = terminal.state.standstill?.host ?? 0;
  terminal.take({ kind: "connectFailed", failure: "refused" });
  equal(terminal.state.standstill?.isThere, false);
  terminal.state.phase = "connecting";
  terminal.come();
  terminal.hear(words);
  equal(terminal.told.length, 2);
});
