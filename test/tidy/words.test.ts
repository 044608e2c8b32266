// Shows that the words listed in words.ts stand nowhere in the repository, and that each would be
// found if it did. The bad samples are put together from pieces, so as not to be found themselves.

import assert from "node:assert/strict";
import { test } from "node:test";
import { codeFiles, repositoryFiles } from "./repository.ts";
import { codeWordProblems, textWordProblems } from "./words.ts";

const inCode = (text: string): readonly string[] => codeWordProblems({ path: "src/x.ts", text });
const inText = (text: string): readonly string[] => textWordProblems({ path: "README.md", text });

test("the code uses no construct that leaves code behind, hides a type or has no name", () => {
  assert.deepEqual(codeFiles().flatMap(codeWordProblems), []);
});

test("each unwanted construct is noticed", () => {
  const bad = [
    "export const enum Role { primary }",
    "declare namespace Chat {",
    "export default main;",
    "export { main as default };",
    'export * from "./codec.ts";',
    'export { encode } from "./codec.ts";',
    "let x: any;",
    "const y = z as any;",
    "function f(a: readonly any[], b: Map<string, any>): void {}",
    "// @ts-" + "ignore",
  ];
  for (const line of bad) assert.equal(inCode(line).length, 1, line);
});

test("talking about a construct is no use of it", () => {
  const good = [
    "// any member of a namespace, and no enum",
    'const text = "export default any";',
    "const found = list.some((any) => any.dead);",
    "export type { Op };",
  ];
  for (const line of good) assert.deepEqual(inCode(line), [], line);
});

test("no text puts work off, names a machine's folder or a package registry", () => {
  assert.deepEqual(repositoryFiles().flatMap(textWordProblems), []);
});

test("each unwanted word in a text is noticed", () => {
  const bad = [
    `// ${"TO" + "DO"}: later`,
    `see ${"/ho" + "me"}/alice/notes`,
    `"resolved": "${"https://regi" + "stry.npmjs.org"}/x.tgz"`,
  ];
  for (const line of bad) assert.equal(inText(line).length, 1, line);
  assert.deepEqual(inText("../work/list.ts and https://example.org/home/page"), []);
});
