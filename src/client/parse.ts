// What a typed or piped line means: PURE. Which further lines a command needs follows from its
// words alone, never from what comes of it, so that an answer is never read as a command (FEATURES
// §2). It checks no name, text or login: those who carry commands out do.

import { waitSecondsMax } from "../base/limits.ts";
import { firstAddressee, withWholeNames } from "./addressee.ts";
import type { CommandName, Parsed, Question } from "./parsed.ts";
import { parseDraft } from "./parseDraft.ts";
import { parseGroup } from "./parseGroup.ts";
import { parseOutbox } from "./parseOutbox.ts";
import { parseHistory, parseMark } from "./parseMail.ts";
import { parseSet } from "./parseSet.ts";
import { parseVerify } from "./parseVerify.ts";
import { misused, understood, wholeNumber, type Words } from "./words.ts";

export const commandNames: readonly CommandName[] = [
  "register",
  "login",
  "search",
  "send",
  "reply",
  "chat",
  "leave",
  "inbox",
  "read",
  "unread",
  "remove",
  "history",
  "draft",
  "group",
  "block",
  "unblock",
  "blocked",
  "verify",
  "outbox",
  "users",
  "cluster",
  "wait",
  "set",
  "passwd",
  "logout",
  "delete",
  "help",
  "quit",
];

const otherNames = new Map<string, CommandName>([
  ["bye", "quit"],
  ["exit", "quit"],
  ["disconnect", "quit"],
]);

export function parseLine(line: string): Parsed {
  const typed = line.trim();
  if (typed === "") return { kind: "nothing" };
  const first = /^\S+/.exec(typed)?.[0] ?? "";
  const command = commandFrom(first);
  if (command === null) return { kind: "unknown", nearest: nearestCommand(bareWord(first)) };
  const text = typed.slice(first.length).trimStart();
  return parseWords(command, { text, rest: text === "" ? [] : text.split(/\s+/) });
}

/** The same while a conversation is open: what does not begin with a slash is a message. */
export function parseTalk(line: string, partner: string | null): Parsed {
  const typed = line.trim();
  if (partner === null || typed === "" || typed.startsWith("/")) return parseLine(line);
  return understood({ kind: "send", to: partner, text: typed, inTalk: true }, []);
}

/**
 * Behind such a line no conversation is open any more, whatever comes of it: who may log in next
 * types a password, which must not be a message.
 */
export function endsTalk(parsed: Parsed): boolean {
  if (parsed.kind === "misused") return talkEnders.has(parsed.command);
  return parsed.kind === "command" && talkEnders.has(parsed.command.kind);
}

const talkEnders: ReadonlySet<CommandName> = new Set(["register", "login", "logout", "delete"]);

/** The command that a word stands for: a leading slash is allowed, and case does not matter. */
export function commandFrom(word: string): CommandName | null {
  const bare = bareWord(word);
  return commandNames.find((name) => name === bare) ?? otherNames.get(bare) ?? null;
}

function bareWord(word: string): string {
  return word.replace(/^\//, "").toLowerCase();
}

function parseWords(name: CommandName, words: Words): Parsed {
  switch (name) {
    case "register":
    case "login":
      return parseEntry(name, words);
    case "search":
      return parseSearch(words);
    case "send":
      return parseSend(words);
    case "reply":
      return understood(
        { kind: "reply", text: textOrNull(words.text) },
        words.text === "" ? ["text"] : [],
      );
    case "inbox":
      return parseInbox(words);
    case "read":
    case "unread":
    case "remove":
      return parseMark(name, words);
    case "history":
      return parseHistory(words);
    case "chat":
      return parseChat(words);
    case "draft":
      return parseDraft(words);
    case "group":
      return parseGroup(words);
    case "block":
    case "unblock":
      return parseBlock(name, words);
    case "users":
      return parseUsers(words);
    case "wait":
      return parseWait(words);
    case "verify":
      return parseVerify(words);
    case "outbox":
      return parseOutbox(words);
    case "set":
      return parseSet(words);
    case "help":
      return parseHelp(words);
    default:
      return parseBare(name, words, bareQuestions.get(name) ?? []);
  }
}

/** Of the commands that stand alone on their lines. */
const bareQuestions: ReadonlyMap<CommandName, readonly Question[]> = new Map([
  ["passwd", ["passwordOld", "passwordNew"]],
  ["delete", ["confirmation"]],
]);

function parseEntry(kind: "register" | "login", { rest }: Words): Parsed {
  const questions: readonly Question[] = rest.length === 0 ? ["name", "password"] : ["password"];
  if (rest.length <= 1) return understood({ kind, name: rest[0] ?? null }, questions);
  const message = `${kind} takes a name alone; the password is asked for.`;
  return { kind: "misused", command: kind, message, questions };
}

function parseSearch({ rest }: Words): Parsed {
  if (rest.length > 1) {
    const message = "search takes one pattern, such as a* or *lice.";
    return { kind: "misused", command: "search", message, questions: [] };
  }
  const pattern = rest[0] ?? null;
  return understood({ kind: "search", pattern }, pattern === null ? ["pattern"] : []);
}

function parseChat({ rest }: Words): Parsed {
  const names = withWholeNames(rest);
  const questions: readonly Question[] = names.length === 0 ? ["partner"] : [];
  if (names.length <= 1) return understood({ kind: "chat", with: names[0] ?? null }, questions);
  return misused("chat", "chat takes one name, or one group behind a #.");
}

function parseUsers({ rest }: Words): Parsed {
  if (rest.length <= 1) return understood({ kind: "users", pattern: rest[0] ?? null }, []);
  return misused("users", "users takes one pattern, such as a*, or nothing for all.");
}

function parseBlock(kind: "block" | "unblock", { rest }: Words): Parsed {
  const names = withWholeNames(rest);
  const questions: readonly Question[] = names.length === 0 ? ["whom"] : [];
  if (names.length <= 1) return understood({ kind, name: names[0] ?? null }, questions);
  return misused(kind, `${kind} takes one name.`);
}

function parseSend({ text: typed }: Words): Parsed {
  const { to, rest } = firstAddressee(typed);
  if (to === "") return understood({ kind: "send", to: null, text: null }, ["recipient", "text"]);
  const text = textOrNull(rest);
  return understood({ kind: "send", to, text }, text === null ? ["text"] : []);
}

function parseInbox({ rest }: Words): Parsed {
  const [count] = rest;
  if (count === undefined) return understood({ kind: "inbox", count: null }, []);
  const number = wholeNumber(count);
  if (rest.length === 1 && number !== null) {
    return understood({ kind: "inbox", count: number }, []);
  }
  const message = "inbox takes the number of messages to open, or nothing for all.";
  return { kind: "misused", command: "inbox", message, questions: [] };
}

function parseWait({ rest }: Words): Parsed {
  const words = rest.flatMap((word) =>
    word.startsWith("--for=") ? ["--for", word.slice("--for=".length)] : [word],
  );
  const forAt = words.indexOf("--for");
  const forWord = words[forAt + 1] ?? "";
  const seconds = forAt < 0 ? null : secondsForm.test(forWord) ? Number(forWord) : Number.NaN;
  const others = forAt < 0 ? words : [...words.slice(0, forAt), ...words.slice(forAt + 2)];
  const count = others.length === 0 ? 1 : wholeNumber(others[0] ?? "");
  const isTimeGood = seconds === null || (seconds >= 0 && seconds <= waitSecondsMax);
  if (count !== null && others.length <= 1 && isTimeGood) {
    return understood({ kind: "wait", count, seconds }, []);
  }
  const message = "wait takes a number of messages, and --for with a number of seconds.";
  return { kind: "misused", command: "wait", message, questions: [] };
}

/** Of an empty word Number makes 0, and a script whose variable is empty would not wait at all. */
const secondsForm = /^([0-9]+\.?[0-9]*|\.[0-9]+)$/;

function parseHelp({ rest }: Words): Parsed {
  if (rest.length <= 1) return understood({ kind: "help", about: rest[0] ?? null }, []);
  const message = "help takes the name of one command, or nothing for all.";
  return { kind: "misused", command: "help", message, questions: [] };
}

function parseBare(
  kind: "logout" | "blocked" | "delete" | "passwd" | "leave" | "cluster" | "quit",
  { rest }: Words,
  questions: readonly Question[],
): Parsed {
  if (rest.length === 0) return understood({ kind }, questions);
  const message = `${kind} stands alone on its line.`;
  return { kind: "misused", command: kind, message, questions };
}

function textOrNull(text: string): string | null {
  return text === "" ? null : text;
}

export function nearestCommand(word: string): string | null {
  return nearestOf(word, [...commandNames, ...otherNames.keys()]);
}

/** Nearest by letters to be changed, left out, put in or swapped; null when none is near. */
export function nearestOf(word: string, names: readonly string[]): string | null {
  const begun = names.find((name) => word.length >= 2 && name.startsWith(word));
  if (begun !== undefined) return begun;
  const changesMax = word.length <= 3 ? 1 : 2;
  let nearest: string | null = null;
  let fewest = changesMax + 1;
  for (const name of names) {
    const changes =
      Math.abs(name.length - word.length) > changesMax ? fewest : distance(word, name);
    if (changes >= fewest) continue;
    fewest = changes;
    nearest = name;
  }
  return nearest;
}

/** Damerau–Levenshtein (optimal string alignment). */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let above = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1];
      let fewest = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (row > 1 && column > 1 && swapped)
        fewest = Math.min(fewest, (before[column - 2] ?? 0) + 1);
      current.push(fewest);
    }
    before = above;
    above = current;
  }
  return above[other.length] ?? 0;
}
