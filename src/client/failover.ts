// Which server next, and when: PURE. Hints are followed unless they point at a host that has just
// failed; otherwise whoever most likely follows who served is tried at once, then all hosts in a
// circle, with growing waits.
// Sends nothing over a connection but hello and ping; what a connection is for stands elsewhere.

import {
  clientDistrustMs,
  clientPingMs,
  clientRetryMsMax,
  clientRetryMsMin,
  clientSilenceMs,
  clientWelcomeTimeoutMs,
} from "../base/limits.ts";
import type { ConnectFailure } from "../ports.ts";
import { protocolVersion } from "../wire/messages.ts";
import type { Failover } from "./failoverTypes.ts";
import type { SessionState } from "./sessionTypes.ts";

export function makeFailover(hostCount: number, nowMs: number): Failover {
  return {
    host: hostCount - 1,
    circle: hostCount - 1,
    lostAtMs: nowMs,
    retryAtMs: nowMs,
    eager: true,
    followed: 0,
    failedAtMs: Array.from({ length: hostCount }, () => -Infinity),
    avoidUntilMs: Array.from({ length: hostCount }, () => -Infinity),
    unknown: new Set(),
    heardAtMs: nowMs,
    pingedAtMs: null,
    looking: false,
    greetUntilMs: nowMs,
    faults: 0,
  };
}

/** silent: it did not answer at all, so that trying it again soon costs a whole timeout. */
export type Failure = "refused" | "closed" | "silent" | "fault";

/** The current host cannot serve us: on to the next. */
export function leaveHost(state: SessionState, failure: Failure, nowMs: number): void {
  const { failover } = state;
  const hasServed = failover.lostAtMs === null;
  failover.failedAtMs[failover.host] = nowMs;
  if (failure === "silent") failover.avoidUntilMs[failover.host] = nowMs + 2 * clientDistrustMs;
  noteLost(state, nowMs);
  if (failure === "fault") failover.eager = false;
  const next = nextHost(failover, nowMs);
  if (!hasServed) return goOn(state, next, nowMs);
  const { host } = failover;
  const heir = heirOf(failover, nowMs) ?? next;
  goOn(state, heir, nowMs);
  // Out of turn: the circle goes on behind who was lost.
  if (heir !== next) failover.circle = host;
}

/** The current host says who serves; null when it does not know. */
export function followHint(state: SessionState, hint: number | null, nowMs: number): void {
  const { failover } = state;
  noteLost(state, nowMs);
  // It may hold itself for the primary, and welcome us, but it serves nobody: a hint at it is as
  // good as one at the dead.
  if (hint === null) failover.failedAtMs[failover.host] = nowMs;
  const trusted =
    hint !== null &&
    hint < state.hostCount &&
    hint !== failover.host &&
    failover.followed < state.hostCount &&
    nowMs - (failover.failedAtMs[hint] ?? 0) >= clientDistrustMs;
  if (!trusted) return goOn(state, nextHost(failover, nowMs), nowMs);
  failover.followed += 1;
  connectTo(state, hint);
}

export function noteServed(state: SessionState): void {
  const { failover } = state;
  failover.circle = failover.host;
  failover.lostAtMs = null;
  failover.eager = true;
  failover.followed = 0;
}

/** Whether it is news that the host's name stands for no address. */
export function noteUnreached({ host, unknown }: Failover, failure: ConnectFailure): boolean {
  const wasUnknown = unknown.delete(host);
  if (failure !== "unknown-host") return false;
  unknown.add(host);
  return !wasUnknown;
}

export function noteHeard(failover: Failover, nowMs: number): void {
  failover.heardAtMs = nowMs;
  failover.pingedAtMs = null;
  failover.looking = false;
}

export function greet(state: SessionState, nowMs: number): void {
  state.phase = "greeting";
  state.isWatchKnown = !state.isWatching;
  noteHeard(state.failover, nowMs);
  state.failover.greetUntilMs = nowMs + clientWelcomeTimeoutMs;
  const { client, ballot } = state;
  const message = { type: "hello", version: protocolVersion, client, ballot } as const;
  state.effects.push({ kind: "send", message });
}

/** Retries, pings and notices silence, as far as each has fallen due. */
export function tickFailover(state: SessionState, nowMs: number): void {
  const { failover, phase } = state;
  if (phase === "waiting") {
    if (nowMs >= failover.retryAtMs) connectTo(state, failover.host);
  } else if (phase === "greeting") {
    if (nowMs >= failover.greetUntilMs) lookAgain(state);
  } else if (isWelcomed(state)) {
    if (failover.pingedAtMs === null) {
      if (nowMs >= failover.heardAtMs + clientPingMs) ping(state, nowMs);
    } else if (nowMs >= silentAtMs(failover.pingedAtMs)) {
      lookAgain(state);
    }
  }
}

/** After `lookAgain`: all input has been read; whoever is still silent hangs. */
export function judge(state: SessionState, nowMs: number): void {
  const { failover } = state;
  failover.looking = false;
  const hangs =
    state.phase === "greeting"
      ? nowMs >= failover.greetUntilMs
      : failover.pingedAtMs !== null && nowMs >= silentAtMs(failover.pingedAtMs);
  if (!hangs) return;
  state.effects.push({ kind: "disconnect" });
  // Enough time has gone by in silence already.
  failover.eager = true;
  leaveHost(state, "silent", nowMs);
}

/** When `tickFailover` has something to do; Infinity when nothing is awaited. */
export function failoverWakeAtMs(state: SessionState): number {
  const { failover } = state;
  if (failover.looking) return Infinity;
  if (state.phase === "waiting") return failover.retryAtMs;
  if (state.phase === "greeting") return failover.greetUntilMs;
  if (!isWelcomed(state)) return Infinity;
  return failover.pingedAtMs === null
    ? failover.heardAtMs + clientPingMs
    : silentAtMs(failover.pingedAtMs);
}

/** A server has taken this connection in; it may not have our session yet. */
export function isWelcomed(state: SessionState): boolean {
  return state.phase === "ready" || state.phase === "resuming" || state.phase === "reentering";
}

function silentAtMs(pingedAtMs: number): number {
  return pingedAtMs + clientSilenceMs - clientPingMs;
}

function noteLost(state: SessionState, nowMs: number): void {
  const { failover } = state;
  if (failover.lostAtMs !== null) return;
  failover.lostAtMs = nowMs;
  state.effects.push({ kind: "event", event: { kind: "lost" } });
}

function goOn(state: SessionState, host: number, nowMs: number): void {
  const { failover } = state;
  failover.host = host;
  failover.circle = host;
  failover.followed = 0;
  if (failover.eager) {
    failover.eager = false;
    return connectTo(state, host);
  }
  state.phase = "waiting";
  const outageMs = nowMs - (failover.lostAtMs ?? nowMs);
  const delayMs = Math.min(Math.max(outageMs / 8, clientRetryMsMin), clientRetryMsMax);
  failover.retryAtMs = nowMs + delayMs * (0.75 + state.prng.unit() / 2);
}

/** Round the circle, past those that did not answer lately, unless none other is left. */
function nextHost({ circle, avoidUntilMs }: Failover, nowMs: number): number {
  const count = avoidUntilMs.length;
  for (let step = 1; step <= count; step += 1) {
    const host = (circle + step) % count;
    if ((avoidUntilMs[host] ?? 0) <= nowMs) return host;
  }
  return (circle + 1) % count;
}

/** When a primary goes, the lowest server that is left follows it as a rule. */
function heirOf({ host, avoidUntilMs }: Failover, nowMs: number): number | null {
  const heir = avoidUntilMs.findIndex((untilMs, at) => at !== host && untilMs <= nowMs);
  return heir >= 0 ? heir : null;
}

/** To who served us, on a connection of its own. */
export function connectAgain(state: SessionState): void {
  connectTo(state, state.failover.host);
}

function connectTo(state: SessionState, host: number): void {
  state.failover.host = host;
  state.phase = "connecting";
  state.effects.push({ kind: "connect", host });
}

function ping(state: SessionState, nowMs: number): void {
  state.lastQuery += 1;
  state.failover.pingedAtMs = nowMs;
  state.effects.push({ kind: "send", message: { type: "ping", query: state.lastQuery } });
}

function lookAgain(state: SessionState): void {
  if (state.failover.looking) return;
  state.failover.looking = true;
  state.effects.push({ kind: "lookAgain" });
}
