// When a session is begun anew, unseen, and when not: PURE. Not behind the user's own log-out; and
// while somebody's guesses keep everybody from the account, it is tried again until they are let
// be: the session and what waits for it stay. How it is done stands in login.ts.

import { renewalRetryMs } from "../base/trustLimits.ts";
import { goOnWithJob, renewSession } from "./login.ts";
import { isHeld, settleRequest } from "./requests.ts";
import type { LoginJob, NumberedDraft, SessionState } from "./sessionTypes.ts";

/** Whoever is about to log in, or to be let in again, will have a new session anyhow. */
export function renew(state: SessionState): void {
  const { session, phase, job } = state;
  if (phase !== "ready" || session === null || job !== null || isEnding(state)) return;
  renewSession(state, session);
}

/** The user has asked to end the session, and no server has answered that. */
export function isEndUnderWay({ outstanding }: SessionState): boolean {
  for (const { draft } of outstanding.values()) if (isEnd(draft)) return true;
  return false;
}

/** An end that waits for a held message may wait for keys, which only a new session brings. */
function isEnding(state: SessionState): boolean {
  const first = state.queue.find(({ draft }) => isHeld(draft) || isEnd(draft));
  return isEndUnderWay(state) || (first !== undefined && isEnd(first.draft));
}

function isEnd(draft: NumberedDraft | null): boolean {
  return draft?.type === "logout" || draft?.type === "delete";
}

export function isRenewal(job: LoginJob | null): boolean {
  return job?.ticket === 0;
}

/** The session that it was to renew is over. */
export function dropRenewal(state: SessionState): void {
  const { job } = state;
  if (job === null || !isRenewal(job)) return;
  state.job = null;
  settleRequest(state, job.request, null);
}

/** Servers look at no password of this account for now. */
export function putOffRenewal(state: SessionState, nowMs: number): void {
  const { job, prng } = state;
  if (job === null) return;
  settleRequest(state, job.request, null);
  job.request = 0;
  job.query = 0;
  if (job.againAtMs === null) {
    const event = { kind: "notice", code: "too-many-tries", message: putOff } as const;
    state.effects.push({ kind: "event", event });
  }
  job.againAtMs = nowMs + renewalRetryMs * (0.75 + prng.unit() / 2);
}

const putOff =
  "Too many wrong passwords were tried for your account, or from where you are. You are let in " +
  "again as soon as the servers allow it; what you have sent waits until then.";

export function renewalWakeAtMs({ job, phase }: SessionState): number {
  const isWaiting =
    job !== null && job.query === 0 && (phase === "reentering" || phase === "ready");
  return isWaiting ? (job.againAtMs ?? Infinity) : Infinity;
}

export function tickRenewal(state: SessionState, nowMs: number): void {
  if (nowMs >= renewalWakeAtMs(state)) goOnWithJob(state);
}
