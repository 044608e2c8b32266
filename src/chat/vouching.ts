// Who vouches for whom in a group: each joining may carry a proof of who made it, signed with a key
// that stands at its beginning; to the servers the rest is bytes. Of members who have left, those
// stay known whose keys vouch for somebody who is in, directly or by way of others who have left.

import { vouchersMax } from "../base/sealLimits.ts";
import type { AccountKeys } from "./keys.ts";
import type { Group, Joining, Member, Voucher } from "./groups.ts";
import type { Origin } from "./origin.ts";
import { originWord } from "./origin.ts";
import { Signers } from "./signers.ts";

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

/** From now on the group knows only those who are needed. */
export function forgetUnneeded(group: Group): void {
  const { vouchers } = group;
  if (vouchers.length === 0) return;
  group.signers ??= new Signers();
  group.vouchers = neededOf(group.members.values(), vouchers, group.signers);
}

/**
 * Those that are needed, in their order; of too many the oldest are let go. Each proof and each
 * voucher is looked at once: this is done in one step, on every server, whenever somebody leaves.
 */
export function neededOf(
  members: Iterable<Member>,
  vouchers: readonly Voucher[],
  signers: Signers,
): readonly Voucher[] {
  const wanted = new Set<string>();
  for (const { joinings } of members) {
    for (const joining of joinings) {
      if (joining.proof !== undefined) wanted.add(signers.ofProof(joining, joining.proof));
    }
  }
  const bySigner = bySignerOf(vouchers, signers);
  const kept = new Set<Voucher>();
  // What is wanted on the way is come to as well: a set is walked to its end, wherever that is.
  for (const signer of wanted) {
    for (const voucher of bySigner.get(signer) ?? []) {
      kept.add(voucher);
      if (voucher.proof !== "") wanted.add(signers.ofProof(voucher, voucher.proof));
    }
  }
  return vouchers.filter((voucher) => kept.has(voucher)).slice(-vouchersMax);
}

function bySignerOf(
  vouchers: readonly Voucher[],
  signers: Signers,
): ReadonlyMap<string, readonly Voucher[]> {
  const bySigner = new Map<string, Voucher[]>();
  for (const voucher of vouchers) {
    const signer = signers.ofKeys(voucher);
    const others = bySigner.get(signer);
    if (others === undefined) bySigner.set(signer, [voucher]);
    else others.push(voucher);
  }
  return bySigner;
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
