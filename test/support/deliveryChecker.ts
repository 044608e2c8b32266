// What users were promised, judged from what their terminals did: confirmed messages are shown (or
// still unread), once, in the order sent. It knows nothing of servers; who calls it says what was
// sent, confirmed and shown. Messages are known by (client id, request), as everywhere.

import { BrokenRule } from "./historyChecker.ts";

export interface Sending {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly body: string;
  /** Of one user's many terminals, the one that sent it: order holds between one and one. */
  readonly via?: string;
}

export interface Showing {
  readonly id: string;
  readonly from: string;
  readonly body: string;
  /** Merged after a fork: it may come behind its order. */
  readonly late: boolean;
}

export interface DeliveryChecker {
  sent(sending: Sending): void;
  confirmed(id: string): void;
  /**
   * It was refused: it may never be shown. One that was repeated, to another server, may be shown
   * on another branch of a history that has parted.
   */
  refused(id: string, how?: { readonly wasRepeated: boolean }): void;
  /** `terminal` is one run of one client; a restarted client is another. */
  shown(terminal: Terminal, showing: Showing): void;
  /** A merge after a fork has given the user another name. */
  rename(user: string, now: string): void;
  /** Somebody goes on unverified: until histories are one again, no order holds across them. */
  allowDisorder(): void;
  /** At the end: everything confirmed was shown to its recipient, or is in `unread` of it. */
  expectAllDelivered(unread: (user: string) => readonly string[]): void;
  textsShown(): Iterable<string>;
  counts(): { readonly sent: number; readonly confirmed: number; readonly shown: number };
}

export interface Terminal {
  readonly name: string;
  readonly user: string;
}

interface Fate extends Sending {
  readonly order: number;
  state: "pending" | "confirmed" | "refused";
  /** Refused by another server than the one that had it first. */
  mayBeElsewhere: boolean;
  readonly shownBy: Set<Terminal>;
}

interface Progress {
  /** Order of the newest message shown, by sender. */
  readonly newest: Map<string, number>;
  readonly shown: Set<string>;
}

export function makeDeliveryChecker(): DeliveryChecker {
  const fates = new Map<string, Fate>();
  const terminals = new Map<Terminal, Progress>();
  /** By the name that a merge has given. */
  const former = new Map<string, string>();
  let shownCount = 0;
  let isDisorderAllowed = false;
  const fateOf = (id: string, what: string): Fate => {
    const fate = fates.get(id);
    if (fate === undefined) throw new BrokenRule(`message ${id} was ${what}, but never sent`);
    return fate;
  };
  return {
    sent: (sending) => {
      if (fates.has(sending.id)) throw new BrokenRule(`message ${sending.id} was sent twice`);
      const order = fates.size;
      const to = former.get(sending.to) ?? sending.to;
      fates.set(sending.id, unknown({ order, ...sending, to }));
    },
    confirmed: (id) => decide(fateOf(id, "confirmed"), "confirmed"),
    refused: (id, how) => {
      const fate = fateOf(id, "refused");
      fate.mayBeElsewhere = how?.wasRepeated === true;
      decideRefused(fate, isDisorderAllowed);
    },
    shown: (terminal, showing) => {
      let progress = terminals.get(terminal);
      if (progress === undefined) {
        terminals.set(terminal, (progress = { newest: new Map(), shown: new Set() }));
      }
      const late = showing.late || isDisorderAllowed;
      const from = former.get(showing.from) ?? showing.from;
      const judged = { isForked: isDisorderAllowed, ...showing, from, late };
      judgeShowing(fateOf(showing.id, "shown"), { terminal, progress, showing: judged });
      shownCount += 1;
    },
    rename: (user, now) => void former.set(now, user),
    allowDisorder: () => {
      isDisorderAllowed = true;
    },
    expectAllDelivered: (unread) => expectAllDelivered([...fates.values()], unread),
    textsShown: () =>
      [...fates.values()].filter(({ shownBy }) => shownBy.size > 0).map(({ body }) => body),
    counts: () => {
      const confirmed = [...fates.values()].filter(({ state }) => state === "confirmed").length;
      return { sent: fates.size, confirmed, shown: shownCount };
    },
  };
}

function unknown(sending: Sending & { readonly order: number }): Fate {
  return { state: "pending", mayBeElsewhere: false, shownBy: new Set(), ...sending };
}

function decide(fate: Fate, state: "confirmed" | "refused"): void {
  if (fate.state !== "pending" && fate.state !== state) {
    throw new BrokenRule(`message ${fate.id} was ${fate.state} and is now ${state}`);
  }
  fate.state = state;
}

function decideRefused(fate: Fate, isForked: boolean): void {
  if (fate.shownBy.size > 0 && !(isForked && fate.mayBeElsewhere)) {
    throw new BrokenRule(`message ${fate.id} was refused after it had been shown`);
  }
  decide(fate, "refused");
}

function judgeShowing(
  fate: Fate,
  {
    terminal,
    progress,
    showing,
  }: Readonly<{
    terminal: Terminal;
    progress: Progress;
    showing: Showing & { readonly isForked: boolean };
  }>,
): void {
  const where = `${terminal.name} was shown message ${fate.id}`;
  if (progress.shown.has(fate.id)) throw new BrokenRule(`${where} twice`);
  // A merge tells of what another server had taken in, whether or not it had confirmed it.
  const mayCome = fate.mayBeElsewhere && (showing.isForked || showing.late);
  const isRefused = fate.state === "refused" && !mayCome;
  if (isRefused) throw new BrokenRule(`${where}, which was refused`);
  if (fate.from !== showing.from) throw new BrokenRule(`${where} as from ${showing.from}`);
  if (fate.body !== showing.body) throw new BrokenRule(`${where} with another text`);
  if (fate.to !== terminal.user && fate.from !== terminal.user) {
    throw new BrokenRule(`${where}, which is for ${fate.to}`);
  }
  const key = `${fate.via ?? fate.from} ${fate.to}`;
  const newest = progress.newest.get(key) ?? -1;
  if (!showing.late && fate.order < newest) throw new BrokenRule(`${where} out of order`);
  progress.newest.set(key, Math.max(newest, fate.order));
  progress.shown.add(fate.id);
  fate.shownBy.add(terminal);
}

function expectAllDelivered(
  fates: readonly Fate[],
  unread: (user: string) => readonly string[],
): void {
  const unreadOf = new Map<string, ReadonlySet<string>>();
  for (const fate of fates) {
    if (fate.state !== "confirmed") continue;
    if ([...fate.shownBy].some(({ user }) => user === fate.to)) continue;
    let waiting = unreadOf.get(fate.to);
    if (waiting === undefined) unreadOf.set(fate.to, (waiting = new Set(unread(fate.to))));
    if (waiting.has(fate.id)) continue;
    const what = `${fate.id} ("${fate.body}" from ${fate.from})`;
    throw new BrokenRule(`${what} was confirmed, yet ${fate.to} neither saw it nor has it unread`);
  }
}
