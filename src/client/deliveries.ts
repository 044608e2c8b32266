// What is pushed to this terminal: PURE. A position of the mailbox is shown once and in order, and
// what has been shown is acknowledged, cumulatively, one acknowledgement at a time.
// How a message looks, and when it counts as opened, is decided elsewhere.

import { acknowledgeGapMs, outstandingRequestsMax, shownRememberedMax } from "../base/limits.ts";
import type { MessageOf } from "../wire/messages.ts";
import { sendNew } from "./requests.ts";
import type { Deliveries, SessionState } from "./sessionTypes.ts";

export function makeDeliveries(): Deliveries {
  return {
    shown: 0,
    shownId: "",
    seen: new Set(),
    ownKnown: 0,
    acknowledged: 0,
    request: 0,
    lastAtMs: -Infinity,
  };
}

/** A new session shows what no terminal has acknowledged, from behind `delivered`. */
export function startDeliveries(
  deliveries: Deliveries,
  { delivered, last }: { readonly delivered: number; readonly last: number },
): void {
  deliveries.shown = delivered;
  deliveries.shownId = "";
  deliveries.seen.clear();
  deliveries.ownKnown = last;
  deliveries.acknowledged = delivered;
  deliveries.request = 0;
}

/**
 * Pushes go on behind `from`; that lies before what was shown only when a history was lost, and
 * then it is true.
 */
export function rewindDeliveries(deliveries: Deliveries, from: number): boolean {
  if (from >= deliveries.shown) return false;
  deliveries.shown = from;
  deliveries.shownId = "";
  deliveries.acknowledged = Math.min(deliveries.acknowledged, from);
  return true;
}

export function takeLetter(state: SessionState, letter: MessageOf<"message">): void {
  const { deliveries } = state;
  if (state.session === null || letter.seq <= deliveries.shown) return;
  deliveries.shown = letter.seq;
  deliveries.shownId = `${letter.client}-${letter.request}`;
  if (isEcho(state, letter) || !remember(deliveries.seen, deliveries.shownId)) return;
  state.effects.push({ kind: "event", event: { kind: "message", letter } });
}

/** False when it was known already; the oldest are forgotten. */
function remember(seen: Set<string>, id: string): boolean {
  if (seen.has(id)) return false;
  seen.add(id);
  if (seen.size <= shownRememberedMax) return true;
  for (const oldest of seen) {
    seen.delete(oldest);
    break;
  }
  return true;
}

/** Called after every step: what was shown in it has been shown by now. */
export function acknowledgeShown(state: SessionState, nowMs: number): void {
  if (!isAcknowledgementWanted(state) || nowMs < dueAtMs(state.deliveries)) return;
  const { deliveries } = state;
  const through = deliveries.shown;
  deliveries.acknowledged = through;
  deliveries.lastAtMs = nowMs;
  deliveries.request = sendNew(state, 0, { type: "acknowledge", through });
}

/** The request has been answered, whatever the answer. */
export function noteAcknowledged(state: SessionState, request: number): void {
  if (state.deliveries.request === request) state.deliveries.request = 0;
}

export function deliveriesWakeAtMs(state: SessionState): number {
  return isAcknowledgementWanted(state) ? dueAtMs(state.deliveries) : Infinity;
}

/** All that has been shown is known on the servers as delivered. */
export function isAllAcknowledged(state: SessionState): boolean {
  const { deliveries } = state;
  return deliveries.request === 0 && deliveries.acknowledged >= deliveries.shown;
}

function isAcknowledgementWanted(state: SessionState): boolean {
  const { deliveries, phase, session, job, outstanding } = state;
  if (deliveries.request !== 0 || deliveries.shown <= deliveries.acknowledged) return false;
  if (phase !== "ready" || session === null || job !== null) return false;
  return outstanding.size < outstandingRequestsMax;
}

function dueAtMs(deliveries: Deliveries): number {
  return deliveries.lastAtMs + acknowledgeGapMs;
}

/** One's own message that was sent here, or is old; a note to oneself is worth showing. */
function isEcho(state: SessionState, letter: MessageOf<"message">): boolean {
  if (!letter.own) return false;
  const isKnown = letter.client === state.client || letter.seq <= state.deliveries.ownKnown;
  if (!isKnown) return false;
  return letter.group !== "" || letter.to.toLowerCase() !== letter.from.toLowerCase();
}
