// What the client makes of each message that a server sends: PURE. Replies settle what was asked,
// once; connection matters go to failover.ts, session matters to login.ts, pushes to deliveries.ts.
// A message that no server should send, or that comes twice, changes nothing.

import type { Ballot } from "../base/ids.ts";
import { faultsInARowMax } from "../base/limits.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import { verifySignature } from "../wire/proof.ts";
import {
  isAllAcknowledged,
  rewindDeliveries,
  noteAcknowledged,
  startDeliveries,
  takeLetter,
} from "./deliveries.ts";
import { followHint, isWelcomed, leaveHost, noteHeard, noteServed } from "./failover.ts";
import { dropChallenge, goOnWithJob, renewSession, resumeSession, takeChallenge } from "./login.ts";
import {
  answerQuery,
  giveUpAll,
  giveUpRepeated,
  giveUpRequests,
  refuse,
  resendOutstanding,
  resendQueries,
  settleRequest,
} from "./requests.ts";
import type { SessionEvent, SessionState } from "./sessionTypes.ts";

export function takeMessage(state: SessionState, message: Message, nowMs: number): void {
  noteHeard(state.failover, nowMs);
  switch (message.type) {
    case "sent":
    case "marked":
      state.failover.faults = 0;
      return settleRequest(state, message.request, message);
    case "acknowledged":
      noteAcknowledged(state, message.request);
      settleRequest(state, message.request, message);
      if (isAllAcknowledged(state)) tell(state, { kind: "acknowledged" });
      return;
    case "message":
      return takeLetter(state, message);
    case "status":
      return tell(state, { kind: "status", status: message });
    case "unopened":
      return tell(state, { kind: "unopened", count: message.count });
    case "loggedIn":
    case "registered":
      return takeLogin(state, message);
    case "loggedOut":
    case "deleted":
      return takeEnd(state, message);
    case "refused":
      return takeRefusal(state, message);
    case "sessionEnded":
      return takeSessionEnd(state, message);
    default:
      takeAnswer(state, message, nowMs);
  }
}

function takeAnswer(state: SessionState, message: Message, nowMs: number): void {
  switch (message.type) {
    case "names":
    case "userList":
    case "listed":
    case "clusterEnd":
      return answerQuery(state, message, true);
    case "item":
    case "clusterServer":
      return answerQuery(state, message, false);
    case "queryRefused":
      return takeQueryRefusal(state, message);
    case "challenged":
      return checkChallenge(state, message);
    case "resumed":
      return takeResumed(state, message);
    case "welcome":
      return takeWelcome(state, message);
    case "notPrimary":
      return takeNotPrimary(state, message, nowMs);
    case "error":
      return takeError(state, message, nowMs);
    default:
      return;
  }
}

function takeWelcome(state: SessionState, welcome: MessageOf<"welcome">): void {
  if (state.phase !== "greeting") return;
  noteBallot(state, welcome.ballot);
  state.serverNonce = welcome.nonce;
  state.server = welcome.server;
  state.verified = welcome.verified;
  if (state.session === null) {
    state.phase = "ready";
    resendOutstanding(state);
    resendQueries(state);
    return beServed(state);
  }
  resumeSession(state, state.session);
  resendOutstanding(state);
  resendQueries(state);
}

function takeResumed(state: SessionState, resumed: MessageOf<"resumed">): void {
  if (state.phase !== "resuming" || resumed.query !== state.resumeQuery) return;
  rewindDeliveries(state.deliveries, resumed.from);
  state.phase = "ready";
  beServed(state);
  tell(state, { kind: "unopened", count: resumed.unopened });
}

/** The servers serve us, with our session if we had one. */
function beServed(state: SessionState): void {
  const { server, verified } = state;
  noteServed(state);
  tell(state, { kind: "connected", server, verified });
  goOnWithJob(state);
}

function takeNotPrimary(state: SessionState, answer: MessageOf<"notPrimary">, nowMs: number): void {
  noteBallot(state, answer.ballot);
  leaveConnection(state);
  followHint(state, answer.primary === 0 ? null : answer.primary - 1, nowMs);
}

function takeError(state: SessionState, error: MessageOf<"error">, nowMs: number): void {
  const { code, message } = error;
  leaveConnection(state);
  if (code === "unknown-version") {
    giveUpAll(state, { sent: message, queued: message, queuedCode: code });
    return tell(state, { kind: "stopped", code, message });
  }
  // A server that is full has read nothing of ours and objects to none of it.
  if (code !== "too-many-connections") state.failover.faults += 1;
  if (state.failover.faults >= faultsInARowMax) {
    // Whatever we keep repeating is what they object to.
    state.failover.faults = 0;
    giveUpRequests(state, { sent: message, queued: message, queuedCode: code });
  }
  leaveHost(state, "fault", nowMs);
}

function leaveConnection(state: SessionState): void {
  state.effects.push({ kind: "disconnect" });
  dropChallenge(state);
}

function checkChallenge(state: SessionState, reply: MessageOf<"challenged">): void {
  const refusal = takeChallenge(state, reply);
  if (refusal !== null) failJob(state, refusal);
}

function takeLogin(
  state: SessionState,
  reply: MessageOf<"loggedIn"> | MessageOf<"registered">,
): void {
  const { job } = state;
  if (job === null || job.request !== reply.request || job.loginKey === null) {
    return settleRequest(state, reply.request, reply);
  }
  if (reply.type === "loggedIn" && reply.signature !== "") {
    const { key } = job.loginKey;
    if (!verifySignature(key, job.authMessage, reply.signature)) return refuseImpostor(state);
  }
  const silent = job.ticket === 0;
  state.job = null;
  state.session = { name: reply.name, token: job.token, loginKey: job.loginKey };
  if (!silent) {
    enter(state, reply);
    return settleRequest(state, reply.request, reply);
  }
  settleRequest(state, reply.request, reply);
  if (reply.type === "loggedIn") rewindDeliveries(state.deliveries, reply.delivered);
  state.phase = "ready";
  resendOutstanding(state);
  resendQueries(state);
  beServed(state);
}

function enter(state: SessionState, reply: MessageOf<"loggedIn"> | MessageOf<"registered">): void {
  const { name } = reply;
  const isNew = reply.type === "registered";
  const { unread, unopened, delivered, last } = isNew ? emptyMailbox : reply;
  startDeliveries(state.deliveries, { delivered, last });
  tell(state, { kind: "entered", name, isNew, unread, unopened });
}

const emptyMailbox = { unread: 0, unopened: 0, delivered: 0, last: 0 };

function refuseImpostor(state: SessionState): void {
  const message = "The server could not prove that it knows your account. You are not logged in.";
  failJob(state, { code: "server-not-authentic", message });
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
  if (job.ticket === 0) return endSession(state, why);
  refuse(state, job.ticket, { ...why, request: job.request });
}

function takeRefusal(state: SessionState, reply: MessageOf<"refused">): void {
  const { job, deliveries } = state;
  const { request, code, message } = reply;
  if (job !== null && job.request === request) return failJob(state, { code, message });
  // Behind a refused resumption all is refused; it is asked again once the session is renewed.
  const renewing = state.phase === "resuming" || state.phase === "reentering";
  if (renewing && code === "not-logged-in") return;
  if (deliveries.request === request) noteAcknowledged(state, request);
  const draft = state.outstanding.get(request)?.draft;
  if (draft?.type === "logout" && code === "not-logged-in") state.session = null;
  settleRequest(state, request, reply);
}

function takeQueryRefusal(state: SessionState, reply: MessageOf<"queryRefused">): void {
  const { phase, session, job } = state;
  if (phase === "resuming" && reply.query === state.resumeQuery && session !== null) {
    return takeResumeRefusal(state);
  }
  if (job !== null && job.query === reply.query) return failJob(state, reply);
  if (phase === "reentering" && reply.code === "not-logged-in") return;
  answerQuery(state, reply, true);
}

/** If the last thing asked was to end the session, its end is the answer; else it is renewed. */
function takeResumeRefusal(state: SessionState): void {
  const { session } = state;
  for (const { draft } of state.outstanding.values()) {
    if (draft?.type !== "logout" && draft?.type !== "delete") continue;
    state.session = null;
    state.phase = "ready";
    giveUpRepeated(state, sentBeforeTheEnd);
    return beServed(state);
  }
  if (session !== null && state.job === null) return renewSession(state, session);
  // A login that the user asked for is under way already: it takes the session's place.
  state.session = null;
  state.phase = "ready";
  giveUpRepeated(state, sentBeforeTheEnd);
  beServed(state);
}

function takeEnd(state: SessionState, reply: MessageOf<"loggedOut"> | MessageOf<"deleted">): void {
  if (state.outstanding.has(reply.request)) state.session = null;
  settleRequest(state, reply.request, reply);
}

function takeSessionEnd(state: SessionState, end: MessageOf<"sessionEnded">): void {
  const { session } = state;
  if (session === null) return;
  if (end.code === "expired" && isWelcomed(state) && state.job === null) {
    return renewSession(state, session);
  }
  for (const { draft } of state.outstanding.values()) {
    // Our own log-out: its reply says the same.
    if (draft?.type === "logout" || draft?.type === "delete") return;
  }
  endSession(state, end);
}

const sentBeforeTheEnd =
  "Your session ended before this was confirmed; it may or may not have been done.";

function endSession(
  state: SessionState,
  end: { readonly code: string; readonly message: string },
): void {
  const { code, message } = end;
  state.session = null;
  state.deliveries.request = 0;
  const sent = sentBeforeTheEnd;
  const queued = "Your session ended before this was sent. Log in and try again.";
  giveUpRequests(state, { sent, queued, queuedCode: "not-logged-in" });
  tell(state, { kind: "sessionEnded", code, message });
  if (state.phase !== "reentering") return;
  state.phase = "ready";
  resendQueries(state);
  beServed(state);
}

function noteBallot(state: SessionState, ballot: Ballot): void {
  if (ballot > state.ballot) state.ballot = ballot;
}

function tell(state: SessionState, event: SessionEvent): void {
  state.effects.push({ kind: "event", event });
}
