// The words behind a command, and what all parsers make of them: PURE. Which command takes which
// words is decided in parse.ts and beside it.

import type { Command, CommandName, Parsed, Question } from "./parsed.ts";

export interface Words {
  /** All words behind the command. */
  readonly rest: readonly string[];
  /** The same as it was typed. */
  readonly text: string;
}

export function understood(command: Command, questions: readonly Question[]): Parsed {
  return { kind: "command", command, questions };
}

/** `questions`: the lines that it eats all the same. */
export function misused(
  command: CommandName,
  message: string,
  questions: readonly Question[] = [],
): Parsed {
  return { kind: "misused", command, message, questions };
}

/** Whether it is for whoever takes lines behind a colon, such as `:kill 0`: no smiley is. */
export function isColonLine(line: string): boolean {
  return /^:(\s|$|[A-Za-z]{2})/.test(line);
}

/** Of words that may name several: commas part them as well. */
export function listedIn(words = ""): string[] {
  return words.split(/[\s,]+/).filter(Boolean);
}

export function wholeNumber(text: string): number | null {
  return /^[1-9][0-9]{0,5}$/.test(text) ? Number(text) : null;
}

/** Words with the options among them taken out, and the word behind each of those. */
export interface TakenOptions {
  readonly rest: readonly string[];
  readonly options: ReadonlyMap<string, string>;
  /** An option has no word behind it. */
  readonly isCut: boolean;
}

export function takeOptions(words: readonly string[], names: readonly string[]): TakenOptions {
  const rest: string[] = [];
  const options = new Map<string, string>();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string;
    const name = names.find((one) => word === one || word.startsWith(`${one}=`));
    if (name === undefined) {
      rest.push(word);
      continue;
    }
    const isJoined = word !== name;
    const value = isJoined ? word.slice(name.length + 1) : words[at + 1];
    if (value === undefined || value === "") {
      return { rest: [...rest, ...words.slice(at + 1)], options, isCut: true };
    }
    options.set(name, value);
    if (!isJoined) at += 1;
  }
  return { rest, options, isCut: false };
}

/** The first word, and what stands behind it as it was typed. */
export function firstWord(text: string): { readonly word: string; readonly rest: string } {
  const typed = text.trimStart();
  const word = /^\S+/.exec(typed)?.[0] ?? "";
  return { word, rest: typed.slice(word.length).trimStart() };
}
