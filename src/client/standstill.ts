// A server says that it can confirm nothing, and why: PURE. The user is told once, and once more
// when it is over, whichever server that is seen at. It changes nothing of what is asked or sent:
// all of it waits, as in any outage.

import { tell } from "./entering.ts";
import type { SessionState } from "./sessionTypes.ts";

export function takeStandstill(state: SessionState, message: string): void {
  const { standstill, failover } = state;
  state.standstill = { message, host: failover.host, isThere: true };
  if (standstill?.isThere === true && standstill.message === message) return;
  tell(state, { kind: "notice", code: "stands-still", message });
}

/** A server says so, or has answered what only one can that confirms. */
export function endStandstill(state: SessionState): void {
  if (state.standstill === null) return;
  state.standstill = null;
  tell(state, { kind: "notice", code: "goes-on", message: goesOn });
}

/** Whoever said so is not there any more: what is told now is that nobody answers. */
export function loseStandstill(state: SessionState, host: number): void {
  const { standstill } = state;
  if (standstill?.host === host) state.standstill = { ...standstill, isThere: false };
}

const goesOn = "Messages are being confirmed again.";
