// Who vouches for whom in a group: each joining may carry a proof of who made it, signed with a key
// that stands at its beginning; to the servers the rest is bytes. Of members who have left, those
// stay known whose keys vouch for somebody who is in, directly or by way of others who have left.

import { signingKeyBytes, vouchersMax } from "../base/sealLimits.ts";
import type { AccountKeys } from "./keys.ts";
import type { Group, Joining, Member, Voucher } from "./groups.ts";
import type { Origin } from "./origin.ts";
import { originWord } from "./origin.ts";

/** Before the vouchers of the group are looked through: he is not in it any more. */
export function noteLeft(
  group: Group,
  { joinings }: Member,
  keys: AccountKeys | null,
): readonly Voucher[] {
  const joining = signedOf(joinings);
  if (joining === undefined || keys === null) return group.vouchers;
  const { client, request, proof = "" } = joining;
  const sets = keys.present === null ? keys.former : [keys.present, ...keys.former];
  const left = sets.map(({ publics }) => ({ publics, joining: { client, request }, proof }));
  return [...group.vouchers, ...left];
}

/** Those that are needed, in their order; of too many the oldest are let go. */
export function neededOf(
  members: Iterable<Member>,
  vouchers: readonly Voucher[],
): readonly Voucher[] {
  if (vouchers.length === 0) return vouchers;
  const wanted = new Set<string>();
  for (const { joinings } of members) {
    for (const { proof } of joinings) if (proof !== undefined) wanted.add(signerOf(proof));
  }
  const kept = new Set<Voucher>();
  for (let before = -1; before < kept.size;) {
    before = kept.size;
    for (const voucher of vouchers) {
      if (kept.has(voucher) || !wanted.has(signerOf(voucher.publics))) continue;
      kept.add(voucher);
      if (voucher.proof !== "") wanted.add(signerOf(voucher.proof));
    }
  }
  return vouchers.filter((voucher) => kept.has(voucher)).slice(-vouchersMax);
}

/** The one that carries a proof, if any does. */
export function signedOf(joinings: readonly Joining[]): Joining | undefined {
  return joinings.find(({ proof }) => proof !== undefined) ?? joinings[0];
}

/** A joining that came without its proof has it from now on. */
export function proveJoining({ members }: Group, origin: Origin, proof: string): void {
  const word = originWord(origin);
  for (const [id, { joinings }] of members) {
    const at = joinings.findIndex((joining) => originWord(joining) === word);
    const joining = joinings[at];
    if (joining === undefined || joining.proof !== undefined) continue;
    members.set(id, { joinings: joinings.with(at, { ...joining, proof }) });
  }
}

/**
 * Public keys and proofs alike begin with the key that signs. A proof may be shorter than one, as
 * any bytes may stand there: then it is nobody's. (A slice beyond the end of a buffer throws.)
 */
function signerOf(base64: string): string {
  return Buffer.from(base64, "base64").subarray(0, signingKeyBytes).latin1Slice();
}
