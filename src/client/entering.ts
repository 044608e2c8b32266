// How a session comes to be, is served again, and ends, by what servers answer: PURE. One that
// nobody knows is renewed unseen; if it cannot be renewed it ends in words, but not at once while
// servers that had been apart may still have to be merged.

import { mergePatienceMs } from "../base/limits.ts";
import type { MessageOf } from "../wire/messages.ts";
import { verifySignature } from "../wire/proof.ts";
import { startDeliveries } from "./deliveries.ts";
import { isWelcomed, leaveHost, noteServed } from "./failover.ts";
import { dropChallenge, goOnWithJob, renewSession } from "./login.ts";
import { resumeSession, takeChallenge } from "./login.ts";
import { dropRenewal, isEndUnderWay, isRenewal, putOffRenewal } from "./renewing.ts";
import { giveUpRequests, refuse, settleRequest } from "./requests.ts";
import { goOnUnderNewId } from "./newId.ts";
import { dropPositions, resendQueries, resendUnproven } from "./resending.ts";
import type { LoginJob, SessionEvent, SessionState, UserSession } from "./sessionTypes.ts";

export function checkChallenge(
  state: SessionState,
  reply: MessageOf<"challenged">,
  nowMs: number,
): void {
  const refusal = takeChallenge(state, reply);
  if (refusal !== null) failLogin(state, refusal, nowMs);
}

export function takeLogin(
  state: SessionState,
  reply: MessageOf<"loggedIn"> | MessageOf<"registered">,
): void {
  const { job } = state;
  if (job === null || job.request !== reply.request || job.loginKey === null) {
    return settleRequest(state, reply.request, reply);
  }
  if (job.kind === "login" && !isProven(job, reply)) return refuseImpostor(state);
  const silent = job.ticket === 0;
  state.job = null;
  state.isWatchKnown = !state.isWatching;
  state.session = { name: reply.name, token: job.token, loginKey: job.loginKey };
  if (!silent) {
    enter(state, reply);
    return settleRequest(state, reply.request, reply);
  }
  settleRequest(state, reply.request, reply);
  // On the branch of a fork that does not know the session other messages may stand there.
  const last = reply.type === "loggedIn" ? reply.last : 0;
  if (last < state.deliveries.shown || !state.verified) dropPositions(state);
  goOnWhereShown(state, state.session);
}

/** From this terminal's own position, behind which others of the user may have been shown more. */
export function goOnWhereShown(state: SessionState, session: UserSession): void {
  resumeSession(state, session);
  resendUnproven(state);
  resendQueries(state);
}

/** Whoever has not registered us cannot sign what we have asked, and does not say so. */
function isProven(
  { loginKey, authMessage }: LoginJob,
  reply: MessageOf<"loggedIn"> | MessageOf<"registered">,
): boolean {
  if (loginKey === null || reply.type !== "loggedIn" || reply.signature === "") return false;
  return verifySignature(loginKey.key, authMessage, reply.signature);
}

function enter(state: SessionState, reply: MessageOf<"loggedIn"> | MessageOf<"registered">): void {
  const { name } = reply;
  const isNew = reply.type === "registered";
  const { unread, unopened, delivered, last } = isNew ? emptyMailbox : reply;
  startDeliveries(state.deliveries, { name, delivered, last });
  tell(state, { kind: "entered", name, isNew, unread, unopened });
}

const emptyMailbox = { unread: 0, unopened: 0, delivered: 0, last: 0 };

function refuseImpostor(state: SessionState): void {
  const message = "The server could not prove that it knows your account. You are not logged in.";
  failJob(state, { code: "server-not-authentic", message });
}

/**
 * What somebody else's guesses bring about ends no session. And those who served us may have been
 * cut off, and what they know of us is merged in a moment.
 */
export function failLogin(
  state: SessionState,
  why: { readonly code: string; readonly message: string },
  nowMs: number,
): void {
  const { job, failover } = state;
  if (why.code === "client-taken" && job !== null && !isRenewal(job) && !job.hasNewId) {
    return goOnUnderNewId(state, job);
  }
  if (isRenewal(job) && why.code === "too-many-tries") return putOffRenewal(state, nowMs);
  const outageMs = nowMs - (failover.lostAtMs ?? nowMs);
  const mayBeMerged = (!state.verified || state.wasUnverified) && outageMs < mergePatienceMs;
  if (!isRenewal(job) || !mayBeMerged) return failJob(state, why);
  dropRenewal(state);
  leaveConnection(state);
  leaveHost(state, "fault", nowMs);
}

/** The login cannot go on: whoever asked for it is told; a session that it renewed is over. */
function failJob(
  state: SessionState,
  why: { readonly code: string; readonly message: string },
): void {
  const { job } = state;
  if (job === null) return;
  state.job = null;
  settleRequest(state, job.request, null);
  if (isRenewal(job)) return endSession(state, why);
  refuse(state, job.ticket, { ...why, request: job.request });
}

export function takeEnd(
  state: SessionState,
  reply: MessageOf<"loggedOut"> | MessageOf<"deleted">,
): void {
  const isOurs = state.outstanding.has(reply.request);
  settleRequest(state, reply.request, reply);
  if (isOurs) dropSession(state);
}

export function takeSessionEnd(state: SessionState, end: MessageOf<"sessionEnded">): void {
  const { session } = state;
  // Of our own log-out the reply says the same.
  if (session === null || isEndUnderWay(state)) return;
  const isRenewable = state.job === null || isRenewal(state.job);
  if (end.code === "expired" && isWelcomed(state) && isRenewable) {
    return renewSession(state, session);
  }
  endSession(state, end);
}

export const sentBeforeTheEnd =
  "Your session ended before this was confirmed; it may or may not have been done.";

export function endSession(
  state: SessionState,
  end: { readonly code: string; readonly message: string },
): void {
  const { code, message } = end;
  const sent = sentBeforeTheEnd;
  const queued = "Your session ended before this was sent. Log in and try again.";
  giveUpRequests(state, { sent, queued, queuedCode: "not-logged-in" });
  tell(state, { kind: "sessionEnded", code, message });
  dropSession(state);
}

/** With what was to renew it: else somebody would be logged in again who is not to be. */
function dropSession(state: SessionState): void {
  state.session = null;
  dropRenewal(state);
  if (state.phase !== "reentering") return;
  state.phase = "ready";
  resendQueries(state);
  beServed(state);
}

/** The servers serve us, with our session if we had one. */
export function beServed(state: SessionState): void {
  const { server, verified } = state;
  noteServed(state);
  tell(state, { kind: "connected", server, verified });
  noteVerified(state, verified);
  goOnWithJob(state);
}

/** Said when it changes, by whichever server. */
export function noteVerified(state: SessionState, verified: boolean): void {
  state.verified = verified;
  if (state.wasUnverified !== verified) return;
  state.wasUnverified = !verified;
  const code = verified ? "verified" : "unverified";
  tell(state, { kind: "notice", code, message: verified ? allAreBack : someAreAway });
}

const allAreBack = "All servers that may hold messages are back; nothing is missing.";
const someAreAway =
  "A server that is away may hold newer messages. They will be merged when it is back.";

export function leaveConnection(state: SessionState): void {
  state.effects.push({ kind: "disconnect" });
  dropChallenge(state);
}

export function tell(state: SessionState, event: SessionEvent): void {
  state.effects.push({ kind: "event", event });
}
