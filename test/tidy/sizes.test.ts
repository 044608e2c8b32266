// Shows that files, functions and lines stay within what one can read at a sitting, and that each
// file says at its top what it is for. Each check is first shown a bad sample.

import assert from "node:assert/strict";
import { test } from "node:test";
import { codeFiles } from "./repository.ts";
import { headerProblems, sizeProblems } from "./sizes.ts";

const body = (count: number, indent: string): string => `${indent}work();\n`.repeat(count);
const sample = (text: string): { path: string; text: string } => ({ path: "src/x.ts", text });

test("files have at most 300 lines, functions 50, lines 100 columns", () => {
  assert.deepEqual(codeFiles().flatMap(sizeProblems), []);
});

test("a long file and a long line are noticed", () => {
  assert.deepEqual(sizeProblems(sample("work();\n".repeat(300))), []);
  assert.deepEqual(sizeProblems(sample("work();\n".repeat(301))), ["src/x.ts: 301 lines"]);
  assert.deepEqual(sizeProblems(sample(`${"x".repeat(101)}\n`)), ["src/x.ts:1: 101 columns"]);
  const name = "a sentence ".repeat(10);
  assert.deepEqual(sizeProblems(sample(`test("${name}", async (t) => {\n`)), []);
  assert.equal(sizeProblems(sample(`assert("${name}", async (t) => {\n`)).length, 1);
});

test("a function of 51 lines is noticed however it is written, one of 50 is not", () => {
  const openings: readonly (readonly [string, string, string, number])[] = [
    ["", "export function f(a: number): void {", "}", 0],
    ["", "export function f(\n  a: number,\n): void {", "}", 2],
    ["", "export function f({\n  a,\n}: {\n  readonly a: number;\n}): void {", "}", 4],
    ["", "const f = async (a: number): Promise<void> => {", "};", 0],
    ["", 'test("a sentence", () => {', "});", 0],
    ["  ", "override take(bytes: Buffer): void {", "}", 0],
    ["  ", "take(\n    bytes: Buffer,\n  ): void {", "}", 2],
    ["  ", "get size(): number {", "}", 0],
  ];
  for (const [indent, opening, closing, extraLines] of openings) {
    const whole = (lines: number): string =>
      `${indent}${opening}\n${body(lines - 2 - extraLines, `${indent}  `)}${indent}${closing}\n`;
    assert.deepEqual(sizeProblems(sample(whole(50))), [], opening);
    assert.equal(sizeProblems(sample(whole(51))).length, 1, opening);
  }
});

test("a long class, interface or table is no long function", () => {
  for (const opening of ["export class C {", "export interface I {", "const table = {"]) {
    assert.deepEqual(sizeProblems(sample(`${opening}\n${body(60, "  ")}}\n`)), [], opening);
  }
});

test("each file opens with two to five lines that say what it is for", () => {
  assert.deepEqual(codeFiles().flatMap(headerProblems), []);
});

test("a file that opens with code, or with an essay, is noticed", () => {
  for (const count of [0, 1, 6]) {
    const text = `${"// words\n".repeat(count)}\nwork();\n`;
    assert.equal(headerProblems(sample(text)).length, 1, `${count} lines`);
  }
  assert.deepEqual(headerProblems(sample("#!/usr/bin/env node\n// a\n// b\nwork();\n")), []);
});
