// `npm run sim`: builds the simulator (with a planted bug, if one is named) and runs it in a
// process of its own, whose exit code becomes this one's.

import { spawn } from "node:child_process";
import { buildSimulator, nodeOptions } from "./build.ts";
import { mutants } from "./mutants.ts";
import { readOptions } from "./options.ts";

async function main(words: string[]): Promise<void> {
  const { mutant: name } = readOptions(words);
  const mutant = name === null ? null : (mutants.find((one) => one.name === name) ?? null);
  if (name !== null && mutant === null) {
    console.error(
      `There is no planted bug ${name}. There are: ${mutants.map((one) => one.name).join(", ")}`,
    );
    process.exitCode = 2;
    return;
  }
  const { script, remove } = await buildSimulator(mutant);
  try {
    const profiling = process.execArgv.filter((one) => one.startsWith("--cpu-prof"));
    const given = [...nodeOptions, ...profiling, script, ...words];
    const child = spawn(process.execPath, given, { stdio: "inherit" });
    process.exitCode = await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code) => resolve(code ?? 1));
    });
  } finally {
    await remove();
  }
}

await main(process.argv.slice(2));
