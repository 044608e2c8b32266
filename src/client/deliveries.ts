// What is pushed to this terminal: PURE. A position of the mailbox is shown once and in order, and
// what has been shown is acknowledged, cumulatively, one acknowledgement at a time.
// How a message looks, and when it counts as opened, is decided elsewhere.

import {
  acknowledgeGapMs,
  acknowledgeRetryMs,
  outstandingRequestsMax,
  shownRememberedMax,
} from "../base/limits.ts";
import type { MessageOf } from "../wire/messages.ts";
import type { Deliveries } from "./deliveryTypes.ts";
import { sendNew } from "./requests.ts";
import type { SessionState } from "./sessionTypes.ts";

export function makeDeliveries(): Deliveries {
  return {
    shown: 0,
    shownId: "",
    seen: new Set(),
    seenBy: "",
    ownKnown: 0,
    acknowledged: 0,
    asked: 0,
    request: 0,
    notBeforeMs: -Infinity,
    isUnseen: false,
  };
}

/**
 * A new session shows what no terminal has acknowledged, from behind `delivered`; but not what the
 * same user has been shown here, however late the login came behind a session that went on.
 */
export function startDeliveries(
  deliveries: Deliveries,
  mail: { readonly name: string; readonly delivered: number; readonly last: number },
): void {
  const { name, delivered, last } = mail;
  deliveries.shown = delivered;
  deliveries.shownId = "";
  if (name !== deliveries.seenBy) deliveries.seen.clear();
  deliveries.seenBy = name;
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
  if (deliveries.isUnseen) return;
  // What a login begins to push is pushed once more where its terminal goes on, and in order.
  if (state.session === null || state.phase === "resuming") return;
  if (letter.seq <= deliveries.shown) return;
  deliveries.shown = letter.seq;
  deliveries.shownId = `${letter.client}-${letter.request}`;
  if (isEcho(state, letter)) return;
  const kind = remember(deliveries.seen, seenIdOf(letter)) ? "message" : "repeated";
  state.effects.push({ kind: "event", event: { kind, letter } });
}

/** Of one who goes, the same request tells of each group that is another's now. */
function seenIdOf({ client, request, format, group }: MessageOf<"message">): string {
  return `${client}-${request}${format === "e" ? group : ""}`;
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

/** Called when the effects of a step have been carried out: what it told of is shown by now. */
export function acknowledgeShown(state: SessionState, nowMs: number): void {
  if (!isAcknowledgementWanted(state)) return;
  if (nowMs < state.deliveries.notBeforeMs) return;
  const { deliveries } = state;
  const through = deliveries.shown;
  deliveries.asked = through;
  deliveries.notBeforeMs = nowMs + acknowledgeGapMs;
  deliveries.request = sendNew(state, 0, { type: "acknowledge", through });
}

/** Ahead of a log-out, however soon after the last one: else the next login shows it once more. */
export function acknowledgeBeforeLeaving(state: SessionState): void {
  const { deliveries, phase, session, job, outstanding } = state;
  if (deliveries.isUnseen) return;
  const told = isInFlight(state) ? deliveries.asked : deliveries.acknowledged;
  if (deliveries.shown <= told || phase !== "ready" || session === null || job !== null) return;
  if (outstanding.size >= outstandingRequestsMax) return;
  deliveries.asked = deliveries.shown;
  deliveries.request = sendNew(state, 0, { type: "acknowledge", through: deliveries.shown });
}

/** To be called before the request is settled; false when it was answered before, or is none. */
export function noteAcknowledged(state: SessionState, request: number): boolean {
  const { deliveries } = state;
  if (deliveries.request !== request || !isInFlight(state)) return false;
  deliveries.acknowledged = deliveries.asked;
  return true;
}

/** Nothing was acknowledged: it is asked again, but not at once. */
export function noteNotAcknowledged(state: SessionState, request: number, nowMs: number): void {
  const { deliveries } = state;
  if (deliveries.request === request) deliveries.notBeforeMs = nowMs + acknowledgeRetryMs;
}

export function deliveriesWakeAtMs(state: SessionState): number {
  return isAcknowledgementWanted(state) ? state.deliveries.notBeforeMs : Infinity;
}

/** All that has been shown is known on the servers as delivered. */
export function isAllAcknowledged(state: SessionState): boolean {
  return state.deliveries.acknowledged >= state.deliveries.shown;
}

function isAcknowledgementWanted(state: SessionState): boolean {
  const { deliveries, phase, session, job, outstanding } = state;
  if (deliveries.shown <= deliveries.acknowledged || isInFlight(state)) return false;
  if (deliveries.isUnseen) return false;
  if (phase !== "ready" || session === null || job !== null) return false;
  return outstanding.size < outstandingRequestsMax;
}

function isInFlight({ deliveries, outstanding }: SessionState): boolean {
  return deliveries.request !== 0 && outstanding.has(deliveries.request);
}

/** One's own message that was sent here, or is old; a note to oneself is worth showing. */
function isEcho(state: SessionState, letter: MessageOf<"message">): boolean {
  if (!letter.own) return false;
  const isKnown = letter.client === state.client || letter.seq <= state.deliveries.ownKnown;
  if (!isKnown) return false;
  return letter.group !== "" || letter.to.toLowerCase() !== letter.from.toLowerCase();
}
