// What the words behind draft mean: PURE. Whether there is such a draft is not looked at here, nor
// whether anybody has the name.

import { firstAddressee } from "./addressee.ts";
import type { DraftAct, Parsed, Question } from "./parsed.ts";
import { firstWord, listedIn, misused, understood, wholeNumber, type Words } from "./words.ts";

export function parseDraft({ text }: Words): Parsed {
  const { word, rest } = firstWord(text);
  switch (word.toLowerCase()) {
    case "":
    case "list":
      return rest === "" ? draft({ kind: "list" }, []) : noSense([]);
    case "new":
      return parseNew(rest);
    case "edit":
      return parseEdit(rest);
    case "send":
      return parseChosen("send", rest);
    case "remove":
      return parseChosen("remove", rest);
    default:
      return noSense([]);
  }
}

function parseNew(words: string): Parsed {
  const { to, rest: text } = firstAddressee(words);
  if (to === "") return draft({ kind: "new", to: null, text: null }, ["recipient", "text"]);
  if (text === "") return draft({ kind: "new", to, text: null }, ["text"]);
  return draft({ kind: "new", to, text }, []);
}

function parseEdit(words: string): Parsed {
  const { word, rest: text } = firstWord(words);
  if (word === "") return draft({ kind: "edit", draft: null, text: null }, ["draft", "text"]);
  const number = wholeNumber(word);
  const questions: readonly Question[] = text === "" ? ["text"] : [];
  if (number === null) return noSense(questions);
  return draft({ kind: "edit", draft: number, text: text === "" ? null : text }, questions);
}

function parseChosen(kind: "send" | "remove", words: string): Parsed {
  const drafts = listedIn(words.toLowerCase());
  if (!drafts.every(isDraftWord)) return noSense([]);
  return draft({ kind, drafts }, drafts.length === 0 ? ["drafts"] : []);
}

export function isDraftWord(word: string): boolean {
  return word === "all" || wholeNumber(word) !== null;
}

function draft(act: DraftAct, questions: readonly Question[]): Parsed {
  return understood({ kind: "draft", act }, questions);
}

function noSense(questions: readonly Question[]): Parsed {
  const acts = "new [to] [text], edit <number> [text], list";
  const message = `draft takes ${acts}, or send and remove with numbers or all.`;
  return misused("draft", message, questions);
}
