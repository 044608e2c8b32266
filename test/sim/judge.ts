// What must hold at the end of a run, judged from the clients' side alone: what was asked, what was
// answered, and what the mailboxes hold in the end. Each look is one pass over the history (sorted
// by op). After a fork only the weaker promise is held: nothing confirmed is silently lost.

import type { MessageOf } from "../../src/wire/messages.ts";
import { BrokenRule } from "../support/historyChecker.ts";
import type { Entry, History } from "./history.ts";
import type { Keeping } from "./keeping.ts";
import type { Listed } from "./listed.ts";
import type { Person } from "./person.ts";

export interface End {
  readonly history: History;
  readonly people: readonly Person[];
  /** In the end; null: it could not be read. */
  readonly mailboxes: ReadonlyMap<string, readonly Listed[]>;
  readonly keeping: Keeping;
}

interface Sent {
  readonly to: string;
  readonly text: string;
}

export function judgeStrictly(end: End): void {
  const confirmed = end.history.entries.filter(({ outcome, op }) => outcome === "ok" && op > 0);
  const byOp = [...confirmed].sort((one, other) => one.op - other.op);
  eachOpOnce(byOp);
  timesRise(byOp, end.mailboxes);
  answersComeBeforeLaterQuestions(confirmed);
  namesAreUnique(end.history);
  for (const person of end.people) {
    const mailbox = end.mailboxes.get(person.name);
    if (mailbox !== undefined && !person.isMuddled) judgeMailbox(person, mailbox, byOp);
  }
}

/** Two requests never take effect at the same place in the history. */
function eachOpOnce(byOp: readonly Entry[]): void {
  byOp.forEach((entry, at) => {
    const before = byOp[at - 1];
    if (before?.op === entry.op) broken(`${saying(before)} and ${saying(entry)} both took effect`);
  });
}

/**
 * But for what was brought in from another branch: it keeps the time it was sent at. Of a letter
 * that was removed from all mailboxes nobody can say whether it was.
 */
function timesRise(byOp: readonly Entry[], mailboxes: End["mailboxes"]): void {
  const letters = [...mailboxes.values()].flat();
  const inTime = new Set(letters.filter((letter) => !letter.late).map(({ text }) => text));
  let newestMs = 0;
  for (const entry of byOp) {
    if (entry.f !== "send" || !inTime.has((entry.value as Sent).text)) continue;
    const { atMs } = entry.answer as MessageOf<"sent">;
    if (atMs < newestMs) broken(`${saying(entry)} has an earlier time than what came before it`);
    newestMs = atMs;
  }
}

/** What was answered before something else was asked took effect before it. */
function answersComeBeforeLaterQuestions(confirmed: readonly Entry[]): void {
  const byAnswer = [...confirmed].sort((one, other) => one.answeredAt - other.answeredAt);
  let next = 0;
  let latest: Entry | null = null;
  for (const entry of confirmed) {
    for (; (byAnswer[next]?.answeredAt ?? Infinity) < entry.askedAt; next += 1) {
      const answered = byAnswer[next] as Entry;
      if (latest === null || answered.op > latest.op) latest = answered;
    }
    if (latest !== null && latest.op > entry.op) {
      broken(
        `${saying(entry)} was asked after ${saying(latest)} was answered, yet comes before it`,
      );
    }
  }
}

function namesAreUnique({ entries }: History): void {
  const owners = new Map<string, { readonly entry: Entry; isFree: boolean }>();
  const tried = new Map<string, number>();
  for (const entry of entries) {
    if (entry.f === "register") {
      const name = String(entry.value);
      tried.set(name, (tried.get(name) ?? 0) + 1);
      if (entry.code === "name-taken" && tried.get(name) === 1) {
        const others = entries.some(
          (one) => one !== entry && one.f === "register" && one.value === name,
        );
        if (!others) broken(`${saying(entry)} was told that the name is taken, by nobody`);
      }
      if (entry.outcome !== "ok") continue;
      const owner = owners.get(name);
      if (owner?.isFree === false) broken(`${saying(owner.entry)} and ${saying(entry)}: one name`);
      owners.set(name, { entry, isFree: false });
    } else if (entry.f === "delete" && entry.outcome !== "refused") {
      const owner = owners.get(entry.user);
      if (owner !== undefined) owner.isFree = true;
    }
  }
}

/** The mailbox as it must be after all that was confirmed, in the order of ops. */
function judgeMailbox(person: Person, mailbox: readonly Listed[], byOp: readonly Entry[]): void {
  const { name } = person;
  const places = new Map<string, Listed>();
  let before = 0;
  for (const letter of mailbox) {
    if (places.has(letter.text)) broken(`${name}'s mailbox holds "${letter.text}" twice`);
    if (letter.seq <= before) broken(`${name}'s mailbox is not in order at ${letter.seq}`);
    places.set(letter.text, letter);
    before = letter.seq;
  }
  let newest = 0;
  const opened = new Map<number, boolean>();
  for (const entry of byOp) {
    if (entry.f === "login" && entry.user === name) {
      const { last } = entry.answer as MessageOf<"loggedIn">;
      if (last < newest) broken(`${saying(entry)} was told of ${last} letters, not of ${newest}`);
      newest = Math.max(newest, last);
    }
    if (entry.f === "mark" && entry.user === name) noteMarks(opened, entry);
    if (entry.f !== "send") continue;
    const { to, text } = entry.value as Sent;
    if (to !== name && entry.user !== name) continue;
    const letter = places.get(text);
    if (letter === undefined) {
      if (person.removedTexts.has(text) || person.world.hasLetGo(name, text)) continue;
      broken(`${saying(entry)} was confirmed, yet it is not in ${name}'s mailbox`);
    }
    if (letter.seq <= newest)
      broken(`"${text}" stands at ${letter.seq} in ${name}'s mailbox, too early`);
    newest = letter.seq;
  }
  if (person.marksUnanswered > 0) return;
  for (const letter of mailbox) {
    if (letter.own || letter.opened === (opened.get(letter.seq) ?? false)) continue;
    broken(`"${letter.text}" counts as ${letter.opened ? "read" : "unread"} in ${name}'s mailbox`);
  }
}

function noteMarks(opened: Map<number, boolean>, entry: Entry): void {
  const { mark, seqs } = entry.value as { readonly mark: string; readonly seqs: readonly number[] };
  if (mark === "removed") return;
  for (const seq of seqs) opened.set(seq, mark === "read");
}

/**
 * All branches are one again: what was confirmed on any is in the mailbox that it was for, and
 * nobody has what is for others. Who removes letters by their places, seen on one branch, may
 * remove others on another one: of what is for them, all must have been shown, or be somewhere.
 */
export function judgeLeniently(end: End, shown: Iterable<string>): void {
  const found = new Set(shown);
  for (const mailbox of end.mailboxes.values()) for (const { text } of mailbox) found.add(text);
  const unsure = whoMayHaveTwoAccounts(end);
  const removers = whoRemoves(end.history);
  const sent = new Map<string, Entry>();
  for (const entry of end.history.entries) {
    if (entry.f !== "send") continue;
    const { to, text } = entry.value as Sent;
    sent.set(text, entry);
    if (entry.outcome !== "ok" || unsure.has(to)) continue;
    const mailbox = removers.has(to) ? undefined : end.mailboxes.get(to);
    const isThere = mailbox?.some((letter) => letter.text === text) ?? found.has(text);
    if (isThere || end.keeping.hasLetGo(to, text)) continue;
    broken(`${saying(entry)} was confirmed, and is lost`);
  }
  for (const [name, mailbox] of end.mailboxes) {
    for (const { text } of mailbox) {
      const entry = sent.get(text);
      const isOurs = entry?.user === name || (entry?.value as Sent | undefined)?.to === name;
      if (!isOurs) broken(`${name}'s mailbox holds "${text}", which is for others`);
    }
  }
}

export function textsByRecipient({ entries }: History): Map<string, string[]> {
  const texts = new Map<string, string[]>();
  for (const { f, value } of entries) {
    if (f !== "send") continue;
    const { to, text } = value as Sent;
    const known = texts.get(to);
    if (known === undefined) texts.set(to, [text]);
    else known.push(text);
  }
  return texts;
}

function whoRemoves({ entries }: History): ReadonlySet<string> {
  const marks = entries.filter(({ f }) => f === "mark");
  const removals = marks.filter(({ value }) => (value as { mark: string }).mark === "removed");
  return new Set(removals.map(({ user }) => user));
}

/** Their accounts were deleted, or registered anew on another branch, under another name by now. */
function whoMayHaveTwoAccounts({ people, history }: End): ReadonlySet<string> {
  const unsure = new Set(people.filter(({ isMuddled }) => isMuddled).map(({ name }) => name));
  const tried = new Set<string>();
  for (const { f, user, outcome } of history.entries) {
    if (f !== "register" || outcome === "refused") continue;
    if (tried.has(user)) unsure.add(user);
    tried.add(user);
  }
  return unsure;
}

function saying({ process, f, value, op }: Entry): string {
  return `${process}'s ${f} ${JSON.stringify(value)}${op > 0 ? ` (op ${op})` : ""}`;
}

function broken(message: string): never {
  throw new BrokenRule(message);
}
