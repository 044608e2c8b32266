// What a person is told of an outage, and when: nothing of a short one, the prompt alone of a
// longer one, one line of a long one, and then one more when it is over.

import assert from "node:assert/strict";
import { test } from "node:test";
import { outageShownMs, outageToldMs } from "../../src/base/limits.ts";
import type { ChatClient } from "../../src/client/api.ts";
import { Outage } from "../../src/client/outage.ts";
import { makeSimClock, type SimClock } from "../support/simClock.ts";

interface World {
  readonly clock: SimClock;
  readonly outage: Outage;
  /** Lines, and an empty one where the prompt may have changed. */
  readonly said: string[];
  /** The connection has gone just now. */
  loses(): void;
  finds(): void;
}

function given(): World {
  const clock = makeSimClock();
  const process = clock.forProcess();
  const said: string[] = [];
  const view: { lostAtMs: number | null; unsent: number; unknownHosts: string[] } = {
    lostAtMs: null,
    unsent: 0,
    unknownHosts: [],
  };
  // Nothing else of it is looked at.
  const client = { view: () => view } as unknown as ChatClient;
  const outage = new Outage({ client, clock: process, say: (text) => void said.push(text) });
  const change = (lostAtMs: number | null): void => {
    view.lostAtMs = lostAtMs;
    outage.update();
  };
  const [loses, finds] = [() => change(process.nowMs()), () => change(null)];
  return { clock, outage, said, loses, finds };
}

const trying = "No server answers; still trying (Ctrl+C to quit).";

test("nothing is said of a short outage, nor that it is over", async () => {
  const { clock, outage, said, loses, finds } = given();
  loses();
  await clock.runFor(outageShownMs - 1);
  assert.deepEqual([said, outage.promptState()], [[], ""]);
  finds();
  await clock.runFor(2 * outageToldMs);
  assert.deepEqual([said, outage.promptState()], [[], ""]);
});

test("a longer outage changes the prompt alone", async () => {
  const { clock, outage, said, loses, finds } = given();
  finds();
  loses();
  await clock.runFor(outageShownMs);
  assert.equal(outage.promptState(), "connecting");
  finds();
  loses();
  await clock.runFor(outageToldMs - 1);
  assert.deepEqual([said, outage.promptState()], [["", ""], "reconnecting"]);
  finds();
  assert.deepEqual([said, outage.promptState()], [["", ""], ""]);
});

test("a long outage is told once, and its end once; the next one from its own beginning", async () => {
  const { clock, said, loses, finds } = given();
  loses();
  await clock.runFor(3 * outageToldMs);
  assert.deepEqual(said, ["", trying]);
  finds();
  assert.deepEqual(said.splice(0), ["", trying, "Connected again."]);
  loses();
  await clock.runFor(outageShownMs);
  finds();
  assert.deepEqual(said, [""]);
});

test("another outage right behind the one before is told by its own time", async () => {
  const { clock, said, loses } = given();
  loses();
  await clock.runFor(outageToldMs - 1_000);
  loses();
  await clock.runFor(2_000);
  assert.deepEqual(said, ["", ""]);
});
