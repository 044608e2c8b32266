// The number that two people compare to know that nobody stands between them: 60 digits that follow
// from both their signing keys and names, and are the same on both sides. PURE. Made as others do
// it (Signal's numeric fingerprints): SHA-512, 5,200 times over, 30 digits of each side.

import { sha512 } from "./primitives.ts";

const rounds = 5_200;
const groupsPerSide = 6;
const groupBytes = 5;

export interface Side {
  /** Folded. */
  readonly name: string;
  readonly signing: Buffer;
}

/** 12 groups of 5 digits, with a space between. */
export function safetyNumber(one: Side, other: Side): string {
  return [digitsOf(one), digitsOf(other)].sort().join(" ");
}

function digitsOf({ name, signing }: Side): string {
  const version = Buffer.from("replichat safety number 1");
  let hash = sha512(version, signing, Buffer.from(name, "utf8"));
  for (let round = 1; round < rounds; round += 1) hash = sha512(hash, signing);
  const groups = Array.from({ length: groupsPerSide }, (_, at) =>
    String(hash.readUIntBE(at * groupBytes, groupBytes) % 100_000).padStart(5, "0"),
  );
  return groups.join(" ");
}
