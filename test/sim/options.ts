// The simulator's command line, for the process that builds it and for the one that runs it.
// Wrong options end the process with 2, in words.

export interface Options {
  readonly seed: number;
  /** These, instead of one after another from `seed` on. */
  readonly seeds: readonly number[] | null;
  readonly runs: number;
  /** It ends then, or after the runs. */
  readonly minutes: number | null;
  readonly mutant: string | null;
  /** Where the history of a failed run goes, as JSON lines; of the only run, failed or not. */
  readonly history: string | null;
  /** How much of a failed run's timeline is printed, from its end. */
  readonly lines: number;
  readonly keepGoing: boolean;
  readonly shrink: boolean;
  /** Failures in a line each. */
  readonly isQuiet: boolean;
}

export const usage = `npm run sim -- [--seed N | --seeds N,N] [--runs N] [--minutes N]
               [--mutant NAME] [--history FILE] [--lines N] [--keep-going] [--no-shrink] [--quiet]`;

export function readOptions(words: readonly string[]): Options {
  const values = new Map<string, string>();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (["--keep-going", "--no-shrink", "--quiet"].includes(word)) values.set(word, "");
    else if (
      ["--seed", "--runs", "--minutes", "--mutant", "--history", "--lines", "--seeds"].includes(
        word,
      )
    ) {
      at += 1;
      values.set(word, words[at] ?? misused(`${word} wants a value`));
    } else misused(`${word} is no option`);
  }
  return {
    seed: numberOf(values, "--seed") ?? 1,
    seeds: seedsOf(values.get("--seeds")),
    runs: numberOf(values, "--runs") ?? usualRuns(values),
    minutes: numberOf(values, "--minutes"),
    mutant: values.get("--mutant") ?? null,
    history: values.get("--history") ?? null,
    lines: numberOf(values, "--lines") ?? 120,
    keepGoing: values.has("--keep-going"),
    shrink: !values.has("--no-shrink"),
    isQuiet: values.has("--quiet"),
  };
}

function usualRuns(values: ReadonlyMap<string, string>): number {
  if (values.has("--minutes")) return Infinity;
  return values.has("--seed") ? 1 : 100;
}

function seedsOf(list: string | undefined): readonly number[] | null {
  return list?.split(",").map((text) => asNumber("--seeds", text)) ?? null;
}

function numberOf(values: ReadonlyMap<string, string>, name: string): number | null {
  const text = values.get(name);
  return text === undefined ? null : asNumber(name, text);
}

export function asNumber(name: string, text: string, how = usage): number {
  const value = text === "" ? NaN : Number(text);
  return Number.isFinite(value) && value >= 0
    ? value
    : misused(`${name} ${text} is no number`, how);
}

export function misused(what: string, how = usage): never {
  console.error(`${what}.\nUsage: ${how}`);
  process.exit(2);
}
