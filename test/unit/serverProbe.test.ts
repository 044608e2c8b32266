// What a probe makes of a process that is just dying: its kernel answers, drops and refuses within
// a few milliseconds, and only the refusal proves anything.

import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { asServerId } from "../../src/base/ids.ts";
import { probeAgainMsMax, proofProbeTimeoutMs } from "../../src/base/limits.ts";
import type { ConnectFailure, Network } from "../../src/ports.ts";
import { PeerProbe } from "../../src/server/peerProbe.ts";
import type { ProbeResult } from "../../src/server/wiring.ts";
import { makeSimClock } from "../support/simClock.ts";

interface Attempt {
  readonly failure: ConnectFailure;
  readonly afterMs: number;
}

/** What is told of attempts that end like this, the last one of them again and again. */
async function probing(attempts: readonly Attempt[]): Promise<{
  readonly told: readonly ProbeResult[];
  readonly tries: number;
}> {
  const clock = makeSimClock();
  let tries = 0;
  const network = {
    connect: (_address, _timeoutMs, events) => {
      const { failure, afterMs } = attempts[Math.min(tries, attempts.length - 1)] as Attempt;
      tries += 1;
      clock.after(afterMs, () => events.failed(failure, "so the test says"));
    },
  } satisfies Pick<Network, "connect">;
  const spec = { id: asServerId(1), host: "host1", clientPort: 1, peerPort: 2 };
  const told: ProbeResult[] = [];
  const parts = { clock, network: network as Network };
  new PeerProbe(parts, spec, (result) => told.push(result)).start();
  await clock.runFor(2 * proofProbeTimeoutMs);
  return { told, tries };
}

test("a connection that is dropped while it is made is tried again at once, until it is refused", async () => {
  const dropped = { failure: "unreachable", afterMs: 1 } as const;
  const refused = { failure: "refused", afterMs: 1 } as const;
  deepEqual(await probing([dropped, dropped, refused]), { told: ["refused"], tries: 3 });
});

test("it is not tried for ever", async () => {
  const dropped = { failure: "unreachable", afterMs: 1 } as const;
  deepEqual(await probing([dropped]), { told: ["unreachable"], tries: 5 });
});

test("silence is told as such, and not asked again", async () => {
  const silent = { failure: "unreachable", afterMs: probeAgainMsMax + 1 } as const;
  deepEqual(await probing([silent]), { told: ["unreachable"], tries: 1 });
});
