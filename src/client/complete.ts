// What Tab makes of the half-typed line: PURE. Completes commands and their actions; names, groups,
// message numbers and settings where those stand; where several fit, as far as they agree. On an
// empty line it begins an answer. It knows what was seen so far, and says what to ask servers for.

import { isGroupAddress } from "../base/text.ts";
import { formerMarks, isListed, isWritable } from "./addressee.ts";
import { insert, type Line, lineOf } from "./line.ts";
import { commandFrom, commandNames } from "./parse.ts";
import { isSettingName, settingNames, valuesOf } from "./settings.ts";

export interface Known {
  /** People, and groups with their #. */
  readonly names: readonly string[];
  /** Numbers of messages, newest first. */
  readonly numbers: readonly string[];
  /** Who wrote last. */
  readonly lastSender: string | null;
  /** Of the open conversation. */
  readonly partner: string | null;
}

export interface Completion {
  readonly line: Line;
  /** To choose from, when the line could not be completed any further. */
  readonly choices: readonly string[];
  /** How a name begins of which none was seen so far; empty where no name is wanted. */
  readonly unseen: string;
}

export function complete(line: Line, known: Known): Completion {
  const { partner, lastSender } = known;
  const isAnswerable = lastSender !== null && isWritable(lastSender);
  if (line.text === "" && partner === null && isAnswerable) {
    return completed(lineOf(`send ${lastSender} `));
  }
  const head = line.text.slice(0, line.cursor);
  const word = /\S*$/.exec(head)?.[0] ?? "";
  const before = head.slice(0, head.length - word.length).trim();
  if (partner !== null && !head.startsWith("/")) {
    return completeWord(line, word, known.names.filter(isWritable));
  }
  if (before === "") return completeCommand(line, word);
  const [first = "", ...others] = before.split(/\s+/);
  const completion = completeWord(line, word, candidates(first, others, known));
  const isName = candidates(first, others, anybody).includes(isGroupAddress(word) ? "#a" : "a");
  const isUnseen = isName && completion.line === line && completion.choices.length === 0;
  return isUnseen ? { ...completion, unseen: word } : completion;
}

/** Where one of these may stand, any name may. */
const anybody: Known = { names: ["a", "#a"], numbers: [], lastSender: null, partner: null };

function completeCommand(line: Line, word: string): Completion {
  return completeWord(line, word.replace(/^\//, ""), commandNames);
}

const draftActs = ["new", "edit", "list", "send", "remove"];
const groupActs = ["create", "add", "remove", "leave", "join", "members", "list"];

/** What may stand behind a command and the words before this one. */
function candidates(
  first: string,
  others: readonly string[],
  { names: shown, numbers }: Known,
): readonly string[] {
  const isFirst = others.length === 0;
  const names = shown.filter(isWritable);
  const [action = ""] = others;
  switch (commandFrom(first)) {
    case "history":
      if (isFirst) return shown.filter(isListed);
      return others.length === 1 ? formerMarks(shown, action) : [];
    case "send":
    case "search":
    case "chat":
    case "block":
    case "unblock":
    case "users":
      return isFirst ? names : [];
    case "verify":
      return isFirst ? names.filter((name) => !isGroupAddress(name)) : verifyWords;
    case "read":
    case "unread":
    case "remove":
      return numbers.filter((number) => !others.includes(number));
    case "draft":
      if (isFirst) return draftActs;
      return action === "new" && others.length === 1 ? names : [];
    case "group":
      if (isFirst) return groupActs;
      return names.filter((name) => isGroupAddress(name) === (others.length === 1));
    case "help":
      return isFirst ? commandNames : [];
    case "set":
      return others.length <= 1 ? settingWords(action) : [];
    default:
      return [];
  }
}

const verifyWords = ["yes", "no"];
const choicesMax = 60;

function settingWords(setting: string): readonly string[] {
  if (setting === "") return settingNames;
  return isSettingName(setting) ? valuesOf(setting) : [];
}

function completeWord(line: Line, word: string, words: readonly string[]): Completion {
  const fitting = words.filter((one) => one.toLowerCase().startsWith(word.toLowerCase()));
  const [only] = fitting;
  if (only === undefined) return completed(line);
  if (fitting.length === 1) return completed(replaceWord(line, word, `${only} `));
  const shared = sharedStart(fitting);
  if (shared.length > word.length) return completed(replaceWord(line, word, shared));
  return completed(line, inOrder(fitting));
}

/** By the alphabet; of numbers the newest, rising. */
function inOrder(words: readonly string[]): readonly string[] {
  if (!words.every((word) => /^[0-9]+$/.test(word))) return [...words].sort().slice(0, choicesMax);
  const newest = words.slice(0, choicesMax);
  return newest.sort((one, other) => Number(one) - Number(other));
}

function completed(line: Line, choices: readonly string[] = []): Completion {
  return { line, choices, unseen: "" };
}

function replaceWord({ text, cursor }: Line, word: string, whole: string): Line {
  const start = cursor - word.length;
  return insert({ text: text.slice(0, start) + text.slice(cursor), cursor: start }, whole);
}

function sharedStart(words: readonly string[]): string {
  let shared = words[0] ?? "";
  for (const word of words) {
    while (!word.toLowerCase().startsWith(shared.toLowerCase())) shared = shared.slice(0, -1);
  }
  return shared;
}
