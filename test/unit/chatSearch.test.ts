// Search as the state machine answers it: patterns, pages, order. Patterns are the user's, so no
// pattern may cost more than another.

import assert from "node:assert/strict";
import { test } from "node:test";
import { namesPerBlock } from "../../src/base/limits.ts";
import { makePrng } from "../../src/base/prng.ts";
import { glob } from "../../src/base/text.ts";
import { NameIndex } from "../../src/chat/names.ts";
import { ChatScript } from "../support/chatScript.ts";

function chatOf(...names: string[]): ChatScript {
  const script = new ChatScript();
  for (const [index, name] of names.entries()) script.register(index + 1, name);
  return script;
}

function search(script: ChatScript, pattern: string, count = 100, after = ""): string {
  const { names, more } = script.chat.search(pattern, { after, count });
  return `${names.join(" ")}${more ? " …" : ""}`;
}

test("finds names in order regardless of case, as they were registered", () => {
  const script = chatOf("bob", "Alice", "alan", "Carol", "ALBERT", "4ever");
  assert.equal(search(script, "*"), "4ever alan ALBERT Alice bob Carol");
  assert.equal(search(script, "AL*"), "alan ALBERT Alice");
  assert.equal(search(script, "*O*"), "bob Carol");
  assert.equal(search(script, "alice"), "Alice");
  assert.equal(search(script, "a*e"), "Alice");
  assert.equal(search(script, "lice"), "");
  assert.equal(search(script, ""), "");
});

test("pages follow each other without gap or repetition", () => {
  const script = chatOf("a1", "a2", "A3", "a4", "a5", "b1");
  assert.equal(search(script, "a*", 2), "a1 a2 …");
  assert.equal(search(script, "a*", 2, "a2"), "A3 a4 …");
  assert.equal(search(script, "a*", 2, "A4"), "a5");
  assert.equal(search(script, "a*", 2, "zzz"), "");
});

test("deleted names are not found, and names registered since are", () => {
  const script = chatOf("alice", "bob");
  script.do(1, { type: "delete", name: "alice" });
  script.register(9, "alina");
  assert.equal(search(script, "*"), "alina bob");
});

test("nothing but * is special", () => {
  const script = chatOf("abc", "a1c");
  for (const pattern of ["a.c", "a?c", "[a]*", "a\\*", "(", "^a*", "a%c"]) {
    assert.equal(search(script, pattern), "", pattern);
  }
});

/** The obvious way, which takes exponential time. */
function naive(pattern: string, name: string): boolean {
  if (pattern === "") return name === "";
  if (pattern[0] === "*") {
    return naive(pattern.slice(1), name) || (name !== "" && naive(pattern, name.slice(1)));
  }
  return pattern[0] === name[0] && naive(pattern.slice(1), name.slice(1));
}

test("agrees with the obvious way on random patterns", () => {
  const prng = makePrng(3);
  const word = (letters: string, length: number): string =>
    Array.from({ length }, () => letters[prng.below(letters.length)]).join("");
  let matches = 0;
  for (let round = 0; round < 30_000; round += 1) {
    const pattern = word("ab**", prng.below(8));
    const name = word("ab", prng.below(9));
    assert.equal(glob(pattern, name), naive(pattern, name), `${pattern} on ${name}`);
    if (naive(pattern, name)) matches += 1;
  }
  assert.ok(matches > 5_000);
});

test("a hostile pattern costs no more than a kind one", () => {
  const pattern = `${"*a".repeat(49)}*b`;
  const name = "a".repeat(50);
  const startedAt = process.cpuUsage();
  for (let round = 0; round < 10_000; round += 1) assert.equal(glob(pattern, name), false);
  for (let round = 0; round < 10_000; round += 1) assert.equal(glob("*a*a*a*b", name), false);
  const { user } = process.cpuUsage(startedAt);
  assert.ok(user < 1_000_000, `20,000 matches took ${user} µs`);
});

test("the index of names keeps its order through any additions and removals", () => {
  const prng = makePrng(5);
  const index = new NameIndex();
  const names = new Set<string>();
  for (let round = 0; round < namesPerBlock * 12; round += 1) {
    const name = prng.below(namesPerBlock * 6).toString(36);
    if (prng.chance(0.7)) {
      index.add(name);
      names.add(name);
    } else {
      index.remove(name);
      names.delete(name);
    }
  }
  const wanted = [...names].sort();
  assert.ok(wanted.length > namesPerBlock * 2);
  assert.deepEqual([...index.startingAt("")], wanted);
  assert.deepEqual(
    [...index.startingAt("m")],
    wanted.filter((name) => name >= "m"),
  );
  for (const name of wanted) index.remove(name);
  assert.deepEqual([...index.startingAt("")], []);
});
