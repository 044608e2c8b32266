// Words that do not belong here: constructs that leave code behind or hide types, promises to
// finish later, and addresses of the machine a line was written on. Code words are looked up
// outside comments and strings; the others in every text of the repository.

import { withoutCommentsAndStrings } from "./layers.ts";
import type { TextFile } from "./repository.ts";

type Rule = readonly [pattern: RegExp, why: string];

const codeRules: readonly Rule[] = [
  [/^\s*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s+\w/, "enum leaves code behind"],
  [/^\s*(?:export\s+)?(?:declare\s+)?namespace\s+\w/, "files are the only namespaces"],
  [/^\s*export\s+default\b|\bas\s+default\b/, "what is exported has a name"],
  [/^\s*export\s+(?:type\s+)?(?:\*|\{[^}]*\})\s*.*\bfrom\b/, "import from where it is defined"],
  [/(?:[:<|&,=]|\bas|\bextends|\breadonly)\s*any\b(?!\s*[(:.?=])/, "says nothing about the type"],
  [/@ts-(?:ignore|nocheck|expect-error)/, "mend the type instead"],
];

const ticket = ["TO" + "DO", "FIX" + "ME", "X" + "XX"].join("|");
const folders = ["work", "root", "home", "Users"].join("|");

const textRules: readonly Rule[] = [
  [new RegExp(`\\b(?:${ticket})\\b`), "finish it, or write down the limit"],
  [new RegExp(`(?<![\\w.$}~])/(?:${folders})/\\w`), "a path of one machine"],
  [/\bhttps?:\/\/[^/\s"]*(?:registry|npmjs|artifactory|nexus)/i, "a package registry's address"],
];

export function codeWordProblems(file: TextFile): readonly string[] {
  const code = withoutCommentsAndStrings(keepDirectives(file.text));
  return problemsIn({ path: file.path, text: code }, codeRules);
}

export function textWordProblems(file: TextFile): readonly string[] {
  return problemsIn(file, textRules);
}

/** Compiler directives live in comments; they are kept in sight. */
function keepDirectives(text: string): string {
  return text.replaceAll(/\/\/\s*(?=@ts-)/g, "");
}

function problemsIn(file: TextFile, rules: readonly Rule[]): readonly string[] {
  return file.text
    .split("\n")
    .flatMap((line, index) =>
      rules
        .filter(([pattern]) => pattern.test(line))
        .map(([, why]) => `${file.path}:${index + 1}: ${line.trim()} (${why})`),
    );
}
