// Messages that nobody has confirmed, to be kept over a restart and sent again: PURE. Each keeps
// its client id and request number, under which it takes effect once, however often it is sent and
// by whichever process. Where they are kept, and when they are offered, is decided elsewhere.

import type { ClientId } from "../base/ids.ts";
import { keyBytes } from "../wire/proof.ts";
import { isMessage, nextRequest } from "./requests.ts";
import type { MessageDraft, SessionState, UserSession } from "./sessionTypes.ts";

export interface KeptMessage {
  readonly request: number;
  readonly draft: MessageDraft;
  /** Of one that waits for keys, for which it was written, as far as that is known (MeantFor). */
  readonly key?: string;
}

export interface Kept {
  /** With the request number the message's identity. */
  readonly client: ClientId;
  readonly user: string;
  readonly lastRequest: number;
  /** All replies up to here were had. */
  readonly received: number;
  readonly messages: readonly KeptMessage[];
}

/** As it is kept on this machine. */
export interface StoredOutbox extends Kept {
  readonly atMs: number;
  /** How many its client has sealed under each tag. */
  readonly sequences?: readonly (readonly [string, number])[];
}

/** What is unconfirmed now. A number given here stays that message's own. */
export function keepMessages(state: SessionState): Kept {
  const messages: KeptMessage[] = [];
  for (const [request, { draft }] of state.outstanding) {
    if (isMessage(draft)) messages.push({ request, draft });
  }
  for (const waiting of state.queue) {
    const { draft } = waiting;
    if (!isMessage(draft)) continue;
    // Whoever finds it may send it before we do.
    waiting.isRepeated = true;
    if (waiting.request === 0) {
      waiting.request = nextRequest(state);
      state.reserved.add(waiting.request);
    }
    messages.push({ request: waiting.request, draft });
  }
  const { client, lastRequest, received, session } = state;
  return { client, user: session?.name ?? "", lastRequest, received, messages };
}

/** In a state that has sent nothing yet: as if it were the one that kept them, logged in anew. */
export function takeUp(
  state: SessionState,
  { kept, session }: { readonly kept: Kept; readonly session: UserSession },
): void {
  const { lastRequest, received, messages } = kept;
  state.lastRequest = lastRequest;
  state.received = received;
  // No server knows this token, so that a session of its own begins with the login key.
  state.session = { ...session, token: state.entropy.bytes(keyBytes) };
  for (const [at, { request, draft }] of messages.entries()) {
    state.reserved.add(request);
    state.queue.push({ ticket: at + 1, draft, request, isRepeated: true });
  }
}
