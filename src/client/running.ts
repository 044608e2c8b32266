// A session core at work: inputs in, effects carried out in order over the ports, one timer. It
// decides nothing (session.ts does) and knows no promise for a caller: api.ts gives it a face.

import type { Host } from "../base/hosts.ts";
import type { ClientId } from "../base/ids.ts";
import { privateKeysKept } from "../base/trustLimits.ts";
import type { Clock, Entropy, Network, Timer } from "../ports.ts";
import { type Connection, makeConnection } from "./connection.ts";
import { distrustOf } from "./distrust.ts";
import { type Kept, takeUp } from "./kept.ts";
import type { DeriveKeys } from "./passwordKeys.ts";
import { acknowledge, makeSession, step, wakeAtMs } from "./session.ts";
import type {
  Effect,
  Outcome,
  SessionEvent,
  SessionInput,
  SessionState,
  UserSession,
} from "./sessionTypes.ts";

export interface ClientOptions {
  /** In the order of their ids; at least one. */
  readonly hosts: readonly Host[];
  readonly network: Pick<Network, "connect">;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly deriveKeys: DeriveKeys;
}

export type Settle = (outcome: Outcome) => void;

/** What who stops waiting means. lasting: not this, such as a message under way. */
export type Wait = "lasting" | "request" | "query";

export interface Running {
  readonly options: ClientOptions;
  readonly state: SessionState;
  readonly listeners: ((event: SessionEvent) => void)[];
  /** What passwords stand for beside the login, by the salts of their protection. */
  readonly privateKeys: Map<string, Buffer>;
  readonly tickets: Map<number, { readonly settle: Settle; readonly wait: Wait }>;
  connection: Connection;
  lastTicket: number;
  /** What came while an input was being worked off. */
  inputs: SessionInput[];
  working: boolean;
  flushPlanned: boolean;
  timer: Timer | null;
  timerAtMs: number;
}

export interface Resume {
  readonly kept: Kept;
  readonly session: UserSession;
  readonly told: (request: number, outcome: Outcome) => void;
  /** Each refusal as the server said it, before anything is made of it here. */
  readonly refused: (request: number, code: string) => void;
}

export function run(
  options: ClientOptions,
  client: ClientId,
  resume: Resume | null = null,
): Running {
  const { hosts, clock, entropy, network } = options;
  const start = { hostCount: hosts.length, client, entropy, nowMs: clock.nowMs() };
  const running = {
    options,
    state: makeSession(start),
    listeners: [],
    privateKeys: new Map(),
    tickets: new Map(),
    lastTicket: 0,
    inputs: [],
    working: false,
    flushPlanned: false,
    timer: null,
    timerAtMs: Infinity,
  } as Omit<Running, "connection"> as Running;
  running.connection = makeConnection(network, {
    connected: () => work(running, { kind: "connected" }),
    failed: (failure, host, detail) => {
      const distrust = distrustOf(host, failure, detail);
      if (distrust !== null) work(running, { kind: "distrusted", ...distrust });
      else work(running, { kind: "connectFailed", failure });
    },
    message: (message) => {
      if (message.type === "refused") resume?.refused(message.request, message.code);
      work(running, { kind: "message", message });
    },
    chunkEnded: () => running.connection.flush(),
    closed: () => work(running, { kind: "closed" }),
  });
  if (resume !== null) {
    takeUp(running.state, resume);
    for (const [at, { request }] of resume.kept.messages.entries()) {
      const settle: Settle = (outcome) => resume.told(request, outcome);
      running.tickets.set(at + 1, { settle, wait: "lasting" });
    }
    running.lastTicket = resume.kept.messages.length;
  }
  work(running, { kind: "start" });
  return running;
}

export function takeTicket(running: Running, settle: Settle, wait: Wait): number {
  running.lastTicket += 1;
  running.tickets.set(running.lastTicket, { settle, wait });
  return running.lastTicket;
}

/** One input at a time, in order: effects of one are carried out before the next is taken. */
export function work(running: Running, input: SessionInput): void {
  if (running.working) {
    running.inputs.push(input);
    return;
  }
  running.working = true;
  const nowMs = running.options.clock.nowMs();
  try {
    perform(running, step(running.state, input, nowMs));
    while (running.inputs.length > 0) {
      const inputs = running.inputs;
      running.inputs = [];
      for (const later of inputs) perform(running, step(running.state, later, nowMs));
    }
    // Whoever shows has said by now if nobody could see it.
    perform(running, acknowledge(running.state, nowMs));
  } finally {
    running.working = false;
  }
  armTimer(running, nowMs);
}

function perform(running: Running, effects: readonly Effect[]): void {
  for (const effect of effects) {
    switch (effect.kind) {
      case "send":
        running.connection.send(effect.message);
        planFlush(running);
        break;
      case "settled":
        settle(running, effect.ticket, effect.outcome);
        break;
      case "event":
        for (const listener of running.listeners) listener(effect.event);
        break;
      case "connect":
        running.connection.open(running.options.hosts[effect.host] as Host);
        break;
      case "disconnect":
        running.connection.drop();
        break;
      case "lookAgain":
        lookAgain(running);
        break;
      case "derive":
        derive(running, effect);
        break;
    }
  }
}

export function settle(running: Running, ticket: number, outcome: Outcome): void {
  const waiting = running.tickets.get(ticket);
  if (waiting === undefined) return;
  running.tickets.delete(ticket);
  waiting.settle(outcome);
}

function planFlush(running: Running): void {
  if (running.flushPlanned) return;
  running.flushPlanned = true;
  running.options.clock.soon(() => {
    running.flushPlanned = false;
    running.connection.flush();
  });
}

/** After a stop of this process timers fire before sockets are read: two rounds let them be. */
function lookAgain(running: Running): void {
  const { clock } = running.options;
  clock.soon(() => clock.soon(() => work(running, { kind: "judge" })));
}

function derive(running: Running, effect: Effect & { readonly kind: "derive" }): void {
  const { ticket, password, parameters } = effect;
  running.options.deriveKeys(password, parameters).then(
    ({ loginKey, privateKey }) => {
      keepPrivateKey(running, parameters.salt, privateKey);
      work(running, { kind: "derived", ticket, parameters, loginKey });
    },
    (error: unknown) => {
      const message = `The password could not be worked on: ${String(error)}`;
      work(running, { kind: "forget", ticket });
      settle(running, ticket, { ok: false, code: "no-key", message, request: 0 });
    },
  );
}

/** Of the newest passwords alone. */
export function keepPrivateKey({ privateKeys }: Running, salt: string, privateKey: Buffer): void {
  privateKeys.delete(salt);
  privateKeys.set(salt, privateKey);
  for (const oldest of privateKeys.keys()) {
    if (privateKeys.size <= privateKeysKept) return;
    privateKeys.delete(oldest);
  }
}

/** One timer; it may fire early, which costs a tick that does nothing. */
function armTimer(running: Running, nowMs: number): void {
  const dueAtMs = wakeAtMs(running.state);
  if (running.timer !== null && running.timerAtMs <= dueAtMs) return;
  running.timer?.cancel();
  running.timer = null;
  if (dueAtMs === Infinity) return;
  running.timerAtMs = dueAtMs;
  running.timer = running.options.clock.after(Math.max(0, dueAtMs - nowMs), () => {
    running.timer = null;
    work(running, { kind: "tick" });
  });
}
