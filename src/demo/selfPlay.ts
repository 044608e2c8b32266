// The demo without a terminal: alice and bob chat for some seconds while two of three servers are
// killed and come back, and everything is counted at the end. It says as it goes what it does.

import { Stage, type Verdict } from "./stage.ts";
import type { LocalCluster } from "./localCluster.ts";
import { proofLine } from "./proof.ts";
import type { Clock } from "../ports.ts";

export interface SelfPlayOptions {
  readonly cluster: LocalCluster;
  readonly clock: Clock;
  readonly say: (line: string) => void;
}

const talkMs = 8_000;
const acts = [
  { atMs: 1_500, kind: "kill", which: "primary" },
  { atMs: 3_000, kind: "kill", which: "primary" },
  { atMs: 4_500, kind: "start", which: "dead" },
] as const;

/** True when everything is as promised. */
export async function playAlone({ cluster, clock, say }: SelfPlayOptions): Promise<boolean> {
  const stage = new Stage(cluster, clock);
  try {
    await stage.addTalker("alice");
    await stage.addTalker("bob");
    say(`Server ${cluster.primary()} is primary. alice and bob chat, 250 messages a second each.`);
    const startMs = clock.nowMs();
    const seconds = (): string => ((clock.nowMs() - startMs) / 1_000).toFixed(1).padStart(4);
    stage.talk();
    for (const { atMs, kind } of acts) {
      await stage.wait(startMs + atMs - clock.nowMs());
      if (kind === "kill") say(`${seconds()} s  ${await killPrimary(stage)}`);
      else say(`${seconds()} s  ${startDead(stage)}`);
    }
    await stage.wait(startMs + talkMs - clock.nowMs());
    say(`${seconds()} s  the last messages arrive, then the three folders are compared`);
    const verdict = await stage.judge();
    return report(verdict, say);
  } finally {
    await stage.close();
  }
}

async function killPrimary(stage: Stage): Promise<string> {
  const { cluster } = stage;
  const primary = cluster.primary();
  if (primary === null) return "no server is primary: nothing to kill";
  await cluster.kill(primary);
  await stage.until(() => cluster.primary() !== null, takeoverShownMs);
  const next = cluster.primary();
  const taken = next === null ? "nobody has taken over yet" : `server ${next} took over`;
  return `kill -9 of server ${primary}, the primary: ${taken}`;
}

function startDead({ cluster }: Stage): string {
  const dead = cluster.all().filter(({ condition }) => condition === "down");
  const ids = dead.map(({ id }) => id);
  cluster.start(...ids);
  return `servers ${ids.join(" and ")} are started again`;
}

export function report({ proof, complaints }: Verdict, say: (line: string) => void): boolean {
  for (const complaint of complaints.slice(0, complaintsMax)) say(`OFF: ${complaint}`);
  if (complaints.length > complaintsMax) say(`OFF: and ${complaints.length - complaintsMax} more`);
  say(proofLine(proof));
  return complaints.length === 0;
}

/** So many of them are shown. */
const complaintsMax = 10;
const takeoverShownMs = 1_500;
