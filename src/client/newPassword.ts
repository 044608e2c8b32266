// A change of password as the session core carries it through: PURE. The old password is proven as
// at a login, the new one's key is derived beside it, and one request does both. Asked again after
// a failover it is proven by whichever of the two is the account's by then.

import { scryptBlockSize, scryptCost, scryptParallelism } from "../base/limits.ts";
import type { MessageOf } from "../wire/messages.ts";
import { nonceBytes, verifierFrom } from "../wire/proof.ts";
import { settleRequest } from "./requests.ts";
import type { Entropy } from "../ports.ts";
import type {
  KeyParameters,
  LoginJob,
  LoginKey,
  NewPassword,
  SessionState,
} from "./sessionTypes.ts";

export function makeNewPassword({ entropy }: SessionState, password: string): NewPassword {
  return { parameters: newParameters(entropy), password, key: null };
}

/** Whose key somebody has derived already. */
export function readyPassword({ key, parameters }: LoginKey): NewPassword {
  return { parameters, password: null, key };
}

export function newParameters(entropy: Entropy): KeyParameters {
  return {
    salt: entropy.bytes(nonceBytes).toString("hex"),
    cost: scryptCost,
    blockSize: scryptBlockSize,
    parallelism: scryptParallelism,
  };
}

export function deriveNewKey(state: SessionState, job: LoginJob, next: NewPassword): void {
  const { password, parameters } = next;
  if (password === null) return;
  next.password = null;
  state.effects.push({ kind: "derive", ticket: job.ticket, password, parameters });
}

/** True when it was the new password's key. */
export function takeNewKey(
  { next }: LoginJob,
  derived: { readonly parameters: KeyParameters; readonly loginKey: Buffer },
): boolean {
  if (next === null || !areSame(next.parameters, derived.parameters)) return false;
  next.key = derived.loginKey;
  return true;
}

/** The change was made, and its reply lost: from now on the new key proves. */
export function noteAlreadyChanged(job: LoginJob, parameters: KeyParameters): boolean {
  const { next } = job;
  if (next === null || next.key === null || !areSame(next.parameters, parameters)) return false;
  job.loginKey = { key: next.key, parameters };
  return true;
}

/** What the request holds beside its numbers and the proof. */
export function newVerifierOf({
  parameters,
  key,
}: NewPassword): Omit<MessageOf<"passwd">, "type" | "request" | "received" | "proof"> | null {
  return key === null ? null : { ...parameters, ...verifierFrom(key) };
}

export function takePasswordChanged(
  state: SessionState,
  reply: MessageOf<"passwordChanged">,
): void {
  const { job, session } = state;
  if (job?.request === reply.request && job.next !== null) {
    const { key, parameters } = job.next;
    state.job = null;
    if (session !== null && key !== null) {
      state.session = { ...session, loginKey: { key, parameters } };
    }
  }
  settleRequest(state, reply.request, reply);
}

export function areSame(one: KeyParameters, other: KeyParameters): boolean {
  return (
    one.salt === other.salt &&
    one.cost === other.cost &&
    one.blockSize === other.blockSize &&
    one.parallelism === other.parallelism
  );
}
