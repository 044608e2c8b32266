// Whose key signed what, in one group, decoded once: each leaving asks it of everybody. No part of
// the state: known again, and the same, from what stands there. A copy from a snapshot begins anew.

import { signingKeyBytes } from "../base/sealLimits.ts";

export class Signers {
  // Each of those is made once and never changed; what goes is forgotten here by itself.
  readonly #ofProofs = new WeakMap<object, string>();
  readonly #ofKeys = new WeakMap<object, string>();

  /** Of the proof that a joining or a voucher carries. */
  ofProof(carrier: object, proof: string): string {
    const known = this.#ofProofs.get(carrier);
    if (known !== undefined) return known;
    const signer = signerOf(proof);
    this.#ofProofs.set(carrier, signer);
    return signer;
  }

  /** Of the proofs that a voucher's keys made. */
  ofKeys(voucher: { readonly publics: string }): string {
    const known = this.#ofKeys.get(voucher);
    if (known !== undefined) return known;
    const signer = signerOf(voucher.publics);
    this.#ofKeys.set(voucher, signer);
    return signer;
  }
}

/**
 * Public keys and proofs alike begin with the key that signs. A proof may be shorter than one, as
 * any bytes may stand there: then it is nobody's. (A slice beyond the end of a buffer throws.)
 */
function signerOf(base64: string): string {
  return Buffer.from(base64, "base64").subarray(0, signingKeyBytes).latin1Slice();
}
