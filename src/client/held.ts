// Requests that have their numbers before they are sent, since a seal or a signature is bound to
// them: PURE. A message that waits for its readers' keys stands in the queue, counts as unsent and
// is kept like all others, but goes out only once it is sealed. Nothing here knows how to seal.

import { queuedRequestsMax } from "../base/limits.ts";
import type { Why } from "./answers.ts";
import { hasStopped, isMessage, nextRequest, refuse, tooManyWaiting } from "./requests.ts";
import type { MessageDraft, Refusal, RequestDraft, SessionState } from "./sessionTypes.ts";

/** Its number, or why it cannot even wait. */
export function hold(
  state: SessionState,
  { ticket, draft }: { readonly ticket: number; readonly draft: MessageDraft },
): number | Why {
  if (state.phase === "stopped") return hasStopped;
  if (state.queue.length >= queuedRequestsMax) return tooManyWaiting;
  const request = nextRequest(state);
  state.reserved.add(request);
  state.queue.push({ ticket, draft, request, isRepeated: false });
  return request;
}

/** A request that has its number before it is made, since it is signed over that. */
export function queueNumbered(
  state: SessionState,
  ticket: number,
  make: (request: number) => RequestDraft,
): void {
  if (state.phase === "stopped") return refuse(state, ticket, hasStopped);
  if (state.queue.length >= queuedRequestsMax) return refuse(state, ticket, tooManyWaiting);
  const request = nextRequest(state);
  state.reserved.add(request);
  state.queue.push({ ticket, draft: make(request), request, isRepeated: false });
}

/** As it is to be sent. One that has been settled meanwhile is none any more. */
export function release(
  state: SessionState,
  { request, draft }: { readonly request: number; readonly draft: MessageDraft },
): void {
  const entry = state.queue.find((one) => one.request === request);
  if (entry !== undefined && isMessage(entry.draft)) entry.draft = draft;
}

export function withdraw(
  state: SessionState,
  { request, code, message }: { readonly request: number } & Omit<Refusal, "ok">,
): void {
  const at = state.queue.findIndex((one) => one.request === request);
  const entry = state.queue[at];
  if (entry === undefined) return;
  state.queue.splice(at, 1);
  state.reserved.delete(request);
  refuse(state, entry.ticket, { code, message, request });
}
