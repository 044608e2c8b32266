// The house's layers as a table: who may import whom, which files are pure, who may touch the
// system. A file in no layer is a complaint of its own, so that the table stays complete.

import type { Import } from "./imports.ts";
import { importsOf } from "./imports.ts";
import type { TextFile } from "./repository.ts";

/** Each layer with the layers it may import, besides itself. */
const layers = new Map<string, readonly string[]>([
  ["base", []],
  ["ports", ["base"]],
  ["wire", ["base"]],
  ["chat", ["base", "wire"]],
  ["replica", ["base", "wire", "chat"]],
  ["store", ["base", "wire", "ports"]],
  ["node", ["base", "ports"]],
  ["server", ["base", "ports", "wire", "chat", "replica", "store"]],
  ["client", ["base", "ports", "wire"]],
  ["demo", ["base", "ports", "wire", "chat", "replica", "store", "node", "server", "client"]],
]);

/** Where a process or a thread begins: these put the real adapters in, so they may know them. */
const mains = new Set([
  "src/server/main.ts",
  "src/server/inspect.ts",
  "src/server/compactionWorker.ts",
  "src/client/main.ts",
  "src/demo/main.ts",
]);

const pureLayers = new Set(["base", "wire", "chat", "replica"]);
/** Of the other layers: these, and whatever says so of itself at its top. */
const pureFiles = new Set(["src/client/session.ts", "src/client/parse.ts", "src/client/render.ts"]);
const saysPure = /^(?:\/\/.*\n)*\/\/.*\bPURE\b/;
/** Hashing is a function of its input; these are its places. */
const hashingFiles = new Set([
  "src/wire/checksum.ts",
  "src/wire/proof.ts",
  "src/client/sealing/primitives.ts",
]);
const hashingModules = new Set(["node:crypto", "node:zlib"]);

const systemModules =
  /^node:(net|tls|fs|fs\/promises|dgram|dns|http|https|http2|child_process|cluster)$/;

const impurities: readonly (readonly [RegExp, string])[] = [
  [/\basync\b|\bawait\b|\bPromise\b/, "waits"],
  [/\bDate\.now\b|\bnew Date\(\)|\bperformance\b|\bhrtime\b/, "reads a clock"],
  [/\bMath\.random\b|\brandomBytes\b|\brandomUUID\b/, "draws at random"],
  [/\bset(Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|\bnextTick\b/, "sets a timer"],
  [/\bprocess\.|\bconsole\./, "touches the process"],
];

export function layerProblems(sources: readonly TextFile[]): readonly string[] {
  return sources.flatMap((file) => {
    if (layerOf(file.path) === undefined) return [`${file.path} is in no layer`];
    return importsOf(file).flatMap((one) => importProblems(one));
  });
}

export function purityProblems(sources: readonly TextFile[]): readonly string[] {
  return sources.filter(isPure).flatMap((file) => {
    const imported = importsOf(file)
      .filter(({ specifier }) => specifier.startsWith("node:"))
      .filter(({ specifier }) => !hashingFiles.has(file.path) || !hashingModules.has(specifier))
      .map(({ specifier }) => `${file.path} is pure, yet imports ${specifier}`);
    const code = withoutCommentsAndStrings(file.text);
    const impure = impurities
      .filter(([pattern]) => pattern.test(code))
      .map(([pattern, what]) => `${file.path} is pure, yet ${what}: ${pattern.exec(code)?.[0]}`);
    return [...imported, ...impure];
  });
}

/** Code alone, good enough for looking up words: prettier prints strings in double quotes. */
export function withoutCommentsAndStrings(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/"(?:[^"\\\n]|\\.)*"/g, '""')
    .replaceAll(/\/\/.*$/gm, "");
}

function isPure(file: TextFile): boolean {
  if (pureFiles.has(file.path) || saysPure.test(file.text)) return true;
  return pureLayers.has(layerOf(file.path) ?? "");
}

function layerOf(path: string): string | undefined {
  if (path === "src/ports.ts") return "ports";
  if (path === "src/register.js") return "register";
  const folder = /^src\/([^/]+)\//.exec(path)?.[1];
  return folder !== undefined && layers.has(folder) ? folder : undefined;
}

function importProblems(one: Import): readonly string[] {
  const { from, specifier, target } = one;
  if (specifier.startsWith("node:")) {
    const touchesSystem = systemModules.test(specifier);
    const allowed = layerOf(from) === "node" || mains.has(from);
    return touchesSystem && !allowed ? [`${from} imports ${specifier}; only src/node may`] : [];
  }
  const fromLayer = layerOf(from);
  if (fromLayer === "register") return mayRegister(one) ? [] : [`${from}: ${specifier}`];
  if (!specifier.startsWith("."))
    return [`${from} imports the package ${specifier}; there is none`];
  if (!/\.(ts|js)$/.test(specifier)) return [`${from} imports ${specifier} without its ending`];
  const targetLayer = layerOf(target) ?? "nowhere";
  if (targetLayer === "register" && from.endsWith(".js")) return [];
  const allowed = [fromLayer, ...(layers.get(fromLayer ?? "") ?? [])];
  if (mains.has(from)) allowed.push("node");
  return allowed.includes(targetLayer) ? [] : [`${from} imports ${target}, which is not below it`];
}

/** What runs before anything can read TypeScript is JavaScript itself. */
function mayRegister({ specifier, target }: Import): boolean {
  return specifier === "tsx/esm/api" || (layerOf(target) === "node" && target.endsWith(".js"));
}
