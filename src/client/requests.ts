// Requests and queries that await an answer: PURE. A request gets its number when it is first sent
// and keeps it for ever; at most 64 are outstanding; after a failover all are sent again in order.
// Which connection, and whether the session still stands, is decided elsewhere.

import { outstandingRequestsMax, queuedRequestsMax } from "../base/limits.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import { isWelcomed } from "./failover.ts";
import type {
  MessageDraft,
  NumberedDraft,
  OutstandingRequest,
  Outcome,
  QueryDraft,
  QueuedRequest,
  RequestDraft,
  SessionState,
} from "./sessionTypes.ts";

export function queueRequest(state: SessionState, ticket: number, draft: RequestDraft): void {
  if (state.queue.length >= queuedRequestsMax) {
    return refuse(state, ticket, tooManyWaiting);
  }
  state.queue.push({ ticket, draft, request: 0, isRepeated: false });
}

export const tooManyWaiting = {
  code: "too-many-waiting",
  message: `${queuedRequestsMax} requests are waiting already; wait for some of them.`,
} as const;
export const hasStopped = { code: "stopped", message: "The client has stopped." } as const;

/**
 * Sends what may be sent now; called after every step. What was asked behind a held message is to
 * be done behind it: who is taken in later shall not read it, who leaves has said it before. Only
 * other messages pass it, and the keys that it may itself be waiting for.
 */
export function sendQueued(state: SessionState): void {
  if (state.phase !== "ready" || state.job !== null) return;
  const { queue } = state;
  let seen = 0;
  let kept = 0;
  let hasHeld = false;
  let isBarred = false;
  for (; seen < queue.length && state.outstanding.size < outstandingRequestsMax; seen += 1) {
    const entry = queue[seen] as QueuedRequest;
    const { draft } = entry;
    hasHeld ||= isHeld(draft);
    isBarred ||= hasHeld && !isMessage(draft) && draft.type !== "keysPut";
    if (isHeld(draft) || (isBarred && draft.type !== "keysPut")) {
      queue[kept] = entry;
      kept += 1;
    } else if (entry.request === 0) sendNew(state, entry.ticket, draft);
    else sendReserved(state, entry);
  }
  if (kept === 0 && seen === queue.length) queue.length = 0;
  else if (seen > kept) queue.splice(kept, seen - kept);
}

/** It waits for what it is to be sealed with (held.ts). */
export function isHeld(draft: RequestDraft): boolean {
  return isMessage(draft) && draft.format === "u";
}

/** Numbers the request, keeps it until it is answered, and sends it; returns the number. */
export function sendNew(state: SessionState, ticket: number, draft: NumberedDraft): number {
  const request = nextRequest(state);
  state.outstanding.set(request, { ticket, draft, isRepeated: false });
  sendRequest(state, request, draft);
  return request;
}

/** Tells each server that comes to serve the session, once; called after every step. */
export function keepWatch(state: SessionState): void {
  if (state.phase !== "ready" || state.session === null || state.isWatchKnown) return;
  state.isWatchKnown = true;
  const message = { type: "watch", query: nextQuery(state), on: state.isWatching } as const;
  state.effects.push({ kind: "send", message });
}

function sendReserved(
  state: SessionState,
  { ticket, draft, request, isRepeated }: QueuedRequest,
): void {
  state.reserved.delete(request);
  state.outstanding.set(request, { ticket, draft, isRepeated });
  sendRequest(state, request, draft);
}

export function nextRequest(state: SessionState): number {
  state.lastRequest += 1;
  return state.lastRequest;
}

/** It speaks of positions in the mailbox. */
export function isPlaced({ type }: NumberedDraft): boolean {
  return type === "acknowledge" || type === "mark";
}

/** It carries a message of the user's. */
export function isMessage(draft: NumberedDraft | null): draft is MessageDraft {
  return draft?.type === "send" || draft?.type === "draftSend";
}

const traceless: ReadonlySet<NumberedDraft["type"]> = new Set([
  "register",
  "acknowledge",
  "mark",
  "logout",
  "delete",
]);

/** Done on a branch that is merged later, it is done here: what a refusal here says is not all. */
function leavesTraces({ type }: NumberedDraft): boolean {
  return !traceless.has(type);
}

export function ask(state: SessionState, ticket: number, draft: QueryDraft): void {
  if (state.queries.size >= outstandingRequestsMax) {
    const message = "Too many questions are waiting for their answers already.";
    return refuse(state, ticket, { code: "too-many-waiting", message });
  }
  const query = nextQuery(state);
  state.queries.set(query, { ticket, draft, parts: [] });
  if (isWelcomed(state)) sendQuery(state, query, draft);
}

export function nextQuery(state: SessionState): number {
  state.lastQuery += 1;
  return state.lastQuery;
}

/** Nobody waits for this any more; a request that was sent still counts, and is still repeated. */
export function forget(state: SessionState, ticket: number): void {
  if (state.job?.ticket === ticket && state.job.request === 0) state.job = null;
  for (const [query, entry] of state.queries) {
    if (entry.ticket === ticket) state.queries.delete(query);
  }
}

/** Takes the request out; one that is none of ours, or was answered before, changes nothing. */
export function settleRequest(state: SessionState, request: number, reply: Message | null): void {
  const entry = state.outstanding.get(request);
  if (entry === undefined) return;
  state.outstanding.delete(request);
  while (state.received < state.lastRequest && !isOpen(state, state.received + 1)) {
    state.received += 1;
  }
  if (reply === null || entry.ticket === 0) return;
  if (reply.type === "refused") {
    refuse(state, entry.ticket, { ...refusalOf(state, entry, reply), request });
  } else {
    settle(state, entry.ticket, { ok: true, replies: [reply], request });
  }
}

function isOpen({ outstanding, reserved }: SessionState, request: number): boolean {
  return outstanding.has(request) || (reserved.size > 0 && reserved.has(request));
}

/**
 * What was repeated may stand in the log of the server that had it first. A refusal says nothing of
 * that if it is none of the history's (want of room), or if this history may lack that log: it is
 * merged later.
 */
function refusalOf(
  { verified }: SessionState,
  { isRepeated, draft }: OutstandingRequest,
  { code, message }: MessageOf<"refused">,
): { readonly code: string; readonly message: string } {
  const isOfHistory = code !== "no-room" && (verified || draft === null || !leavesTraces(draft));
  if (!isRepeated || isOfHistory) return { code, message };
  const before = "Whether it was done before the servers changed is not known.";
  return { code: "outcome-unknown", message: `${message} ${before}` };
}

/** One part of an answer; the last part settles the query. */
export function answerQuery(
  state: SessionState,
  reply: Message & { readonly query: number },
  isLast: boolean,
): void {
  const entry = state.queries.get(reply.query);
  if (entry === undefined) return;
  entry.parts.push(reply);
  if (!isLast) return;
  state.queries.delete(reply.query);
  if (reply.type === "queryRefused") {
    refuse(state, entry.ticket, { code: reply.code, message: reply.message });
  } else {
    settle(state, entry.ticket, { ok: true, replies: entry.parts, request: 0 });
  }
}

/** The whole client gives up: every ticket is told. */
export function giveUpAll(state: SessionState, why: GiveUpReason): void {
  giveUpAsked(state, why);
  state.phase = "stopped";
}

/** All that is asked anew on each connection. */
export function giveUpAsked(state: SessionState, why: GiveUpReason): void {
  const { job } = state;
  state.job = null;
  giveUpRequests(state, why);
  const refusal = { code: why.queuedCode, message: why.queued };
  if (job !== null && job.ticket !== 0 && job.request === 0) refuse(state, job.ticket, refusal);
  for (const { ticket } of state.queries.values()) refuse(state, ticket, refusal);
  state.queries.clear();
}

interface GiveUpReason {
  readonly sent: string;
  readonly queued: string;
  readonly queuedCode: string;
}

/** Nothing will be heard of these any more: sent ones may have been done, the others were not. */
export function giveUpRequests(state: SessionState, why: GiveUpReason): void {
  for (const [request, { ticket }] of [...state.outstanding]) {
    settleRequest(state, request, null);
    if (ticket !== 0) {
      refuse(state, ticket, { code: "outcome-unknown", message: why.sent, request });
    }
  }
  const queue = state.queue;
  state.queue = [];
  state.reserved.clear();
  for (const { ticket } of queue) {
    refuse(state, ticket, { code: why.queuedCode, message: why.queued });
  }
}

/**
 * The session is over, by our own wish. Requests repeated without it are refused, which would say
 * nothing about the first time; only of the log-out is it known that it was done.
 */
export function giveUpRepeated(state: SessionState, message: string): void {
  const code = "outcome-unknown";
  for (const [request, { draft }] of [...state.outstanding]) {
    if (draft === null || draft.type === "logout") continue;
    settleRequest(state, request, { type: "refused", request, code, message });
  }
}

export function refuse(
  state: SessionState,
  ticket: number,
  why: { readonly code: string; readonly message: string; readonly request?: number },
): void {
  const { code, message, request = 0 } = why;
  settle(state, ticket, { ok: false, code, message, request });
}

function settle(state: SessionState, ticket: number, outcome: Outcome): void {
  state.effects.push({ kind: "settled", ticket, outcome });
}

export function sendRequest(state: SessionState, request: number, draft: NumberedDraft): void {
  // A draft lacks exactly these two fields of its message.
  const message = { request, received: state.received, ...draft } as Message;
  state.effects.push({ kind: "send", message });
}

export function sendQuery(state: SessionState, query: number, draft: QueryDraft): void {
  // A draft lacks exactly this field of its message.
  state.effects.push({ kind: "send", message: { query, ...draft } as Message });
}
