// Does what the lines with a colon say, and tells what came of it: which server has taken over and
// how fast, which one is back. The chat goes on beside it; nothing here touches a conversation.

import { demoBackShownMs, demoTakeoverShownMs } from "../base/demoLimits.ts";
import { unreachable } from "../base/assert.ts";
import { wordsOf } from "../base/errors.ts";
import type { Clock } from "../ports.ts";
import { type ColonCommand, colonHelp, parseColonLine } from "./colonLine.ts";
import type { LocalCluster, ServerSeen } from "./localCluster.ts";

export interface OperatorOptions {
  readonly cluster: LocalCluster;
  readonly clock: Clock;
  /** One line to the person at the terminal. */
  readonly tell: (text: string) => void;
  /** A server was killed and another one serves. */
  readonly survived: (dead: number) => void;
}

export class Operator {
  readonly #options: OperatorOptions;

  constructor(options: OperatorOptions) {
    this.#options = options;
    options.cluster.onEvent((event) => {
      if (event.kind !== "ended" || event.asked) return;
      const how = event.signal ?? `exit code ${event.code}`;
      options.tell(`Server ${event.id} has ended by itself (${how}).`);
    });
  }

  take(line: string): void {
    const { cluster, tell } = this.#options;
    void this.#do(parseColonLine(line, cluster.hosts.length)).catch((error: unknown) => {
      tell(`That failed: ${wordsOf(error)}`);
    });
  }

  async #do(command: ColonCommand): Promise<void> {
    const { tell } = this.#options;
    switch (command.kind) {
      case "wrong":
        return tell(command.message);
      case "help":
        return colonHelp.forEach(tell);
      case "cluster":
        return this.#describe().forEach(tell);
      case "kill":
        return this.#kill(command.id);
      case "start":
        return this.#start(command.id);
      case "pause":
        return this.#pause(command.id);
      case "resume":
        return this.#resume(command.id);
      default:
        return unreachable(command);
    }
  }

  async #kill(id: number): Promise<void> {
    const { cluster, clock, tell, survived } = this.#options;
    const { condition, ready } = cluster.seen(id);
    if (condition === "down")
      return tell(`Server ${id} is not running. Start it with :start ${id}.`);
    const view = cluster.newestView();
    // Paused for a while, or not back yet: nobody has to agree on anything.
    const isLeftOut = ready?.view !== view && cluster.primary() !== null;
    const fromMs = clock.nowMs();
    await cluster.kill(id);
    const areAllDown = (): boolean => cluster.all().every((seen) => seen.condition === "down");
    if (areAllDown()) {
      return tell(`Server ${id} is killed, the last one. What you send waits until you :start it.`);
    }
    if (isLeftOut) {
      tell(`Server ${id} is killed; the others had gone on without it.`);
      return survived(id);
    }
    const isSettled = (): boolean => cluster.newestView() > view && cluster.primary() !== null;
    const isQuick = await cluster.until(() => isSettled() || areAllDown(), demoTakeoverShownMs);
    if (areAllDown()) return tell(`Server ${id} is killed, and so are all others by now.`);
    const ms = Math.round(clock.nowMs() - fromMs);
    const primary = cluster.primary();
    if (!isQuick || primary === null) {
      return tell(`Server ${id} is killed; the others have not agreed yet. See :cluster.`);
    }
    const led = ready?.role === "primary";
    const taken = led ? `server ${primary} took over` : `server ${primary} goes on as primary`;
    tell(`Server ${id} is killed; ${taken}, ${ms} ms later.`);
    survived(id);
  }

  async #start(id: number): Promise<void> {
    const { cluster, clock, tell } = this.#options;
    const { condition } = cluster.seen(id);
    if (condition === "paused") return tell(`Server ${id} is only paused: :resume ${id}.`);
    if (condition !== "down") return tell(`Server ${id} is running already.`);
    const fromMs = clock.nowMs();
    cluster.start(id);
    const isBack = (): boolean => cluster.members().some((member) => member.id === id);
    const isGone = (): boolean => cluster.seen(id).condition === "down";
    await cluster.until(() => isBack() || isGone(), demoBackShownMs);
    if (isGone()) return;
    if (!isBack()) return tell(`Server ${id} is waiting for those that may know more: :cluster.`);
    const seconds = ((clock.nowMs() - fromMs) / 1_000).toFixed(1);
    const role = cluster.primary() === id ? "primary" : "secondary";
    if (cluster.isVerified(id)) {
      return tell(
        `Server ${id} is back as ${role}, with everything it missed, after ${seconds} s.`,
      );
    }
    const away = cluster.all().filter(({ condition: one }) => one === "down" || one === "paused");
    const others = othersMayKnow(away.map(({ id: other }) => other));
    tell(`Server ${id} is back as ${role}, unverified, after ${seconds} s: ${others}`);
  }

  async #pause(id: number): Promise<void> {
    const { cluster, tell } = this.#options;
    const { condition } = cluster.seen(id);
    if (condition === "down") return tell(`Server ${id} is not running.`);
    if (condition === "paused") return tell(`Server ${id} is paused already.`);
    cluster.pause(id);
    const others = cluster.all().filter(({ condition: one }) => one === "serving");
    const ids = others.map(({ id: other }) => other);
    tell(`Server ${id} is paused, alive but silent. ${withoutIt(id, ids)}`);
  }

  async #resume(id: number): Promise<void> {
    const { cluster, tell } = this.#options;
    if (cluster.seen(id).condition !== "paused") return tell(`Server ${id} is not paused.`);
    cluster.resume(id);
    tell(`Server ${id} goes on.`);
  }

  #describe(): readonly string[] {
    const { cluster } = this.#options;
    const members = cluster.members().map(({ id }) => id);
    return cluster.all().map((seen) => `server ${seen.id}  ${stateOf(seen, members)}`);
  }
}

function stateOf({ id, condition, pid, ready }: ServerSeen, members: readonly number[]): string {
  if (condition === "down") return "down";
  const process = `(process ${pid})`;
  if (condition === "paused") return `paused ${process}`;
  if (ready === null || !members.includes(id)) return `waiting for the others ${process}`;
  return `${ready.role} ${process}`;
}

/** Of what a server lacks that has gone on without those that are away. */
function othersMayKnow(away: readonly number[]): string {
  if (away.length === 0) return "newer messages of others may still have to be merged.";
  const [who, are] = away.length === 1 ? ["server", "it is"] : ["servers", "they are"];
  return `${who} ${away.join(" and ")} may hold newer messages, merged once ${are} back.`;
}

/** What comes of a pause; `others` serve. */
function withoutIt(paused: number, others: readonly number[]): string {
  if (others.length === 0)
    return `No other is up: what you send waits until you :resume ${paused}.`;
  if (others.length > 1) return "The others go on without it after 1.5 s.";
  return `Server ${others[0]} cannot know whether it is dead: it goes on alone after some 10 s.`;
}
