// What a simulated disk keeps when its process or its power goes: for each file what is durable and
// what only the system's cache holds, and the folder likewise. A power cut keeps or loses each
// unsynced sector (512 bytes) and each unsynced folder change by chance; the death of a process
// keeps the cache. No time and no failures here: those are simDisk's.

import type { Prng } from "../../src/base/prng.ts";
import { SimBytes } from "./simBytes.ts";

export const sectorBytes = 512;

export type FileChange =
  | { readonly kind: "write"; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: "cut"; readonly lengthBytes: number };

export interface SimFile {
  /** As the system shows it. */
  readonly content: SimBytes;
  readonly durable: SimBytes;
  /** In `content`, not surely in `durable`; in order. */
  unsynced: FileChange[];
  /** Handed over, not even answered yet; in order. */
  readonly inFlight: Set<FileChange>;
}

export type FolderChange =
  | { readonly kind: "create"; readonly name: string; readonly file: SimFile }
  | { readonly kind: "rename"; readonly from: string; readonly to: string }
  | { readonly kind: "remove"; readonly name: string };

export interface SimMedium {
  readonly names: Map<string, SimFile>;
  readonly durableNames: Map<string, SimFile>;
  readonly unsyncedNames: FolderChange[];
}

export function makeMedium(): SimMedium {
  return { names: new Map(), durableNames: new Map(), unsyncedNames: [] };
}

export function makeFile(durable: SimBytes = new SimBytes()): SimFile {
  return { content: durable.copy(), durable, unsynced: [], inFlight: new Set() };
}

export function changeFolder(names: Map<string, SimFile>, change: FolderChange): void {
  if (change.kind === "create") names.set(change.name, change.file);
  else if (change.kind === "remove") names.delete(change.name);
  else {
    const file = names.get(change.from);
    if (file === undefined) return;
    names.delete(change.from);
    names.set(change.to, file);
  }
}

/** What a sync was asked for reaches the medium. */
export function makeDurable(file: SimFile, asked: readonly FileChange[]): void {
  // As a rule it is a beginning of what is not synced, most often all of it.
  if (asked.every((change, at) => change === file.unsynced[at])) {
    for (const change of asked) file.durable.apply(change);
    file.unsynced.splice(0, asked.length);
    return;
  }
  const changes = new Set(asked);
  for (const change of file.unsynced) if (changes.has(change)) file.durable.apply(change);
  file.unsynced = file.unsynced.filter((change) => !changes.has(change));
}

/** A failed sync: the cache calls itself clean, and by chance the medium has none of it. */
export function forgetUnsynced(file: SimFile, prng: Prng): void {
  for (const change of file.unsynced) changeByChance(file.durable, change, prng);
  file.unsynced = [];
}

export function makeFolderDurable(medium: SimMedium, asked: readonly FolderChange[]): void {
  const changes = new Set(asked);
  const rest = medium.unsyncedNames.filter((change) => !changes.has(change));
  for (const change of medium.unsyncedNames) {
    if (changes.has(change)) changeFolder(medium.durableNames, change);
  }
  medium.unsyncedNames.splice(0, medium.unsyncedNames.length, ...rest);
}

/** An equal medium; what happens to one is not seen in the other. */
export function copyMedium(medium: SimMedium): SimMedium {
  const copies = new Map<SimFile, SimFile>();
  const copyOf = (file: SimFile): SimFile => {
    const { content, durable, unsynced, inFlight } = file;
    const copy = copies.get(file) ?? {
      content: content.copy(),
      durable: durable.copy(),
      unsynced: [...unsynced],
      inFlight: new Set(inFlight),
    };
    copies.set(file, copy);
    return copy;
  };
  const copyNames = (names: Map<string, SimFile>): Map<string, SimFile> =>
    new Map([...names].map(([name, file]) => [name, copyOf(file)]));
  return {
    names: copyNames(medium.names),
    durableNames: copyNames(medium.durableNames),
    unsyncedNames: medium.unsyncedNames.map((change) =>
      change.kind === "create" ? { ...change, file: copyOf(change.file) } : change,
    ),
  };
}

/** What the next start finds after a power cut. */
export function cutPower(medium: SimMedium, prng: Prng): SimMedium {
  const names = new Map(medium.durableNames);
  const keptMax = prng.below(medium.unsyncedNames.length + 1);
  const isOrdered = prng.chance(0.5);
  medium.unsyncedNames.forEach((change, index) => {
    if (isOrdered ? index < keptMax : prng.chance(0.5)) changeFolder(names, change);
  });
  const next = makeMedium();
  for (const [name, file] of names) {
    const durable = file.durable.copy();
    for (const change of [...file.unsynced, ...file.inFlight]) {
      changeByChance(durable, change, prng);
    }
    const survivor = makeFile(durable);
    next.names.set(name, survivor);
    next.durableNames.set(name, survivor);
  }
  return next;
}

/**
 * What the next start finds after the process alone has died: the cache, and parts of what was
 * under way.
 */
export function endProcess(medium: SimMedium, prng: Prng): SimMedium {
  const files = new Set([...medium.names.values(), ...medium.durableNames.values()]);
  for (const file of files) {
    for (const change of file.inFlight) {
      const kept = partOf(change, prng);
      if (kept === null) continue;
      file.content.apply(kept);
      file.unsynced.push(kept);
    }
    file.inFlight.clear();
  }
  return medium;
}

function partOf(change: FileChange, prng: Prng): FileChange | null {
  if (prng.chance(0.3)) return null;
  if (change.kind === "cut" || prng.chance(0.4)) return change;
  return { ...change, bytes: change.bytes.subarray(0, prng.below(change.bytes.length + 1)) };
}

/**
 * All, nothing, a beginning, or any of the sectors; what is lost of a longer file reads as zeros.
 */
function changeByChance(content: SimBytes, change: FileChange, prng: Prng): void {
  const mode = prng.pick(["all", "none", "beginning", "any"] as const);
  if (mode === "none") return;
  if (change.kind === "cut" || mode === "all") return content.apply(change);
  let isLost = false;
  for (const part of sectorsOf(change)) {
    isLost = mode === "any" ? prng.chance(0.5) : isLost || prng.chance(0.3);
    if (!isLost) content.apply(part);
  }
  if (prng.chance(0.5)) return;
  const end = change.offset + change.bytes.length;
  content.apply({ kind: "write", offset: end, bytes: Buffer.alloc(0) });
}

function* sectorsOf(change: FileChange & { kind: "write" }): Generator<FileChange> {
  const { bytes, offset } = change;
  let at = 0;
  while (at < bytes.length) {
    const end = Math.min(bytes.length, at + sectorBytes - ((offset + at) % sectorBytes));
    yield { kind: "write", offset: offset + at, bytes: bytes.subarray(at, end) };
    at = end;
  }
}
