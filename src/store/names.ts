// The names of a state folder's files: which there are, and what each name says. The only place
// where one is written or read. It opens no file.

import type { Op } from "../base/ids.ts";
import { asOp } from "../base/ids.ts";

export const metaName = "meta";
export const promisedName = "promised";
/** Files that are being made, or removed; whatever is left of them at a start is removed. */
export const temporaryNames = {
  meta: "meta.new",
  promised: "promised.new",
  image: "image.new",
  compacted: "compacted.new",
  received: "received.new",
  orphans: "orphans.new",
  merge: "merge.new",
  /** On its way out. */
  removed: "removed.old",
} as const;

export interface ImageName {
  readonly name: string;
  readonly op: Op;
  readonly atMs: number;
}

export interface SegmentName {
  readonly name: string;
  readonly firstOp: Op;
}

export interface Folder {
  readonly hasMeta: boolean;
  readonly hasPromised: boolean;
  /** Newest first. */
  readonly images: readonly ImageName[];
  /** Oldest first. */
  readonly segments: readonly SegmentName[];
  /** An image received whole that is to replace everything (see install). */
  readonly installed: readonly ImageName[];
  readonly orphans: readonly string[];
  /** What orphans have become, to be merged. */
  readonly merges: readonly string[];
  readonly temporaries: readonly string[];
  /** Number of the newest quarantine; 0 for none. */
  readonly quarantineMax: number;
  /** Nothing of ours. */
  readonly foreign: readonly string[];
}

export function imageNameOf(at: { readonly op: Op; readonly atMs: number }): string {
  return `base-${at.op}-${at.atMs}`;
}

export function installedNameOf(at: { readonly op: Op; readonly atMs: number }): string {
  return `installed-${at.op}-${at.atMs}`;
}

export function segmentNameOf(firstOp: Op): string {
  return `journal-${firstOp}`;
}

export function quarantineNameOf(name: string, quarantine: number): string {
  return `quarantine-${quarantine}-${name}`;
}

export function readFolderNames(names: readonly string[]): Folder {
  const images: ImageName[] = [];
  const installed: ImageName[] = [];
  const segments: SegmentName[] = [];
  const orphans: string[] = [];
  const merges: string[] = [];
  const temporaries: string[] = [];
  const foreign: string[] = [];
  let quarantineMax = 0;
  for (const name of names) {
    const parts = /^(base|installed|journal|quarantine)-(\d{1,15})(?:-(.+))?$/.exec(name);
    const kind = parts?.[1];
    const first = Number(parts?.[2]);
    const second = Number(parts?.[3]);
    const hasTime = Number.isSafeInteger(second) && second >= 0;
    if (isTemporary(name)) temporaries.push(name);
    else if (kind === "base" && hasTime) images.push({ name, op: asOp(first), atMs: second });
    else if (kind === "installed" && hasTime) {
      installed.push({ name, op: asOp(first), atMs: second });
    } else if (kind === "journal" && parts?.[3] === undefined) {
      segments.push({ name, firstOp: asOp(first) });
    } else if (kind === "quarantine") quarantineMax = Math.max(quarantineMax, first);
    else if (/^orphans-[0-9a-z.-]+$/.test(name)) orphans.push(name);
    else if (/^merge-[0-9a-z.-]+_[0-9]+$/.test(name)) merges.push(name);
    else if (!isKnownOtherwise(name)) foreign.push(name);
  }
  images.sort(newestFirst);
  installed.sort(newestFirst);
  segments.sort((left, right) => left.firstOp - right.firstOp);
  return {
    hasMeta: names.includes(metaName),
    hasPromised: names.includes(promisedName),
    images,
    segments,
    installed,
    orphans,
    merges,
    temporaries,
    quarantineMax,
    foreign,
  };
}

function newestFirst(left: ImageName, right: ImageName): number {
  return right.op - left.op || right.atMs - left.atMs;
}

function isTemporary(name: string): boolean {
  return Object.values<string>(temporaryNames).includes(name);
}

function isKnownOtherwise(name: string): boolean {
  if (name === metaName || name === promisedName) return true;
  return name.startsWith("lock") || name.startsWith(".");
}
