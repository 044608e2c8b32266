// What is asked again on a new connection, under the numbers that it had, and what cannot be: PURE.
// The order of what somebody sent stays; when each of it may go is decided by whether the session
// has been proven there.

import { frameAfterResumePayloadBytesMax } from "../base/limits.ts";
import { isPlaced, refuse, sendQuery, sendRequest, settleRequest } from "./requests.ts";
import type { NumberedDraft, SessionState } from "./sessionTypes.ts";

/** The same requests under the same numbers, in order; logins are proven anew elsewhere. */
export function resendOutstanding(state: SessionState): void {
  for (const [request, { draft }] of state.outstanding) {
    if (draft !== null) repeat(state, request, draft);
  }
}

/**
 * Right behind a proof that is not judged yet: servers take no large frame there, so that from the
 * first of these on all wait, in their order. What speaks of positions in the mailbox waits until
 * they are known to be the same ones here.
 */
export function resendUnproven(state: SessionState): void {
  for (const [request, { draft }] of state.outstanding) {
    if (draft === null || isPlaced(draft)) continue;
    if (isLarge(draft)) return;
    repeat(state, request, draft);
  }
}

/** What `resendUnproven` has left. */
export function resendProven(state: SessionState): void {
  let isBehind = false;
  for (const [request, { draft }] of state.outstanding) {
    if (draft === null) continue;
    isBehind ||= isLarge(draft);
    if (isBehind || isPlaced(draft)) repeat(state, request, draft);
  }
}

/** Other messages stand at those positions now: what spoke of them is not repeated, nor sent. */
export function dropPositions(state: SessionState): void {
  const message =
    "The servers had been apart, and your messages have other numbers now. Look, and mark again.";
  for (const [request, { draft, ticket }] of [...state.outstanding]) {
    if (draft === null || !isPlaced(draft)) continue;
    settleRequest(state, request, null);
    if (ticket !== 0) refuse(state, ticket, { code: "outcome-unknown", message, request });
  }
  const queue = state.queue;
  state.queue = queue.filter(({ draft }) => !isPlaced(draft));
  for (const { ticket, draft } of queue) {
    if (isPlaced(draft)) refuse(state, ticket, { code: "numbers-changed", message });
  }
}

export function resendQueries(state: SessionState): void {
  for (const [query, entry] of state.queries) {
    entry.parts = [];
    sendQuery(state, query, entry.draft);
  }
}

function isLarge(draft: NumberedDraft): boolean {
  return "body" in draft && draft.body.length + 1_024 > frameAfterResumePayloadBytesMax;
}

function repeat(state: SessionState, request: number, draft: NumberedDraft): void {
  const entry = state.outstanding.get(request);
  if (entry !== undefined) entry.isRepeated = true;
  sendRequest(state, request, draft);
}
