// Messages that wait for the keys they are to be sealed with: PURE. Each has its request number
// from the beginning, since the seal is bound to it; it stands in the queue, counts as unsent and
// is kept like all others, but goes out only once it is sealed. Nothing here knows how to seal.

import { queuedRequestsMax } from "../base/limits.ts";
import type { Why } from "./answers.ts";
import { hasStopped, isMessage, nextRequest, refuse, tooManyWaiting } from "./requests.ts";
import type { MessageDraft, Refusal, SessionState } from "./sessionTypes.ts";

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
