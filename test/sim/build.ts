// Makes one script of the simulator and the product's code, as a start of thousands of runs wants
// it: without the names that the usual loader keeps for every function (they cost more than the
// functions do), and with the product's bounds settable. For a planted bug the code is a copy.

import { build } from "esbuild";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { changesOf, type Mutant } from "./mutants.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * How Node runs the script: where in the sources an error came about is told; one thread alone
 * collects what is thrown away, since several mostly wait for one another, and does so seldom,
 * since a cluster's state outlives many small collections, each of which copies it. Everything is
 * compiled at once, plainly; what is only warm is not optimized, and less is written out in place
 * of calls: that took more than two fifths of the first twenty seeds' time.
 */
export const nodeOptions: readonly string[] = [
  "--enable-source-maps",
  "--single-threaded-gc",
  "--min-semi-space-size=64",
  "--max-semi-space-size=64",
  "--interrupt-budget=250000",
  "--always-sparkplug",
  "--max-inlined-bytecode-size-cumulative=400",
];

export interface Built {
  readonly script: string;
  remove(): Promise<void>;
}

export async function buildSimulator(mutant: Mutant | null): Promise<Built> {
  const folder = await mkdtemp(join(tmpdir(), "replichat-sim-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    for (const part of ["src", "test/support", "test/sim"]) {
      await cp(join(root, part), join(folder, part), { recursive: true });
    }
    await writeFile(join(folder, "package.json"), '{"type":"module"}\n');
    if (mutant !== null) await plant(folder, mutant);
    for (const name of ["limits.ts", "talkLimits.ts"]) await makeLimitsSettable(folder, name);
    await makeRecordsWatchable(folder);
    const script = join(folder, "simulator.mjs");
    await build({
      entryPoints: [join(folder, "test/sim/runner.ts")],
      outfile: script,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      sourcemap: "inline",
      // A declared field is not first made without a value, then given one.
      tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
      logLevel: "error",
    });
    return { script, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** `find` must stand there exactly once: a bug planted elsewhere would prove nothing. */
async function plant(folder: string, mutant: Mutant): Promise<void> {
  for (const { file, find, replace } of changesOf(mutant)) {
    const path = join(folder, file);
    const parts = (await readFile(path, "utf8")).split(find);
    if (parts.length !== 2) {
      const words = `${parts.length - 1} times, not once`;
      throw new Error(`${mutant.name}: ${file} holds what it looks for ${words}.`);
    }
    await writeFile(path, parts.join(replace));
  }
}

async function makeLimitsSettable(folder: string, name: string): Promise<void> {
  const path = join(folder, "src/base", name);
  const text = await readFile(path, "utf8");
  const names = [...text.matchAll(/^export const (\w+) = \d/gm)].map((match) => match[1]);
  const cases = names.map((name) => `  ${name} = wanted.${name} ?? ${name}Usual;`);
  const usual = names.map((name) => `const ${name}Usual = ${name};`);
  const settable = text.replaceAll(/^export const (\w+) = (?=\d)/gm, "export let $1 = ");
  const head = "export function setForSimulation(wanted: Record<string, number>): void {";
  await writeFile(path, [settable, ...usual, head, ...cases, "}", ""].join("\n"));
}

/** Each as it is applied, by whichever server. */
async function makeRecordsWatchable(folder: string): Promise<void> {
  const path = join(folder, "src/server/applier.ts");
  const line = "      const answer = applyRecord(this.chat, record, events);\n";
  const parts = (await readFile(path, "utf8")).split(line);
  if (parts.length !== 2) throw new Error(`${path} applies records elsewhere than it did.`);
  const watched = `      const seen = watch?.(this.chat, record);\n${line}      seen?.();\n`;
  const tail =
    "let watch = null;\nexport function watchForSimulation(it): void {\n  watch = it;\n}\n";
  await writeFile(path, parts.join(watched) + tail);
}
