// What people of a random run do at a terminal, one thing at a time, and what they make of the
// answers at once: whether they find what they sent, whether a search finds who is there.

import type { Habit } from "./plan.ts";
import { passwordOf, type Person } from "./person.ts";
import { asRegistered, type SimTerminal } from "./terminal.ts";

/** Larger mailboxes are read only at the end. */
const listedMax = 80;
/** How often it is looked whether all is over. */
const lookMs = 6_000;

export async function act(person: Person, terminal: SimTerminal, habit: Habit): Promise<void> {
  const prng = person.prng;
  switch (habit) {
    case "send":
      return terminal.send(prng.pick(person.world.names), person.newText());
    case "burst":
      for (let count = 1 + prng.below(20); count > 0; count -= 1) {
        terminal.send(prng.pick(person.world.names), person.newText());
      }
      return;
    case "sendToNobody":
      return terminal.send("nobody", person.newText());
    case "list":
      return list(person, terminal);
    case "mark":
      return mark(person, terminal);
    case "search":
      return search(person, terminal);
    case "wrongPassword":
      return tryWrongPassword(person);
    case "relogin":
      await terminal.request("logout", { type: "logout" });
      terminal.isIn = false;
      return;
    case "vanish":
      terminal.kill();
      person.terminals.splice(person.terminals.indexOf(terminal), 1);
      return person.comeBack(10 + prng.below(person.plan.awayMs));
    case "freeze":
      return freeze(person, terminal, 50 + prng.below(2 * person.plan.awayMs));
    case "deleteAccount":
      return person.deleteAccount(terminal);
    case "grabName":
      return grabName(person);
    case "meddle":
      return meddle(person, terminal);
  }
}

/** Whoever is still away when all is over comes back: the audit waits for nobody's return. */
function freeze(person: Person, terminal: SimTerminal, durationMs: number): void {
  const { clock } = person.world.cluster;
  const endMs = clock.nowMs() + durationMs;
  const look = (): void => {
    const leftMs = endMs - clock.nowMs();
    if (leftMs <= 0 || person.world.isOver()) terminal.clock.resume();
    else clock.arrive(Math.min(leftMs, lookMs), look);
  };
  terminal.clock.pause();
  look();
}

async function list(person: Person, terminal: SimTerminal): Promise<void> {
  if (person.seqs.size + person.confirmedTexts.size > listedMax) return;
  const { number } = person.life;
  /** The account may have been deleted between two pages, at another terminal. */
  const isOver = (): boolean => {
    const { life } = person;
    return number !== life.number || life.isDeleting || !life.isRegistered;
  };
  const arrived = new Set(person.isMuddled ? [] : person.arrivedTexts);
  const expected = [...person.confirmedTexts, ...arrived];
  const listed = await person.listAll(terminal);
  if (listed === null || isOver()) return;
  const texts = new Set(listed.map(({ text }) => text));
  person.expectStrict(
    texts.size === listed.length,
    `${person.name}'s mailbox holds a message twice`,
  );
  for (const text of expected) {
    if (person.world.hasLetGo(person.name, text)) continue;
    const isSought = !person.removedTexts.has(text) && !(person.isMuddled && arrived.has(text));
    const words = `${person.name} does not find "${text}", confirmed before`;
    person.expectStrict(!isSought || texts.has(text), words);
  }
}

async function mark(person: Person, terminal: SimTerminal): Promise<void> {
  const seqs = [...person.seqs.keys()];
  if (seqs.length === 0) return;
  const mark = person.prng.pick(["read", "read", "unread", "removed"]);
  const count = 1 + person.prng.below(3);
  const chosen = new Set(Array.from({ length: count }, () => person.prng.pick(seqs)));
  if (mark === "removed") {
    for (const seq of chosen) {
      person.removedTexts.add(person.seqs.get(seq) ?? "");
      person.seqs.delete(seq);
    }
  }
  person.marksUnanswered += 1;
  const answer = await terminal.request("mark", { type: "mark", mark, seqs: [...chosen] });
  // One that is not there any more refuses all of them.
  if (answer.ok || answer.code === "not-yours") person.marksUnanswered -= 1;
}

async function search(person: Person, terminal: SimTerminal): Promise<void> {
  const names: string[] = [];
  const present = person.world.present();
  for (let after = ""; ; after = names.at(-1) ?? after) {
    const answer = await terminal.query("search", { type: "search", pattern: "p*", after });
    const page = answer.ok ? answer.replies[0] : undefined;
    if (page?.type !== "names") return;
    names.push(...page.names);
    if (!page.more || page.names.length === 0) break;
  }
  const known = new Set(person.world.names);
  for (const name of names) {
    if (known.has(asRegistered(name))) continue;
    person.world.broken(`a search found ${name}, which never was a name`);
  }
  const stillPresent = new Set(person.world.present());
  for (const name of present) {
    const isFound = !stillPresent.has(name) || names.includes(name);
    person.expectStrict(isFound, `${name} is not found by a search`);
  }
  person.expectStrict(new Set(names).size === names.length, "a search found a name twice");
}

async function tryWrongPassword(person: Person): Promise<void> {
  const stranger = person.stranger(person.name);
  const answer = await stranger.login("not the password");
  // A server that lets it pass cannot prove that it knows the password: the client notices.
  const isLetIn = answer.ok || answer.code === "server-not-authentic";
  if (isLetIn) person.world.broken(`${person.name} was entered with a wrong password`);
  stranger.kill();
}

/** Everybody wants the one name. */
async function grabName(person: Person): Promise<void> {
  const stranger = person.stranger("king");
  await stranger.register(passwordOf(person));
  stranger.kill();
}

/** What no client of ours would ask, and servers must refuse. */
async function meddle(person: Person, terminal: SimTerminal): Promise<void> {
  const { names, broken } = person.world;
  const other = names.find((name) => name !== person.name) ?? "nobody";
  const draft = person.prng.pick([
    { type: "delete", name: other },
    { type: "send", to: other, format: "p", body: "x".repeat(300) },
    { type: "mark", mark: "removed", seqs: [9_999_999] },
  ] as const);
  const answer = await terminal.request("meddle", draft);
  if (answer.ok) broken(`${person.name} was let to do what only others may: ${draft.type}`);
}
