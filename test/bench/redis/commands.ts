// What the bench says to Redis, in bytes, and when an answer means "confirmed": PURE. A version
// from 7.2 on is asked to say when the replicas' files are synced; an older one, when the replicas
// have answered (test/bench/README.md says what that promises).

import type { Reply } from "./replies.ts";

export type Confirmation = "WAIT 2 0" | "WAITAOF 1 2 0";

const replicaCount = 2;

export function confirmationOf(version: string): Confirmation {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 7 || (major === 7 && minor >= 2) ? "WAITAOF 1 2 0" : "WAIT 2 0";
}

/** From what `redis-server --version` prints; null when it is something else. */
export function versionIn(text: string): string | null {
  return /\bv=(\d+\.\d+\.\d+)\b/.exec(text)?.[1] ?? null;
}

export function commandBytes(...words: readonly string[]): Buffer {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return Buffer.from(`*${words.length}\r\n${parts.join("")}`);
}

/** null when every copy is there, else what is off. */
export function complaintOf(reply: Reply): string | null {
  if (reply.kind === "error") return `Redis refused: ${reply.text}`;
  if (reply.kind === "number") return copiesComplaint(reply.value);
  if (reply.kind !== "list") return "Redis answered WAIT with something else";
  const [own, replicas] = (reply.items ?? []).map((item) => {
    return item.kind === "number" ? item.value : Number.NaN;
  });
  if (own !== 1) return "Redis has not synced its own file";
  return copiesComplaint(replicas ?? Number.NaN);
}

function copiesComplaint(copies: number): string | null {
  if (copies >= replicaCount) return null;
  return `only ${copies} of ${replicaCount} replicas hold the message`;
}
