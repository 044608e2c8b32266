// The client as other code uses it: promises and events over the session core and the ports, for
// the terminal, pipes, bots, tests and benchmarks alike. Each call is answered once, by a value.
// Reads no keyboard and prints nothing; what follows from what is decided in session.ts.

import type { Host } from "../base/hosts.ts";
import { asClientId, type ClientId, type ServerId } from "../base/ids.ts";
import type { Clock, Entropy, Network, Timer } from "../ports.ts";
import { escapeText } from "../wire/fields.ts";
import type { MessageOf, MessageType } from "../wire/messages.ts";
import { nonceBytes } from "../wire/proof.ts";
import { type Connection, makeConnection } from "./connection.ts";
import { isAllAcknowledged } from "./deliveries.ts";
import type { DeriveKeys } from "./passwordKeys.ts";
import { isMessage } from "./requests.ts";
import { makeSession, step, unsentCount, wakeAtMs } from "./session.ts";
import type {
  Effect,
  Outcome,
  QueryDraft,
  Refusal,
  RequestDraft,
  SessionEvent,
  SessionInput,
  SessionState,
} from "./sessionTypes.ts";

export interface ClientOptions {
  /** In the order of their ids; at least one. */
  readonly hosts: readonly Host[];
  readonly network: Network;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly deriveKeys: DeriveKeys;
}

/** The one reply asked for, or why there is none. `request` is 0 where no number was given. */
export type Answer<T extends MessageType> =
  | { readonly ok: true; readonly reply: MessageOf<T>; readonly request: number }
  | (Refusal & { readonly request: number });

export type Settle = (outcome: Outcome) => void;

export interface ClientView {
  /** Half of every message id of this client. */
  readonly client: ClientId;
  /** As whom it is logged in. */
  readonly name: string | null;
  readonly server: ServerId;
  /** Clock milliseconds since when no server serves it; null while one does. */
  readonly lostAtMs: number | null;
  readonly unsent: number;
  /** All that was shown is known on the servers as delivered. */
  readonly acknowledged: boolean;
}

export interface ChatClient {
  view(): ClientView;
  onEvent(listener: (event: SessionEvent) => void): void;
  /** All other sessions of the account end. */
  changePassword(password: string, newPassword: string): Promise<Answer<"passwordChanged">>;
  register(name: string, password: string): Promise<Answer<"registered">>;
  login(name: string, password: string): Promise<Answer<"loggedIn">>;
  send(to: string, text: string): Promise<Answer<"sent">>;
  /** The same without a promise, for many at once. */
  sendText(to: string, text: string, settle: Settle): void;
  request(draft: RequestDraft, settle: Settle): void;
  query(draft: QueryDraft): Promise<Outcome>;
  logout(): Promise<Answer<"loggedOut">>;
  deleteAccount(name: string): Promise<Answer<"deleted">>;
  mark(mark: "read" | "unread" | "removed", seqs: readonly number[]): Promise<Answer<"marked">>;
  /** Whether to be told who comes and goes. */
  watch(on: boolean): void;
  /** Everything that is waited for but messages under way is refused as "cancelled". */
  cancelWaiting(): void;
  /** Ends the connection; does not log out. */
  close(): void;
}

interface Running {
  readonly options: ClientOptions;
  readonly state: SessionState;
  readonly listeners: ((event: SessionEvent) => void)[];
  readonly tickets: Map<number, { readonly settle: Settle; readonly isMessage: boolean }>;
  connection: Connection;
  lastTicket: number;
  /** What came while an input was being worked off. */
  inputs: SessionInput[];
  working: boolean;
  flushPlanned: boolean;
  timer: Timer | null;
  timerAtMs: number;
}

/** Connects at once, and keeps connecting until `close`. */
export function connectClient(options: ClientOptions): ChatClient {
  const { hosts, clock, entropy, network } = options;
  const client = asClientId(entropy.bytes(nonceBytes).toString("hex"));
  const start = { hostCount: hosts.length, client, entropy, nowMs: clock.nowMs() };
  const running = {
    options,
    state: makeSession(start),
    listeners: [],
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
    failed: (failure) => work(running, { kind: "connectFailed", failure }),
    message: (message) => work(running, { kind: "message", message }),
    chunkEnded: () => running.connection.flush(),
    closed: () => work(running, { kind: "closed" }),
  });
  work(running, { kind: "start" });
  return faceOf(running);
}

function faceOf(running: Running): ChatClient {
  const { state } = running;
  const request = (draft: RequestDraft, settle: Settle): void => {
    const ticket = takeTicket(running, settle, isMessage(draft));
    work(running, { kind: "request", ticket, draft });
  };
  const requested = <T extends MessageType>(draft: RequestDraft): Promise<Answer<T>> =>
    new Promise((resolve) => request(draft, (outcome) => resolve(answerFrom<T>(outcome))));
  const ticketed = <T extends MessageType>(
    inputOf: (ticket: number) => SessionInput,
  ): Promise<Answer<T>> =>
    new Promise((resolve) => {
      const ticket = takeTicket(running, (outcome) => resolve(answerFrom<T>(outcome)), false);
      work(running, inputOf(ticket));
    });
  const message = (to: string, text: string): RequestDraft => {
    return { type: "send", to, format: "p", body: escapeText(text) };
  };
  return {
    view: () => viewOf(state),
    onEvent: (listener) => void running.listeners.push(listener),
    changePassword: (password, newPassword) =>
      ticketed((ticket) => ({ kind: "passwd", ticket, password, newPassword })),
    register: (name, password) =>
      ticketed((ticket) => ({ kind: "register", ticket, name, password })),
    login: (name, password) => ticketed((ticket) => ({ kind: "login", ticket, name, password })),
    send: (to, text) => requested(message(to, text)),
    sendText: (to, text, settle) => request(message(to, text), settle),
    request,
    query: (draft) =>
      new Promise((resolve) => {
        work(running, { kind: "query", ticket: takeTicket(running, resolve, false), draft });
      }),
    logout: () => requested({ type: "logout" }),
    deleteAccount: (name) => requested({ type: "delete", name }),
    mark: (mark, seqs) => requested({ type: "mark", mark, seqs }),
    watch: (on) => work(running, { kind: "watch", on }),
    cancelWaiting: () => cancelWaiting(running),
    close: () => {
      running.connection.end();
      work(running, { kind: "stop" });
      running.timer?.cancel();
    },
  };
}

function viewOf(state: SessionState): ClientView {
  return {
    client: state.client,
    name: state.session?.name ?? null,
    server: state.server,
    lostAtMs: state.failover.lostAtMs,
    unsent: unsentCount(state),
    // Without a session there is nothing to acknowledge, whatever the last one has shown.
    acknowledged: state.session === null || isAllAcknowledged(state),
  };
}

function takeTicket(running: Running, settle: Settle, isMessage: boolean): number {
  running.lastTicket += 1;
  running.tickets.set(running.lastTicket, { settle, isMessage });
  return running.lastTicket;
}

function answerFrom<T extends MessageType>(outcome: Outcome): Answer<T> {
  if (!outcome.ok) return outcome;
  // A request is answered by one reply, of the type that the table pairs with it.
  const reply = outcome.replies[0] as unknown as MessageOf<T>;
  return { ok: true, reply, request: outcome.request };
}

function cancelWaiting(running: Running): void {
  const message = "You have stopped waiting for this; it may still be done.";
  for (const [ticket, { isMessage }] of [...running.tickets]) {
    if (isMessage) continue;
    work(running, { kind: "forget", ticket });
    settle(running, ticket, { ok: false, code: "cancelled", message, request: 0 });
  }
}

/** One input at a time, in order: effects of one are carried out before the next is taken. */
function work(running: Running, input: SessionInput): void {
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

function settle(running: Running, ticket: number, outcome: Outcome): void {
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
    ({ loginKey }) => work(running, { kind: "derived", ticket, parameters, loginKey }),
    (error: unknown) => {
      const message = `The password could not be worked on: ${String(error)}`;
      work(running, { kind: "forget", ticket });
      settle(running, ticket, { ok: false, code: "no-key", message, request: 0 });
    },
  );
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
