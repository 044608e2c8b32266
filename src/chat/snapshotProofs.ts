// Who vouched for whom in a group, as lines of a snapshot behind those of its members. Which fields
// a line has stands in snapshotLines.ts.

import { publicKeysBytes, vouchersMax } from "../base/sealLimits.ts";
import { detached } from "../base/text.ts";
import type { Group, Joining, Member } from "./groups.ts";
import { isProofLength } from "./memberships.ts";
import { originWord, readOriginWord } from "./origin.ts";
import { readLine, writeLine } from "./snapshotLines.ts";

export function* proofLines(joinings: readonly Joining[]): Iterable<string> {
  for (const joining of joinings) {
    const { proof } = joining;
    if (proof === undefined) continue;
    yield writeLine("i", { joining: originWord(joining), proof: Buffer.from(proof, "base64") });
  }
}

export function* voucherLines({ vouchers }: Group): Iterable<string> {
  for (const { publics, joining, proof } of vouchers) {
    yield writeLine("l", {
      publics: Buffer.from(publics, "base64"),
      joining: originWord(joining),
      proof: Buffer.from(proof, "base64"),
    });
  }
}

/** Of a joining of the member that came last, behind those that came before. */
export function readProofLine(member: Member, line: string): boolean {
  const fields = readLine("i", line);
  if (fields === null || !isProofLength(fields.proof)) return false;
  const { joinings } = member;
  const at = joinings.findIndex((joining) => originWord(joining) === fields.joining);
  const joining = joinings[at];
  if (joining === undefined || joinings.slice(at).some(({ proof }) => proof !== undefined)) {
    return false;
  }
  member.joinings = joinings.with(at, { ...joining, proof: base64(fields.proof) });
  return true;
}

export function readVoucherLine(group: Group, line: string): boolean {
  const fields = readLine("l", line);
  const joining = readOriginWord(fields?.joining ?? "");
  if (fields === null || joining === null || group.vouchers.length >= vouchersMax) return false;
  const { publics, proof } = fields;
  if (publics.length !== publicKeysBytes) return false;
  if (proof.length > 0 && !isProofLength(proof)) return false;
  const voucher = { publics: base64(publics), joining, proof: base64(proof) };
  group.vouchers = [...group.vouchers, voucher];
  return true;
}

function base64(bytes: Buffer): string {
  return detached(bytes.toString("base64"));
}
