// `npm run sim:mutants`: plants each bug in a copy of the code and runs the simulator on it until a
// seed catches it. Prints after how many; ends with 1 if one was not caught within the limit.
// With names on the command line, only those; `--seeds N` for another limit.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { buildSimulator, nodeOptions, type Built } from "./build.ts";
import { mutants, type Mutant } from "./mutants.ts";
import { asNumber, misused } from "./options.ts";

const usage = "npm run sim:mutants -- [--seeds N] [NAME ...]";
const seedsUsually = 2_000;

async function main(words: readonly string[]): Promise<void> {
  const limitAt = words.indexOf("--seeds");
  const seedsMax = limitAt < 0 ? seedsUsually : limitOf(words[limitAt + 1]);
  const names = limitAt < 0 ? words : words.toSpliced(limitAt, 2);
  const unknown = names.filter((name) => !mutants.some((one) => one.name === name));
  if (unknown.length > 0) misused(`There is no planted bug ${unknown.join(", ")}`, usage);
  const wanted = mutants.filter(({ name }) => names.length === 0 || names.includes(name));
  const survivors: string[] = [];
  const sound = await buildSimulator(null);
  for (const mutant of wanted) {
    const caught = await hunt(mutant, seedsMax, sound);
    console.log(caught ?? `${mutant.name}: NOT CAUGHT within ${seedsMax} seeds`);
    if (caught === null) survivors.push(mutant.name);
  }
  await sound.remove();
  console.log(`${wanted.length - survivors.length} of ${wanted.length} planted bugs caught`);
  if (survivors.length > 0) process.exitCode = 1;
}

function limitOf(text: string | undefined): number {
  if (text === undefined) misused("--seeds wants a value", usage);
  return asNumber("--seeds", text, usage);
}

/** What caught it, in a line; null: nothing did. A seed that fails without it proves nothing. */
async function hunt(mutant: Mutant, seedsMax: number, sound: Built): Promise<string | null> {
  const built = await buildSimulator(mutant);
  try {
    const { firstSeed = 1 } = mutant;
    const endSeed = firstSeed + seedsMax;
    for (let seed = firstSeed; seed < endSeed; seed += 1) {
      const failure = await run(built, ["--seed", String(seed), "--runs", `${endSeed - seed}`]);
      if (failure === null) return null;
      ({ seed } = failure);
      const isSound = (await run(sound, ["--seed", String(seed)])) === null;
      const seeds = seed - firstSeed + 1;
      const count = seeds === 1 ? "1 seed" : `${seeds} seeds`;
      if (isSound) return `${mutant.name}: caught after ${count}: ${failure.why.slice(0, 120)}`;
      console.log(`(seed ${seed} fails without ${mutant.name} as well)`);
    }
    return null;
  } finally {
    await built.remove();
  }
}

/** The first failure, or null. */
async function run(
  { script }: Built,
  words: readonly string[],
): Promise<{ readonly seed: number; readonly why: string } | null> {
  const child = spawn(process.execPath, [...nodeOptions, script, ...words, "--quiet"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "exit")) as [number | null];
  if (code === 0) return null;
  const [, seed, why = ""] = /^seed (\d+) failed: (.*)$/m.exec(said) ?? [];
  if (seed === undefined) throw new Error(`The simulator ended with ${code}, saying: ${said}`);
  return { seed: Number(seed), why };
}

await main(process.argv.slice(2));
