// Merges of forks on two servers of the branch that goes on: one applies record after record, the
// other begins anew from its snapshot again and again, between any two records. Whatever a merge
// looks up, both must come to the same, to the byte: what only one of them remembers is no state. A
// finding is a difference, or a throw.

import { serverClientId } from "../../src/base/ids.ts";
import type { Prng } from "../../src/base/prng.ts";
import { makePrng } from "../../src/base/prng.ts";
import { applyRecord } from "../../src/chat/apply.ts";
import type { Reply } from "../../src/chat/contract.ts";
import { epochOf } from "../../src/chat/epochs.ts";
import { takeOrphan } from "../../src/chat/orphanedOps.ts";
import { encodeSnapshot } from "../../src/chat/snapshot.ts";
import type { ChatState } from "../../src/chat/state.ts";
import { createChat } from "../../src/chat/state.ts";
import type { MergeCommand } from "../../src/wire/messages.ts";
import { quietEvents } from "../support/chatScript.ts";
import { copyOf } from "../support/forkScript.ts";
import type { Step } from "./mergeTalk.ts";
import { Talk } from "./mergeTalk.ts";

export interface MergeRun {
  /** Commands of merges that changed something. */
  readonly merged: number;
  readonly finding: string | null;
}

const forks = 3;
const stepsBefore = 70;
const stepsApart = 60;

export function fuzzMerges(seed: number): MergeRun {
  const prng = makePrng(seed);
  const pair = new Pair(prng);
  try {
    const talk = new Talk(prng);
    for (let fork = 0; fork < forks; fork += 1) {
      for (let left = prng.below(stepsBefore); left > 0; left -= 1) {
        pair.take(talk.next(pair.straight));
      }
      const { commands, steps } = lose(prng, pair.straight, talk, 1);
      talk.skipRequests(100);
      goOn(prng, pair, talk, steps);
      bringIn(prng, pair, talk, commands);
    }
  } catch (error) {
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const finding = `${words}\nlast step: ${JSON.stringify(pair.last).slice(0, 2_000)}`;
    return { merged: pair.merged, finding };
  }
  return { merged: pair.merged, finding: null };
}

/** Two servers of the branch that goes on. */
class Pair {
  readonly straight = createChat();
  restored = createChat();
  merged = 0;
  last: Step | null = null;
  readonly #prng: Prng;
  #before = "";

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  take(step: Step): void {
    this.last = step;
    if (this.#prng.chance(0.15)) this.restored = copyOf(this.restored);
    const [one, other] = [this.straight, this.restored].map((chat) => applied(chat, step));
    if (JSON.stringify(one) !== JSON.stringify(other)) {
      throw new Error(`replies differ: ${JSON.stringify(one)}, ${JSON.stringify(other)}`);
    }
    const state = stateOf(this.straight);
    const difference = differenceOf(state, stateOf(this.restored));
    if (difference !== null) throw new Error(`states differ: ${difference}`);
    const { type } = step.record.command;
    if (type.startsWith("merge") && state !== this.#before) this.merged += 1;
    this.#before = state;
  }
}

function applied(chat: ChatState, { servedMs, record }: Step): Reply {
  chat.servedUs += servedMs * 1_000;
  return applyRecord(chat, record, quietEvents);
}

/** Without its header, in which the op stands; and what is kept of groups beside it. */
function stateOf(chat: ChatState): string {
  const text = Buffer.concat([...encodeSnapshot(chat)]).toString("latin1");
  const epochs = [...chat.groups.live()].map((group) => epochOf(chat.accounts, group));
  return `${text.slice(text.indexOf("\n"))}epochs ${epochs.join(" ")}`;
}

function differenceOf(one: string, other: string): string | null {
  if (one === other) return null;
  const [lines, others] = [one.split("\n"), other.split("\n")];
  const at = lines.findIndex((line, index) => line !== others[index]);
  return `line ${at + 2}: ${lines[at] ?? "none"}\nrestored: ${others[at] ?? "none"}`;
}

interface Lost {
  readonly steps: readonly Step[];
  readonly commands: readonly MergeCommand[];
}

/** A branch that begins at this state and is lost; it may have taken in others that were. */
function lose(prng: Prng, chat: ChatState, talk: Talk, depth: number): Lost {
  const [live, shadow] = [copyOf(chat), copyOf(chat)];
  const own = new Talk(prng, talk);
  const steps: Step[] = [];
  const take = (step: Step): void => {
    applied(live, step);
    steps.push(step);
  };
  for (let left = prng.below(stepsApart); left > 0; left -= 1) {
    const isNested = depth > 0 && prng.chance(0.02);
    const nested = isNested ? lose(prng, live, own, depth - 1).commands : [];
    for (const command of nested) take(own.step(live, serverClientId, command));
    take(own.next(live));
  }
  const confirmed = prng.chance(0.7) ? Infinity : live.op - prng.below(10);
  const commands = steps.flatMap(({ servedMs, record }) => {
    shadow.servedUs += servedMs * 1_000;
    return takeOrphan(shadow, record, record.op <= confirmed);
  });
  return { steps, commands };
}

/** Meanwhile; now and then somebody repeats what he had asked on the branch that is lost. */
function goOn(prng: Prng, pair: Pair, talk: Talk, lost: readonly Step[]): void {
  for (let left = prng.below(stepsApart); left > 0; left -= 1) {
    pair.take(talk.next(pair.straight));
    if (lost.length === 0 || !prng.chance(0.15)) continue;
    const { client, command } = prng.pick(lost).record;
    if (client !== serverClientId) pair.take(talk.step(pair.straight, client, command));
  }
}

/** Chunk by chunk, some of them twice, while people talk on. */
function bringIn(prng: Prng, pair: Pair, talk: Talk, commands: readonly MergeCommand[]): void {
  const take = (command: MergeCommand): void => {
    pair.take(talk.step(pair.straight, serverClientId, command));
  };
  const end = { type: "orphans", server: 1, stream: "branch" } as const;
  take({ ...end, through: 0, left: commands.length } as MergeCommand);
  for (let through = 0; through < commands.length;) {
    const count = 1 + prng.below(12);
    for (let times = prng.chance(0.2) ? 2 : 1; times > 0; times -= 1) {
      for (const command of commands.slice(through, through + count)) {
        take(command);
        if (prng.chance(0.1)) pair.take(talk.next(pair.straight));
      }
    }
    through = Math.min(through + count, commands.length);
    const left = commands.length - through;
    take({ ...end, through, left } as MergeCommand);
  }
}
