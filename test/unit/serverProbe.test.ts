// What a probe makes of a process that is just dying: its kernel answers, drops and refuses within
// a few milliseconds, and only the refusal proves anything.

import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { asServerId } from "../../src/base/ids.ts";
import { probeAgainMsMax, proofProbeTimeoutMs } from "../../src/base/doubtLimits.ts";
import type { Clock, ConnectFailure, Link, LinkHandler, Network } from "../../src/ports.ts";
import { PeerProbe } from "../../src/server/peerProbe.ts";
import type { ProbeResult } from "../../src/server/wiring.ts";
import { makeSimClock } from "../support/simClock.ts";

interface Attempt {
  /** taken: the connection is made, and breaks `brokenMs` later. */
  readonly end: ConnectFailure | "taken";
  readonly afterMs: number;
  readonly brokenMs?: number;
}

interface Told {
  readonly told: readonly ProbeResult[];
  readonly tries: number;
  readonly atMs: number;
}

/** What is told of attempts that end like this, the last one of them again and again. */
async function probing(attempts: readonly Attempt[]): Promise<Told> {
  const clock = makeSimClock();
  let tries = 0;
  const network = {
    connect: (_address, _timeoutMs, events) => {
      const attempt = attempts[Math.min(tries, attempts.length - 1)] as Attempt;
      tries += 1;
      clock.after(attempt.afterMs, () => {
        if (attempt.end !== "taken") return events.failed(attempt.end, "so the test says");
        events.connected(brittleLink(clock, attempt.brokenMs));
      });
    },
  } satisfies Pick<Network, "connect">;
  const spec = { id: asServerId(1), host: "host1", clientPort: 1, peerPort: 2 };
  const told: ProbeResult[] = [];
  let atMs = Number.NaN;
  const parts = { clock, network: network as Network };
  const probe = new PeerProbe(parts, spec, (result) => {
    told.push(result);
    atMs = clock.nowMs() - fromMs;
  });
  const fromMs = clock.nowMs();
  probe.start();
  await clock.runFor(2 * proofProbeTimeoutMs);
  return { told, tries, atMs };
}

function brittleLink(clock: Clock, brokenMs: number | undefined): Link {
  let handler: LinkHandler | null = null;
  const close = (): void => {
    handler?.closed();
    handler = null;
  };
  if (brokenMs !== undefined) clock.after(brokenMs, close);
  const link = {
    remote: "host1:2",
    start: (its: LinkHandler) => void (handler = its),
    destroy: () => clock.soon(close),
  } satisfies Partial<Link>;
  return link as Partial<Link> as Link;
}

test("a connection that is dropped while it is made is tried again at once, until it is refused", async () => {
  const dropped = { end: "unreachable", afterMs: 1 } as const;
  const refused = { end: "refused", afterMs: 1 } as const;
  const { told, tries } = await probing([dropped, dropped, refused]);
  deepEqual({ told, tries }, { told: ["refused"], tries: 3 });
});

test("a connection that is taken is held, and when it breaks it is asked again that moment", async () => {
  const taken = { end: "taken", afterMs: 1, brokenMs: 20 } as const;
  const refused = { end: "refused", afterMs: 1 } as const;
  deepEqual(await probing([taken, refused]), { told: ["refused"], tries: 2, atMs: 22 });
});

test("whoever holds a connection lives", async () => {
  const taken = { end: "taken", afterMs: 1 } as const;
  const { told, tries } = await probing([taken]);
  deepEqual({ told, tries }, { told: ["answered"], tries: 1 });
});

test("whoever takes each connection and breaks it lives, and is not asked for ever", async () => {
  const broken = { end: "taken", afterMs: 1, brokenMs: 0 } as const;
  const { told, tries } = await probing([broken]);
  deepEqual({ told, tries }, { told: ["answered"], tries: 5 });
});

test("it is not tried for ever", async () => {
  const dropped = { end: "unreachable", afterMs: 1 } as const;
  const { told, tries } = await probing([dropped]);
  deepEqual({ told, tries }, { told: ["unreachable"], tries: 5 });
});

test("silence is told as such, and not asked again", async () => {
  const silent = { end: "unreachable", afterMs: probeAgainMsMax + 1 } as const;
  const { told, tries } = await probing([silent]);
  deepEqual({ told, tries }, { told: ["unreachable"], tries: 1 });
});
