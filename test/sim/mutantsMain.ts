// `npm run sim:mutants`: plants each bug in a copy of the code and runs the simulator on it until a
// seed catches it. Prints after how many; ends with 1 if one was not caught within the limit.
// With names on the command line, only those; `--seeds N` for another limit.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { buildSimulator } from "./build.ts";
import { mutants, type Mutant } from "./mutants.ts";

const seedsUsually = 2_000;

async function main(words: readonly string[]): Promise<void> {
  const limitAt = words.indexOf("--seeds");
  const seedsMax = limitAt < 0 ? seedsUsually : Number(words[limitAt + 1]);
  const names = limitAt < 0 ? words : words.toSpliced(limitAt, 2);
  const unknown = names.filter((name) => !mutants.some((one) => one.name === name));
  if (unknown.length > 0) {
    console.error(`There is no planted bug ${unknown.join(", ")}.`);
    process.exitCode = 2;
    return;
  }
  const wanted = mutants.filter(({ name }) => names.length === 0 || names.includes(name));
  const survivors: string[] = [];
  for (const mutant of wanted) {
    const caught = await hunt(mutant, seedsMax);
    console.log(caught ?? `${mutant.name}: NOT CAUGHT within ${seedsMax} seeds`);
    if (caught === null) survivors.push(mutant.name);
  }
  console.log(`${wanted.length - survivors.length} of ${wanted.length} planted bugs caught`);
  if (survivors.length > 0) process.exitCode = 1;
}

/** What caught it, in a line; null: nothing did. */
async function hunt(mutant: Mutant, seedsMax: number): Promise<string | null> {
  const { script, remove } = await buildSimulator(mutant);
  try {
    const words = ["--seed", "1", "--runs", String(seedsMax), "--quiet"];
    const child = spawn(process.execPath, [script, ...words], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(child, "exit")) as [number | null];
    if (code === 0) return null;
    const [, seed = "?", why = said.slice(0, 200)] = /^seed (\d+) failed: (.*)$/m.exec(said) ?? [];
    const count = seed === "1" ? "1 seed" : `${seed} seeds`;
    return `${mutant.name}: caught after ${count}: ${why.slice(0, 120)}`;
  } finally {
    await remove();
  }
}

await main(process.argv.slice(2));
