// What the repository promises of itself: its top level, its one package, locks without addresses,
// and commands in README files that exist. Checks texts alone and runs none of the commands.

import type { TextFile } from "./repository.ts";

export interface Manifest {
  readonly bin?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const wantedNames = [
  "README.md",
  "bin",
  "package-lock.json",
  "package.json",
  "src",
  "state",
  "test",
  "tsconfig.json",
];
const exactVersion = /^\d+\.\d+\.\d+$/;
const npmOwnCommands = new Set(["ci", "install", "link", "pack"]);

export function topLevelProblems(names: readonly string[]): readonly string[] {
  const extra = names
    .filter((name) => !name.startsWith(".") && name !== "node_modules")
    .filter((name) => !wantedNames.includes(name));
  const missing = wantedNames.filter((name) => !names.includes(name));
  return [
    ...extra.map((name) => `${name} does not belong at the top`),
    ...missing.map((name) => `${name} is missing at the top`),
  ];
}

/** The one package is tsx, at an exact version. */
export function packageProblems(manifest: Manifest): readonly string[] {
  const { devDependencies, peerDependencies, optionalDependencies } = manifest;
  const others = { ...devDependencies, ...peerDependencies, ...optionalDependencies };
  const dependencies = Object.entries(manifest.dependencies ?? {});
  return [
    ...Object.keys(others).map((name) => `${name} is not under dependencies`),
    ...dependencies.filter(([name]) => name !== "tsx").map(([name]) => `${name} is not tsx`),
    ...unpinned(dependencies),
  ];
}

export function unpinned(entries: readonly (readonly [string, string])[]): readonly string[] {
  return entries
    .filter(([, version]) => !exactVersion.test(version))
    .map(([name, version]) => `${name} is not pinned exactly: ${version}`);
}

export function lockProblems(lock: TextFile): readonly string[] {
  return lock.text.includes('"resolved"') ? [`${lock.path} names where packages came from`] : [];
}

/** Commands are looked for in fenced blocks alone. */
export function commandProblems(readme: TextFile, manifest: Manifest): readonly string[] {
  const blocks = [...readme.text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map((match) => match[1]);
  const code = blocks.join("\n");
  const missing: string[] = [];
  for (const [, run, name] of code.matchAll(/\bnpm (run )?([\w:-]+)/g)) {
    const known = manifest.scripts?.[name ?? ""] !== undefined;
    const own = run === undefined && npmOwnCommands.has(name ?? "");
    if (!known && !own) missing.push(`${readme.path}: npm ${run ?? ""}${name} is no script`);
  }
  for (const [name] of code.matchAll(/(?<![\w/.-])chat-[a-z]+(?![\w.-])/g)) {
    if (manifest.bin?.[name] === undefined) missing.push(`${readme.path}: ${name} is no command`);
  }
  return missing;
}
