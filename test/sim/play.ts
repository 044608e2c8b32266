// Plays a plan: a cluster starts, people use it, faults come and go; then everything is well again,
// and all promises are held against what happened. One plan, one run, to the byte.

import { createHash } from "node:crypto";
import type { ServerId } from "../../src/base/ids.ts";
import { isVerified } from "../../src/replica/histories.ts";
import { Cluster } from "../support/cluster.ts";
import { BrokenRule } from "../support/historyChecker.ts";
import { lineOf, type LoggedEvent } from "../support/simProcess.ts";
import { setBounds } from "./bounds.ts";
import { leave, mayHaveParted } from "./finale.ts";
import { expectFounding, found } from "./founding.ts";
import { areDeathsForged } from "./harm.ts";
import { History } from "./history.ts";
import { judgeLeniently, judgeStrictly, textsByRecipient } from "./judge.ts";
import { Keeping } from "./keeping.ts";
import type { Listed } from "./listed.ts";
import { Person } from "./person.ts";
import type { FaultKind, Plan } from "./plan.ts";
import { Stage } from "./stage.ts";
import { Circle } from "./circle.ts";

export interface Played {
  readonly failure: string | null;
  readonly simulatedMs: number;
  readonly events: number;
  readonly confirmed: number;
  readonly confirmedLate: number;
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly views: number;
  readonly wasUnverified: boolean;
  /** Equal plans must give equal digests. Costs about a percent of the run: asked of few. */
  digest(): string;
  readonly history: History;
  /** What happened, faults and logs alike, oldest first. */
  timeline(): readonly string[];
}

interface Line {
  readonly atMs: number;
  readonly text: string;
}

/** How long after the last fault everything may take to be well again. */
const recoveryMs = 90_000;
const answerMs = 60_000;
/** What it may take to be pushed or to read one message more, at worst. */
const readMs = 20;
const afterwardsMs = 3_000;
/** In pieces, with a pause between two, all mailboxes are looked through. */
const lettingGoMs = 20_000;

export async function play(plan: Plan): Promise<Played> {
  setBounds(plan.limits);
  const run = new Run(plan);
  let failure: string | null = null;
  try {
    await run.play();
  } catch (error) {
    failure = error instanceof BrokenRule ? error.message : String((error as Error).stack);
  }
  return run.played(failure);
}

class Run {
  readonly #plan: Plan;
  readonly #cluster: Cluster;
  readonly #history: History;
  readonly #stage: Stage;
  readonly #people: readonly Person[];
  readonly #circle: Circle;
  readonly #keeping: Keeping;
  #isOver = false;
  #confirmedBefore = 0;
  /** How long those of the finale were away. */
  #awayMs = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    const { seed } = plan;
    this.#cluster = new Cluster(plan);
    if (plan.kind === "beyond") this.#cluster.deliveries.allowDisorder();
    if (areDeathsForged(plan)) {
      this.#cluster.history.allowForks();
      this.#cluster.speech.allowForgedDeaths();
    }
    const cluster = this.#cluster;
    this.#history = new History(() => cluster.clock.nowMs());
    this.#stage = new Stage(cluster, plan);
    const broken = (message: string): void => {
      cluster.clock.arrive(0, () => {
        throw new BrokenRule(message);
      });
    };
    const keeping = new Keeping(plan.keep, broken);
    this.#keeping = keeping;
    const world = {
      cluster,
      history: this.#history,
      names: plan.people.map(({ name }) => name),
      arrived: (to: string, text: string) => {
        this.#people.find(({ name }) => name === to)?.arrivedTexts.add(text);
      },
      present: () => this.#people.filter((one) => one.isPresent()).map(({ name }) => name),
      isLenient: () => this.#isLenient(),
      hasLetGo: (name: string, text: string) => keeping.hasLetGo(name, text),
      broken,
      isOver: () => this.#isOver,
    };
    this.#people = plan.people.map((one, index) => new Person(world, one, seed * 10 + index));
    this.#circle = new Circle(cluster, { seed, isOver: () => this.#isOver });
  }

  async play(): Promise<void> {
    const cluster = this.#cluster;
    const all = cluster.servers.map(({ id }) => id);
    const founding = await found(cluster, this.#plan, recoveryMs);
    for (const person of this.#people) person.start();
    this.#circle.start();
    this.#stage.start();
    await cluster.run(this.#plan.faultsEndMs);
    this.#stage.calm();
    this.#confirmedBefore = this.#confirmed();
    if (this.#stage.hasLostCopies && !(await this.#areTogether(all))) return;
    await cluster.serving(all, recoveryMs);
    await cluster.run(afterwardsMs);
    this.#isOver = true;
    await cluster.until(() => this.#areAllIdle(), "all answers", answerMs);
    if (this.#hasRottenBranch()) return;
    const isMerged = (id: ServerId): boolean => this.#cluster.inspect(id).isMerged;
    await cluster.until(() => all.every(isMerged), "all branches to be merged", answerMs);
    const leftMs = cluster.clock.nowMs();
    const comeBack = await this.#leave();
    const mailboxes = await this.#audit();
    await this.#circle.audit(answerMs);
    this.#awayMs = cluster.clock.nowMs() - leftMs;
    comeBack();
    await cluster.serving(all, recoveryMs);
    if (this.#plan.keep > 0) await cluster.run(lettingGoMs);
    await cluster.settle(answerMs);
    if (this.#plan.kind !== "beyond") expectFounding(cluster, founding);
    await this.#judge(mailboxes);
  }

  #areAllIdle(): boolean {
    return this.#people.every((one) => one.isIdle()) && this.#circle.isIdle();
  }

  /** What was lost beyond the promise may keep them apart: that much is allowed. */
  async #areTogether(all: readonly number[]): Promise<boolean> {
    try {
      await this.#cluster.serving(all, recoveryMs);
      return true;
    } catch (error) {
      if (error instanceof Error && error.message.startsWith("waited ")) return false;
      throw error;
    }
  }

  /**
   * The state that a branch set out from has rotted where that branch was: it stays aside, its
   * server says so, and counts as unverified until the operator has looked after it.
   */
  #hasRottenBranch(): boolean {
    const { logs } = this.#cluster;
    return [...this.#stage.rotted].some((id) => {
      if (this.#cluster.inspect(id).isMerged) return false;
      const isIts = ({ who, event }: LoggedEvent): boolean => {
        return who === `server ${id}` && event === "orphans-cannot-be-merged";
      };
      return logs.events().some(isIts);
    });
  }

  /** Some go for good, or nearly so: those who are on go on writing, and are answered. */
  async #leave(): Promise<() => void> {
    const { finale } = this.#plan;
    if (finale === null) return () => undefined;
    // Meanwhile a disk that was almost full may have had its server stand aside.
    await this.#cluster.serving(
      this.#cluster.servers.map(({ id }) => id),
      recoveryMs,
    );
    const comeBack = await leave(this.#cluster, this.#stage, finale);
    for (const person of this.#people) person.sayHello();
    const areAnswered = (): boolean => this.#people.every((one) => one.isIdle());
    await this.#cluster.until(areAnswered, "answers by those who are left", answerMs);
    return comeBack;
  }

  /** Everybody comes once more, writes, and reads all there is. */
  async #audit(): Promise<Map<string, Listed[]>> {
    const mailboxes = new Map<string, Listed[]>();
    for (const person of this.#people) {
      void person.audit().then((mailbox) => mailboxes.set(person.name, mailbox));
    }
    const everybody = (): boolean => mailboxes.size === this.#people.length;
    // Names that were guessed at are slowed down, and large mailboxes come page by page.
    const words = "everybody to log in, write and read";
    await this.#cluster.until(everybody, words, 3 * answerMs + readMs * this.#confirmed());
    return mailboxes;
  }

  async #judge(mailboxes: ReadonlyMap<string, Listed[]>): Promise<void> {
    const { wasUnverified, deliveries } = this.#cluster;
    const { kind, mode, finale } = this.#plan;
    const [people, keeping] = [this.#people, this.#keeping];
    const isNeedless = kind === "crashes" && !mayHaveParted(finale, this.#awayMs);
    if (wasUnverified && (isNeedless || mode !== "plain")) {
      throw new BrokenRule("somebody went on unverified without need");
    }
    if (this.#confirmed() === this.#confirmedBefore) {
      throw new BrokenRule("nothing was confirmed after the faults had stopped");
    }
    keeping.judge({ op: this.#cluster.inspect(0).committed, views: this.#views() });
    this.#circle.judge(keeping, {
      isStrict: !this.#isLenient(),
      isWhole: !this.#stage.hasLostFolders && kind !== "beyond",
    });
    const end = { history: this.#history, people, mailboxes, keeping };
    if (!this.#isLenient()) {
      judgeStrictly(end);
      const muddled = new Set(people.filter((one) => one.isMuddled).map(({ name }) => name));
      const texts = textsByRecipient(this.#history);
      deliveries.expectAllDelivered((user) => {
        return muddled.has(user) ? (texts.get(user) ?? []) : keeping.ownLetGo(user);
      });
      if (!this.#cluster.servers.every(({ id }) => this.#isVerified(id))) {
        throw new BrokenRule("everybody is back, yet it does not count as verified");
      }
    } else if (!this.#stage.hasLostFolders && kind !== "beyond") {
      this.#expectMerged();
      judgeLeniently(end, deliveries.textsShown());
    }
  }

  #isLenient(): boolean {
    return this.#plan.kind === "beyond" || this.#cluster.wasUnverified;
  }

  #isVerified(id: number): boolean {
    const { views } = this.#cluster.inspect(id);
    return isVerified(
      views,
      this.#cluster.servers.map((server) => server.id),
    );
  }

  /** Everybody is back, so nothing of a lost branch is left, and nobody says so. */
  #expectMerged(): void {
    for (const { id, disk } of this.#cluster.servers) {
      const kept = disk.names().find((name) => /^(orphans|merge)-/.test(name));
      if (kept !== undefined) throw new BrokenRule(`server ${id} still keeps ${kept}`);
    }
  }

  #confirmed(): number {
    return this.#history.entries.filter(({ outcome, op }) => outcome === "ok" && op > 0).length;
  }

  #views(): number {
    const { servers } = this.#cluster;
    return Math.max(0, ...servers.map((server) => server.inspect()?.views.length ?? 0));
  }

  played(failure: string | null): Played {
    const { clock, logs, wasUnverified } = this.#cluster;
    const confirmed = this.#confirmed();
    const logged = (): Line[] => logs.events().map((event) => ({ ...event, text: lineOf(event) }));
    const told = this.#stage.told.map(({ atMs, text }) => {
      return { atMs, text: `${atMs.toFixed(2).padStart(10)} ms >>> ${text}` };
    });
    return {
      failure,
      simulatedMs: clock.nowMs(),
      events: clock.eventCount(),
      confirmed,
      confirmedLate: confirmed - this.#confirmedBefore,
      faults: this.#stage.counts,
      views: this.#views(),
      wasUnverified,
      digest: () => {
        const digest = createHash("sha256");
        digest.update(`${clock.eventCount()} ${clock.nowMs()} ${failure?.split("\n")[0] ?? ""}\n`);
        for (const { text } of logged()) digest.update(text);
        return digest.update(this.#history.text()).digest("hex");
      },
      history: this.#history,
      timeline: () => {
        const all: Line[] = [...told, ...logged()];
        all.sort((one, other) => one.atMs - other.atMs);
        return all.map(({ text }) => text);
      },
    };
  }
}
