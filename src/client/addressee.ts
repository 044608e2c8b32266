// Whom a command is meant for, as it was typed: PURE. `bob (deleted)` is one name, as it is shown:
// of somebody who is gone, and not of whoever has the name now. Nothing reaches him, and whatever
// would is refused here; history alone takes such names. Who there is, servers decide.

import { checkName, formerAddress, groupNameOf, isAddress, isGroupAddress } from "../base/text.ts";
import type { Why } from "./answers.ts";
import type { Command, GroupAct } from "./parsed.ts";
import type { Answers } from "./results.ts";
import { firstWord, listedIn } from "./words.ts";

/** The name that a text begins with, and what stands behind it as it was typed. */
export function firstAddressee(text: string): { readonly to: string; readonly rest: string } {
  const { word, rest } = firstWord(text);
  // What follows without a space was hardly meant for a namesake, and may have been for nobody.
  const mark = /^\((?:deleted|gone)\)/i.exec(rest)?.[0] ?? "";
  const shown = `${word} ${mark}`;
  if (formerAddress(shown) === null) return { to: word, rest };
  return { to: shown, rest: rest.slice(mark.length).trimStart() };
}

/** The same of words that are names, or may be. */
export function withWholeNames(words: readonly string[]): readonly string[] {
  const whole: string[] = [];
  for (const word of words) {
    const shown = `${whole.at(-1)} ${word}`;
    if (formerAddress(shown) === null) whole.push(word);
    else whole[whole.length - 1] = shown;
  }
  return whole;
}

/** Of what a group command names: a group, whose # may be left out, and people. */
export function withWholeGroup(words: readonly string[]): readonly string[] {
  const [group, mark, ...members] = words;
  const shown = `${group} ${mark}`;
  const isFormer = group !== undefined && formerAddress(`#${groupNameOf(shown)}`) !== null;
  return isFormer ? [shown, ...withWholeNames(members)] : withWholeNames(words);
}

/** Whether something may be sent there, or asked of it, as far as the name tells. */
export function isWritable(shown: string): boolean {
  return isGroupAddress(shown) ? isAddress(shown) : checkName(shown) === null;
}

/** Whose messages can be read back. */
export function isListed(shown: string): boolean {
  return isWritable(shown) || formerAddress(shown) !== null;
}

/** What is typed behind the address of somebody who is gone, where he is listed: "(deleted)". */
export function formerMarks(shown: readonly string[], address: string): readonly string[] {
  const former = shown.filter((name) => formerAddress(name) !== null);
  const start = `${address.toLowerCase()} `;
  const his = former.filter((name) => name.toLowerCase().startsWith(start));
  return his.map((name) => name.slice(start.length));
}

/**
 * Before anything is done for one of whom it names, so far as that is known: with the answers, or
 * before they are asked for. A message that stands on the line is refused with its text, by
 * refuseFormer.
 */
export function refuseAddressees(command: Command, answers: Answers = {}): Why | null {
  const gets = command.kind === "send" || command.kind === "chat" || command.kind === "draft";
  for (const shown of addresseesOf(command, answers)) {
    const why = gets ? refuseFormer(shown) : refuseGone(shown);
    if (why !== null) return why;
  }
  return null;
}

/** What is to be sent. */
export function refuseFormer(shown: string): Why | null {
  return refuse(shown, "gets no more messages");
}

function refuseGone(shown: string): Why | null {
  return refuse(shown, isGroupAddress(shown) ? "is no group any more" : "has no account any more");
}

function refuse(typed: string, what: string): Why | null {
  const shown = typed.trim();
  if (formerAddress(shown) === null) return null;
  const code = isGroupAddress(shown) ? "no-such-group" : "no-such-user";
  return { code, message: `${shown} ${what}.` };
}

function addresseesOf(command: Command, answers: Answers): readonly string[] {
  switch (command.kind) {
    case "send":
      return command.text === null ? [command.to ?? answers.recipient ?? ""] : [];
    case "chat":
      return [command.with ?? answers.partner ?? ""];
    case "block":
    case "unblock":
    case "verify":
      return [command.name ?? answers.whom ?? ""];
    case "draft":
      return command.act.kind === "new" ? [command.act.to ?? answers.recipient ?? ""] : [];
    case "group":
      return namedIn(command.act, answers);
    default:
      return [];
  }
}

function namedIn(act: GroupAct, answers: Answers): readonly string[] {
  if (act.kind === "list") return [];
  const group = `#${groupNameOf((act.group ?? answers.group ?? "").trim())}`;
  const isMore = act.kind === "add" || act.kind === "remove";
  if (!isMore) return [group];
  const members = act.members.length > 0 ? act.members : withWholeNames(listedIn(answers.members));
  return [group, ...members];
}
