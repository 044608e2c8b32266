// How much is pushed to one connection in a turn, and who pays for being pushed much over and over:
// whoever does that waits himself, and nobody who sends meanwhile notices it.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { asAccountId } from "../../src/base/ids.ts";
import { pushLooksFree, pushLooksMax, resumeBurstMs } from "../../src/base/doubtLimits.ts";
import type { Chat } from "../../src/chat/contract.ts";
import type { Clock, Link } from "../../src/ports.ts";
import { ClientConnection } from "../../src/server/clientConnection.ts";
import { loggedIn, makeClientWorld } from "../support/clientWorld.ts";

const owner = asAccountId(1);
const costMs = 0.01;

/** A terminal of whoever has so many letters, of which it wrote all itself: none is shown to it. */
class Terminal {
  nowMs = 1_000;
  looked = 0;
  readonly connection: ClientConnection;
  readonly #chat: Chat;

  constructor(last: number) {
    const link = { remote: "10.0.0.1:1", unsentBytes: () => 0, send: () => undefined };
    this.connection = new ClientConnection({
      link: link as unknown as Link,
      clock: { nowMs: () => this.nowMs } as unknown as Clock,
      nonce: "",
    });
    const writeLetter = (_: Buffer, start: number): number => {
      this.looked += 1;
      this.nowMs += costMs;
      return start;
    };
    const chat = { mailboxOf: () => ({ last, delivered: 0, unopened: 0 }), writeLetter };
    this.#chat = chat as unknown as Chat;
    this.connection.admit(owner, 0);
  }

  push(): boolean {
    return this.connection.pushLetters(this.#chat);
  }

  resume(): boolean {
    return this.connection.doOnOwnTime(() => this.connection.admit(owner, 0));
  }
}

test("so many places of a mailbox are looked at in one turn, though none is worth showing", () => {
  const terminal = new Terminal(2 * pushLooksMax + 1);
  const turns = [1, 2, 3].map(() => [terminal.push(), terminal.looked]);
  deepEqual(turns, [
    [false, pushLooksMax],
    [false, 2 * pushLooksMax],
    [true, 2 * pushLooksMax + 1],
  ]);
});

test("who has himself pushed all there is over and over waits for it, and is let in again", () => {
  const letters = 50_000;
  const terminal = new Terminal(letters);
  let rounds = 0;
  for (let tries = 0; tries < 100; tries += 1) {
    if (terminal.resume()) rounds += 1;
    while (!terminal.push());
  }
  ok(rounds >= 1 && rounds <= 1 + resumeBurstMs / (letters * costMs), `${rounds} times`);
  terminal.nowMs += 60_000;
  equal(terminal.resume(), true);
});

test("a few letters at a time cost nothing, however many they come to be", () => {
  const terminal = new Terminal(pushLooksFree);
  for (let round = 0; round < 1_000; round += 1) {
    equal(terminal.resume(), true);
    equal(terminal.push(), true);
  }
});

test("whoever has written much resumes from the beginning, and is told when he has seen all", async () => {
  const world = await makeClientWorld();
  const [alice, bob] = [await loggedIn(world, "alice"), await loggedIn(world, "bob")];
  const written = pushLooksMax + 100;
  for (let count = 0; count < written; count += 1) alice.say(alice.sending("bob", `${count}`));
  await world.until(() => bob.of("message").length === written, "all that she wrote");
  const counts = alice.of("unopened").length;
  alice.say(alice.resumption(0));
  await world.until(() => alice.of("unopened").length > counts, "how many are unopened");
  equal(alice.of("message").length, 0, "she has them on her screen");
  bob.say(bob.resumption(0));
  await world.until(() => bob.of("message").length === 2 * written, "all once more");
  equal(bob.of("unopened").at(-1)?.count, written);
});
