// Each bug to be planted has its place in the code: exactly one. Whether the simulator catches them
// is shown by `npm run sim:mutants`, which takes longer than a test run may.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { changesOf, mutants } from "./mutants.ts";

test("every bug to be planted finds its place in the code, exactly once", async () => {
  for (const mutant of mutants) {
    const { name } = mutant;
    for (const { file, find, replace } of changesOf(mutant)) {
      const text = await readFile(new URL(`../../${file}`, import.meta.url), "utf8");
      assert.equal(text.split(find).length - 1, 1, `${name} in ${file}`);
      assert.notEqual(find, replace, name);
    }
  }
  assert.equal(new Set(mutants.map(({ name }) => name)).size, mutants.length);
});
