// Trying on is pointless, or not safe: PURE. The client says why, connects to nobody any more, and
// answers what was asked; messages that nobody has confirmed stay, so that whoever ends it can keep
// them for another time.

import { leaveConnection, tell } from "./entering.ts";
import { giveUpAll, isMessage } from "./requests.ts";
import type { SessionState } from "./sessionTypes.ts";

export function halt(
  state: SessionState,
  why: { readonly code: string; readonly message: string },
): void {
  const { code, message } = why;
  const outstanding = [...state.outstanding].filter(([, { draft }]) => isMessage(draft));
  const queue = state.queue.filter(({ draft }) => isMessage(draft));
  for (const [request] of outstanding) state.outstanding.delete(request);
  state.queue = state.queue.filter(({ draft }) => !isMessage(draft));
  leaveConnection(state);
  giveUpAll(state, { sent: message, queued: message, queuedCode: code });
  for (const [request, entry] of outstanding) state.outstanding.set(request, entry);
  state.queue = queue;
  tell(state, { kind: "stopped", code, message });
}
