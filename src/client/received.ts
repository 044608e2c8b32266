// What the client makes of each message that a server sends: PURE. Replies settle what was asked,
// once; connection matters go to failover.ts, session matters to login.ts and entering.ts, pushes
// to deliveries.ts.
// A message that no server should send, or that comes twice, changes nothing.

import type { Ballot } from "../base/ids.ts";
import { faultsInARowMax } from "../base/limits.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import {
  isAllAcknowledged,
  noteAcknowledged,
  noteNotAcknowledged,
  rewindDeliveries,
  takeLetter,
} from "./deliveries.ts";
import {
  beServed,
  checkChallenge,
  endSession,
  failLogin,
  goOnWhereShown,
  leaveConnection,
  noteVerified,
  sentBeforeTheEnd,
  takeEnd,
  takeLogin,
  takeSessionEnd,
  tell,
} from "./entering.ts";
import { followHint, leaveHost, noteHeard } from "./failover.ts";
import { halt } from "./halting.ts";
import { proveRegistration, renewSession } from "./login.ts";
import { takePasswordChanged } from "./newPassword.ts";
import { answerQuery, giveUpAll, giveUpAsked, giveUpRepeated, settleRequest } from "./requests.ts";
import { dropRenewal, isEndUnderWay, isRenewal } from "./renewing.ts";
import { dropPositions, resendOutstanding, resendProven, resendQueries } from "./resending.ts";
import { endStandstill, takeStandstill } from "./standstill.ts";
import type { SessionState } from "./sessionTypes.ts";

export function takeMessage(state: SessionState, message: Message, nowMs: number): void {
  noteHeard(state.failover, nowMs);
  switch (message.type) {
    case "sent":
    case "marked":
    case "drafted":
    case "grouped":
    case "blocked":
    case "keysKept":
      state.failover.faults = 0;
      return settleRequest(state, message.request, message);
    case "acknowledged":
      return takeAcknowledged(state, message);
    case "message":
      return takeLetter(state, message);
    case "status":
      return tell(state, { kind: "status", status: message });
    case "unopened":
      return tell(state, { kind: "unopened", count: message.count });
    case "groupNote":
      return tell(state, { kind: "groupNote", note: message });
    case "presence":
      return tell(state, { kind: "presence", note: message });
    case "ownKeys":
      return tell(state, { kind: "ownKeys", keys: message });
    case "loggedIn":
    case "registered":
      return takeLogin(state, message);
    case "passwordChanged":
      return takePasswordChanged(state, message);
    case "loggedOut":
    case "deleted":
      return takeEnd(state, message);
    case "refused":
      return takeRefusal(state, message, nowMs);
    case "sessionEnded":
      return takeSessionEnd(state, message);
    default:
      takeAnswer(state, message, nowMs);
  }
}

function takeAcknowledged(state: SessionState, reply: MessageOf<"acknowledged">): void {
  const isNews = noteAcknowledged(state, reply.request);
  settleRequest(state, reply.request, reply);
  if (isNews && isAllAcknowledged(state)) tell(state, { kind: "acknowledged" });
}

function takeAnswer(state: SessionState, message: Message, nowMs: number): void {
  switch (message.type) {
    case "names":
    case "userList":
    case "listed":
    case "clusterEnd":
    case "historyEnd":
    case "draftsEnd":
    case "groupList":
    case "memberList":
    case "blockList":
    case "keysAre":
    case "rosterPage":
      return answerQuery(state, message, true);
    case "item":
    case "entry":
    case "draftItem":
    case "clusterServer":
      return answerQuery(state, message, false);
    case "queryRefused":
      return takeQueryRefusal(state, message, nowMs);
    case "challenged":
      return checkChallenge(state, message, nowMs);
    case "pong":
      return endStandstill(state);
    case "notice":
      return takeNotice(state, message);
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
    proveRegistration(state);
    resendOutstanding(state);
    resendQueries(state);
    return beServed(state);
  }
  goOnWhereShown(state, state.session);
}

function takeResumed(state: SessionState, resumed: MessageOf<"resumed">): void {
  const { session, deliveries } = state;
  if (state.phase !== "resuming" || resumed.query !== state.resumeQuery) return;
  if (session !== null) state.session = { ...session, name: resumed.name };
  if (rewindDeliveries(deliveries, resumed.from)) {
    dropPositions(state);
    tell(state, { kind: "renumbered" });
  }
  resendProven(state);
  state.phase = "ready";
  beServed(state);
  endStandstill(state);
  tell(state, { kind: "unopened", count: resumed.unopened });
}

function takeNotPrimary(state: SessionState, answer: MessageOf<"notPrimary">, nowMs: number): void {
  noteBallot(state, answer.ballot);
  leaveConnection(state);
  followHint(state, answer.primary === 0 ? null : answer.primary - 1, nowMs);
}

function takeError(state: SessionState, error: MessageOf<"error">, nowMs: number): void {
  const { code, message } = error;
  if (code === "only-tls") return halt(state, error);
  leaveConnection(state);
  if (code === "unknown-version") {
    giveUpAll(state, { sent: message, queued: message, queuedCode: code });
    return tell(state, { kind: "stopped", code, message });
  }
  if (!blameless.has(code)) state.failover.faults += 1;
  if (state.failover.faults >= faultsInARowMax) {
    // Whatever we keep repeating is what they object to.
    state.failover.faults = 0;
    const words = `The servers do not take this: ${message}`;
    giveUpAsked(state, { sent: words, queued: words, queuedCode: code });
  }
  leaveHost(state, "fault", nowMs);
}

/**
 * A server that is full has read nothing of ours; that we came anew may be said by whoever knows
 * our id; who was stopped for a while, or asleep, was silent. None objects to what we ask.
 */
const blameless: ReadonlySet<string> = new Set(["too-many-connections", "replaced", "silent"]);

function takeNotice(state: SessionState, { code, message }: MessageOf<"notice">): void {
  if (code === "verified" || code === "unverified") return noteVerified(state, code === "verified");
  if (code === "stands-still") return takeStandstill(state, message);
  if (code === "goes-on") return endStandstill(state);
  tell(state, { kind: "notice", code, message });
}

function takeRefusal(state: SessionState, reply: MessageOf<"refused">, nowMs: number): void {
  const { job } = state;
  const { request, code, message } = reply;
  if (job !== null && job.request === request) return failLogin(state, { code, message }, nowMs);
  // Behind a refused resumption all is refused; it is asked again once the session is renewed.
  const renewing = state.phase === "resuming" || state.phase === "reentering";
  if (renewing && code === "not-logged-in") return;
  noteNotAcknowledged(state, request, nowMs);
  const draft = state.outstanding.get(request)?.draft;
  const isOver = code === "not-logged-in" && state.session !== null;
  if (isOver && draft?.type === "logout") state.session = null;
  settleRequest(state, request, reply);
  // Nothing else says so to whoever is about to end it himself.
  if (isOver && draft?.type === "delete") endSession(state, { code, message: hasEnded });
}

const hasEnded = "Your session has ended. Log in again.";

function takeQueryRefusal(
  state: SessionState,
  reply: MessageOf<"queryRefused">,
  nowMs: number,
): void {
  const { phase, session, job } = state;
  if (phase === "resuming" && reply.query === state.resumeQuery && session !== null) {
    return takeResumeRefusal(state);
  }
  if (job !== null && job.query === reply.query) return failLogin(state, reply, nowMs);
  if (phase === "reentering" && reply.code === "not-logged-in") return;
  answerQuery(state, reply, true);
}

/** If the last thing asked was to end the session, its end is the answer; else it is renewed. */
function takeResumeRefusal(state: SessionState): void {
  const { session, job } = state;
  const isRenewable = job === null || isRenewal(job);
  if (isEndUnderWay(state)) dropRenewal(state);
  else if (session !== null && isRenewable) return renewSession(state, session);
  // Else a login that the user asked for is under way already: it takes the session's place.
  state.session = null;
  state.phase = "ready";
  giveUpRepeated(state, sentBeforeTheEnd);
  beServed(state);
}

function noteBallot(state: SessionState, ballot: Ballot): void {
  if (ballot > state.ballot) state.ballot = ballot;
}
