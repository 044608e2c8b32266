// How much fits where: 300 lines a file, 50 a function, 100 columns a line, and two to five lines
// of comment at the top. Relies on prettier's layout: what opens at an indent closes at the same
// one. A function is counted from its first line to its closing brace.

import type { TextFile } from "./repository.ts";

const fileLinesMax = 300;
const functionLinesMax = 50;
const lineColumnsMax = 100;
/** A test's name is a sentence, and nothing breaks a sentence: its line may be as long as that. */
const testHead =
  /^ *(?:void )?test\((?:"[^"]*"|`[^`]*`), (?:\{[^}]*\}, )?(?:async )?\(\w*\) => \{$/;
const headerLinesMin = 2;
const headerLinesMax = 5;

export function sizeProblems(file: TextFile): readonly string[] {
  const lines = linesOf(file);
  const problems: string[] = [];
  if (lines.length > fileLinesMax) problems.push(`${file.path}: ${lines.length} lines`);
  lines.forEach((line, index) => {
    const columns = [...line].length;
    if (columns > lineColumnsMax && !testHead.test(line))
      problems.push(`${file.path}:${index + 1}: ${columns} columns`);
  });
  for (const { firstLine, lastLine } of functionsOf(lines)) {
    const length = lastLine - firstLine + 1;
    if (length > functionLinesMax) {
      problems.push(`${file.path}:${firstLine}: a function of ${length} lines`);
    }
  }
  return problems;
}

export function headerProblems(file: TextFile): readonly string[] {
  const lines = linesOf(file);
  const start = lines[0]?.startsWith("#!") === true ? 1 : 0;
  let count = 0;
  while (lines[start + count]?.startsWith("// ") === true) count += 1;
  if (count >= headerLinesMin && count <= headerLinesMax) return [];
  return [`${file.path} opens with ${count} lines of comment instead of two to five`];
}

function linesOf(file: TextFile): readonly string[] {
  const lines = file.text.split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

interface FunctionLines {
  readonly firstLine: number;
  readonly lastLine: number;
}

const notFunctions =
  /^\s*(?:\}\s*)?(?:if|else|for|while|switch|do|try|catch|finally|class|interface|type|describe)\b/;
const functionWord = /\bfunction\b/;
const arrowOpens = /=>\s*\{$/;
const methodOpens = /^\s*(?:[\w#]+\s+)*[#\w]+(?:<.*>)?\(.*\)?.*\{$/;
const listOpens = /[(<]$/;
const bodyOpens = /^\s*\).*\{$/;

function functionsOf(lines: readonly string[]): readonly FunctionLines[] {
  return lines.flatMap((line, index) => {
    if (!opensFunction(lines, index)) return [];
    const indent = indentOf(line);
    const closing = lines.findIndex(
      (other, at) =>
        at > index && indentOf(other) === indent && /^\s*\}/.test(other) && !other.endsWith("{"),
    );
    return closing < 0 ? [] : [{ firstLine: index + 1, lastLine: closing + 1 }];
  });
}

function opensFunction(lines: readonly string[], index: number): boolean {
  const line = lines[index] ?? "";
  if (/^\s*\/\//.test(line) || /^\s*\*/.test(line) || notFunctions.test(line)) return false;
  if (line.endsWith("{")) {
    return functionWord.test(line) || arrowOpens.test(line) || methodOpens.test(line);
  }
  if (!listOpens.test(line)) return false;
  const indent = indentOf(line);
  const next = lines.find((other, at) => at > index && indentOf(other) <= indent && other !== "");
  return next !== undefined && indentOf(next) === indent && bodyOpens.test(next);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
