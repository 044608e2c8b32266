// Two of the stories, told exactly: what one rule alone guards comes about there far more often
// than by chance. Drawn from a stream of their own, so that the seeds that go on telling a story
// as before mean what they always meant.

import { shuffled, type Scene } from "./drawTrouble.ts";
import type { Fault } from "./plan.ts";

/**
 * The last one loses its folder and joins those who went on without it; only then comes who died
 * just before the last one. The two were the last whole view, but what one of them did behind it
 * nobody knows any more. How long after the loss that one comes; null: as in the story.
 */
export function comesLateMs({ own }: Scene): number | null {
  return own.chance(0.6) ? own.pick([13_000, 16_000, 22_000]) + own.below(2_000) : null;
}

/**
 * Six in two halves. In the one without the lowest id somebody promises and dies at once; its death
 * is known there before the slowest of them has promised. It counts no more, on either side of the
 * scales: three of six with the lowest id go on as verified, and two of five do not.
 */
export function halvesOfSix({ own }: Scene): Fault[] {
  const faults: Fault[] = [];
  let atMs = 2_000 + own.below(2_000);
  for (let rounds = 1 + own.below(3); rounds > 0; rounds -= 1) {
    const ids = shuffled(6, own);
    const withLowest = ids.slice(0, 3).includes(0) ? ids.slice(0, 3) : ids.slice(3);
    const others = ids.filter((id) => !withLowest.includes(id)).sort((one, two) => one - two);
    const lastsMs = 6_000 + own.below(4_000);
    const bridge = { kind: "bridge", left: withLowest, right: others, how: "silence" } as const;
    faults.push({ atMs, when: null, lastsMs, what: bridge });
    const [, promiser = 0, slowest = 0] = others;
    const slow = { kind: "slowDisk", who: slowest, ms: own.pick([60, 120, 200, 400]) } as const;
    faults.push({ atMs: atMs + 1, when: null, lastsMs, what: slow });
    const death = { kind: "crash", who: "teller", how: "killed", effect: 0 } as const;
    const when = { event: "says promise", delayMs: own.pick([0.5, 2, 10, 30]), of: [promiser] };
    const awayMs = own.pick([300, 3_000, 8_000]);
    faults.push({ atMs: atMs + 900, when, lastsMs: awayMs, what: death });
    atMs += lastsMs + own.pick([1_000, 6_000, 12_000]);
  }
  return faults;
}
