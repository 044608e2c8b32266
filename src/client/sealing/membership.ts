// Who may read what is written in a group: whoever made it, and whom those took in who were in it
// themselves. Each such step is signed by who took it, so that no server can add a reader. PURE.
// Whose key is whose is judged in rosters.ts.

import { type Identity } from "./identity.ts";
import { isSigned, rawKeyBytes, sign, signatureBytes } from "./primitives.ts";

const proofBytes = rawKeyBytes + signatureBytes;

/** One step: who comes in by which request. */
export interface Step {
  /** The request that made the group, "client-request"; of a creation this very one. */
  readonly origin: string;
  readonly change: "create" | "add";
  /** The signing key of who comes in. */
  readonly member: Buffer;
  /** "client-request". */
  readonly by: string;
}

/** signing key of who does it (32) | signature (64) */
export function proofOf(actor: Identity, step: Step): Buffer | null {
  const bytes = stepBytes(step);
  if (bytes === null) return null;
  return Buffer.concat([actor.signing, sign(actor.secrets.signing.secret, bytes)]);
}

/** One row of a roster, as far as it matters here. */
export interface Joined {
  /** Null for who has no keys. */
  readonly signing: Buffer | null;
  /** The request that brought him in. */
  readonly by: string;
  /** Empty for none. */
  readonly proof: Buffer;
}

/**
 * Those of the rows for whom a chain of signed steps leads back to the creation, by the creator's
 * key where it is known from before; null when not even the creation is signed.
 */
export function vouchedFor(
  origin: string,
  rows: readonly Joined[],
  creator: Buffer | null,
): ReadonlySet<Joined> | null {
  const root = rows.find((row) => row.by === origin && isStep(origin, row, "create"));
  if (root?.signing == null || !signerOf(root).equals(root.signing)) return null;
  const vouched = new Set<Joined>();
  if (creator !== null && !creator.equals(root.signing)) return vouched;
  vouched.add(root);
  const bySigner = new Map<string, Joined[]>();
  for (const row of rows) {
    if (row === root || !isStep(origin, row, "add")) continue;
    const signer = signerOf(row).toString("hex");
    const theirs = bySigner.get(signer);
    if (theirs === undefined) bySigner.set(signer, [row]);
    else theirs.push(row);
  }
  // A set hands out what is added to it on the way.
  for (const { signing } of vouched) {
    const key = signing?.toString("hex") ?? "";
    for (const row of bySigner.get(key) ?? []) vouched.add(row);
    bySigner.delete(key);
  }
  return vouched;
}

function isStep(origin: string, row: Joined, change: Step["change"]): boolean {
  const { signing: member, by, proof } = row;
  if (member === null || proof.length !== proofBytes) return false;
  const bytes = stepBytes({ origin, change, member, by });
  return bytes !== null && isSigned(signerOf(row), bytes, proof.subarray(rawKeyBytes));
}

function signerOf({ proof }: Joined): Buffer {
  return proof.subarray(0, rawKeyBytes);
}

function stepBytes({ origin, change, member, by }: Step): Buffer | null {
  const made = requestBytes(origin);
  const done = requestBytes(by);
  if (made === null || done === null) return null;
  const verb = Buffer.from(change);
  const start = Buffer.from("replichat member 1");
  return Buffer.concat([start, made, Buffer.of(verb.length), verb, member, done]);
}

/** client id (16) | request (8) */
function requestBytes(text: string): Buffer | null {
  const found = /^([0-9a-f]{32})-([0-9]{1,16})$/.exec(text);
  if (found === null) return null;
  const request = Buffer.alloc(8);
  request.writeBigUInt64BE(BigInt(found[2] ?? "0"));
  return Buffer.concat([Buffer.from(found[1] ?? "", "hex"), request]);
}
