// The client's session core, one under every face: PURE. `step` takes one input (a connection's
// news, a message, a tick, a wish of the user) and gives the effects in order. Its promise: what
// was asked is answered once, under one request number, however many servers die meanwhile. It
// opens no socket, reads no clock and runs no scrypt; it does not know what a terminal is.

import { noBallot, type ClientId, type ServerId } from "../base/ids.ts";
import { makePrng } from "../base/prng.ts";
import type { ConnectFailure, Entropy } from "../ports.ts";
import {
  acknowledgeBeforeLeaving,
  acknowledgeShown,
  deliveriesWakeAtMs,
  makeDeliveries,
} from "./deliveries.ts";
import {
  failoverWakeAtMs,
  greet,
  judge,
  leaveHost,
  makeFailover,
  noteUnreached,
  tickFailover,
} from "./failover.ts";
import { tell } from "./entering.ts";
import { release, withdraw } from "./held.ts";
import { dropChallenge, startLogin, startPasswordChange } from "./login.ts";
import { startRegistration, takeLoginKey } from "./login.ts";
import { halt } from "./halting.ts";
import { takeMessage } from "./received.ts";
import { renew, renewalWakeAtMs, tickRenewal } from "./renewing.ts";
import { ask, forget, giveUpAll, isMessage, keepWatch, queueRequest } from "./requests.ts";
import { hasStopped, refuse, sendQueued } from "./requests.ts";
import { loseStandstill } from "./standstill.ts";
import type { Effect, SessionInput, SessionState } from "./sessionTypes.ts";

export function makeSession(options: {
  readonly hostCount: number;
  readonly client: ClientId;
  readonly entropy: Entropy;
  readonly nowMs: number;
}): SessionState {
  const { hostCount, client, entropy, nowMs } = options;
  return {
    hostCount,
    entropy,
    prng: makePrng(Number.parseInt(client.slice(0, 8), 16)),
    client,
    phase: "idle",
    ballot: noBallot,
    serverNonce: "",
    server: 0 as ServerId,
    verified: true,
    wasUnverified: false,
    standstill: null,
    resumeQuery: 0,
    session: null,
    job: null,
    failover: makeFailover(hostCount, nowMs),
    deliveries: makeDeliveries(),
    outstanding: new Map(),
    lastRequest: 0,
    received: 0,
    queue: [],
    reserved: new Set(),
    queries: new Map(),
    isWatching: false,
    isWatchKnown: true,
    lastQuery: 0,
    effects: [],
  };
}

export function step(state: SessionState, input: SessionInput, nowMs: number): readonly Effect[] {
  if (state.phase === "stopped") {
    if (input.kind === "stop") stop(state);
    if ("ticket" in input && input.kind !== "forget") refuse(state, input.ticket, hasStopped);
  } else {
    take(state, input, nowMs);
    sendQueued(state);
    keepWatch(state);
  }
  return takeEffects(state);
}

/** To be called when the effects of a step, and of what it led to, have been carried out. */
export function acknowledge(state: SessionState, nowMs: number): readonly Effect[] {
  acknowledgeShown(state, nowMs);
  return takeEffects(state);
}

/** When the next `tick` is due; Infinity when none is. */
export function wakeAtMs(state: SessionState): number {
  return Math.min(failoverWakeAtMs(state), deliveriesWakeAtMs(state), renewalWakeAtMs(state));
}

/** Messages that no server has confirmed yet. */
export function unsentCount(state: SessionState): number {
  let count = 0;
  for (const { draft } of state.queue) count += isMessage(draft) ? 1 : 0;
  for (const { draft } of state.outstanding.values()) count += isMessage(draft) ? 1 : 0;
  return count;
}

function takeEffects(state: SessionState): readonly Effect[] {
  const effects = state.effects;
  if (effects.length > 0) state.effects = [];
  return effects;
}

function take(state: SessionState, input: SessionInput, nowMs: number): void {
  switch (input.kind) {
    case "message":
      return takeMessage(state, input.message, nowMs);
    case "request":
      if (input.draft.type === "logout") acknowledgeBeforeLeaving(state);
      return queueRequest(state, input.ticket, input.draft);
    case "query":
      return ask(state, input.ticket, input.draft);
    case "release":
      return release(state, input);
    case "withdraw":
      return withdraw(state, input);
    case "renew":
      return renew(state);
    case "watch":
      return watch(state, input.on);
    case "unseen":
      state.deliveries.isUnseen = true;
      return;
    case "forget":
      return forget(state, input.ticket);
    case "tick":
      return tick(state, nowMs);
    case "judge":
      return judge(state, nowMs);
    case "register":
      return startRegistration(state, input);
    case "login":
      return startLogin(state, input);
    case "passwd":
      return startPasswordChange(state, input);
    case "derived":
      return takeLoginKey(state, input);
    case "start":
      return leaveHostAtStart(state, nowMs);
    case "connected":
      return state.phase === "connecting" ? greet(state, nowMs) : undefined;
    case "connectFailed":
      return leaveUnreached(state, input.failure, nowMs);
    case "distrusted":
      return halt(state, input);
    case "closed":
      dropChallenge(state);
      return leaveHost(state, "closed", nowMs);
    case "stop":
      return stop(state);
  }
}

function watch(state: SessionState, on: boolean): void {
  state.isWatchKnown &&= state.isWatching === on;
  state.isWatching = on;
}

function tick(state: SessionState, nowMs: number): void {
  tickRenewal(state, nowMs);
  tickFailover(state, nowMs);
}

function leaveUnreached(state: SessionState, failure: ConnectFailure, nowMs: number): void {
  loseStandstill(state, state.failover.host);
  if (noteUnreached(state.failover, failure)) tell(state, { kind: "unknownHost" });
  leaveHost(state, failure === "refused" ? "refused" : "silent", nowMs);
}

function leaveHostAtStart(state: SessionState, nowMs: number): void {
  leaveHost(state, "refused", nowMs);
  state.failover.failedAtMs.fill(-Infinity);
}

function stop(state: SessionState): void {
  state.effects.push({ kind: "disconnect" });
  const sent = "You left before a server confirmed this; it may or may not have been done.";
  const queued = "You left before this was sent.";
  giveUpAll(state, { sent, queued, queuedCode: "stopped" });
}
