// The client as other code uses it: promises and events over the session core and the ports, for
// the terminal, pipes, bots, tests and benchmarks alike. Each call is answered once, by a value.
// Reads no keyboard and prints nothing; what follows from what is decided in session.ts.

import { drawClientId } from "../base/ids.ts";
import { escapeText } from "../wire/fields.ts";
import type { MessageOf, MessageType } from "../wire/messages.ts";
import { mayStillBeDone } from "./answers.ts";
import { type ClientView, viewOf } from "./clientView.ts";
import { type Kept, keepMessages } from "./kept.ts";
import { isMessage } from "./requests.ts";
import type { ClientOptions, Running, Settle } from "./running.ts";
import { run, settle, takeTicket, work } from "./running.ts";
import { type SealDoor, sealDoorOf } from "./sealDoor.ts";
import type {
  LoginKey,
  Outcome,
  QueryDraft,
  Refusal,
  RequestDraft,
  SessionEvent,
  SessionInput,
} from "./sessionTypes.ts";

/** The one reply asked for, or why there is none. `request` is 0 where no number was given. */
export type Answer<T extends MessageType> =
  | { readonly ok: true; readonly reply: MessageOf<T>; readonly request: number }
  | (Refusal & { readonly request: number });

/** `said`: the code of the server's own refusal, if it sent one. False: no more is to be tried. */
export type KeptTold = (request: number, outcome: Outcome, said: string | null) => boolean;

export interface ChatClient {
  view(): ClientView;
  readonly sealDoor: SealDoor;
  /** Messages that nobody has confirmed, for another time; still sent as long as we live. */
  keep(): Kept;
  /** As who is logged in here, by a connection of its own. Told of each, and when it is over. */
  sendKept(kept: Kept, told: KeptTold): Promise<void>;
  onEvent(listener: (event: SessionEvent) => void): void;
  /** Something that concerns everybody who listens here, in words. */
  tell(code: string, message: string): void;
  /** All other sessions of the account end. `newKey`: where it is derived already. */
  changePassword(
    password: string,
    newPassword: string,
    newKey?: LoginKey,
  ): Promise<Answer<"passwordChanged">>;
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
  /** From now on nobody sees what comes: it stays new, and is not told of. */
  unseen(): void;
  /**
   * Everything that is waited for but messages under way is refused: as "cancelled", or where it
   * changes nothing as "unasked". Of which kind that was: "request" as soon as one of them may
   * still be done, null for nothing.
   */
  cancelWaiting(): "request" | "query" | null;
  /** Ends the connection; does not log out. */
  close(): void;
}

/** Connects at once, and keeps connecting until `close`. */
export function connectClient(options: ClientOptions): ChatClient {
  return faceOf(run(options, drawClientId(options.entropy)));
}

async function sendKept({ options, state }: Running, kept: Kept, told: KeptTold): Promise<void> {
  const { session } = state;
  // Those that are not sealed keep their numbers, and do not go out.
  let unsettled = kept.messages.filter(({ draft }) => draft.format !== "u").length;
  if (session === null || unsettled === 0) return;
  let hasStopped = false;
  let settled: () => void = () => {};
  const all = new Promise<void>((resolve) => (settled = resolve));
  const stop = (): void => {
    hasStopped = true;
    settled();
  };
  const said = new Map<number, string>();
  const resumed = run(options, kept.client, {
    kept,
    session,
    refused: (request, code) => void said.set(request, code),
    told: (request, outcome) => {
      // Of those left when it stopped nothing is known: they stay where they are kept.
      if (hasStopped) return;
      unsettled -= 1;
      if (!told(request, outcome, said.get(request) ?? null)) stop();
      else if (unsettled === 0) settled();
    },
  });
  resumed.listeners.push(({ kind }) => {
    if (kind === "stopped") stop();
  });
  const client = faceOf(resumed);
  await all;
  // To log out would tell the servers that all answers were had.
  if (!hasStopped) await client.logout();
  hasStopped = true;
  client.close();
}

function faceOf(running: Running): ChatClient {
  const { state } = running;
  const request = (draft: RequestDraft, settle: Settle): void => {
    const ticket = takeTicket(running, settle, isMessage(draft) ? "lasting" : "request");
    work(running, { kind: "request", ticket, draft });
  };
  const requested = <T extends MessageType>(draft: RequestDraft): Promise<Answer<T>> =>
    new Promise((resolve) => request(draft, (outcome) => resolve(answerFrom<T>(outcome))));
  const ticketed = <T extends MessageType>(
    inputOf: (ticket: number) => SessionInput,
  ): Promise<Answer<T>> =>
    new Promise((resolve) => {
      const ticket = takeTicket(running, (outcome) => resolve(answerFrom<T>(outcome)), "request");
      work(running, inputOf(ticket));
    });
  const message = (to: string, text: string): RequestDraft => {
    return { type: "send", to, format: "p", body: escapeText(text) };
  };
  return {
    view: () => viewOf(state, running.options.hosts),
    sealDoor: sealDoorOf(running),
    keep: () => keepMessages(state),
    sendKept: (kept, told) => sendKept(running, kept, told),
    onEvent: (listener) => void running.listeners.push(listener),
    tell: (code, message) => tell(running, { kind: "notice", code, message }),
    changePassword: (password, newPassword, newKey) =>
      ticketed((ticket) => passwd({ ticket, password, newPassword }, newKey)),
    register: (name, password) =>
      ticketed((ticket) => ({ kind: "register", ticket, name, password })),
    login: (name, password) => ticketed((ticket) => ({ kind: "login", ticket, name, password })),
    send: (to, text) => requested(message(to, text)),
    sendText: (to, text, settle) => request(message(to, text), settle),
    request,
    query: (draft) =>
      new Promise((resolve) => {
        work(running, { kind: "query", ticket: takeTicket(running, resolve, "query"), draft });
      }),
    logout: () => requested({ type: "logout" }),
    deleteAccount: (name) => requested({ type: "delete", name }),
    mark: (mark, seqs) => requested({ type: "mark", mark, seqs }),
    watch: (on) => work(running, { kind: "watch", on }),
    unseen: () => work(running, { kind: "unseen" }),
    cancelWaiting: () => cancelWaiting(running),
    close: () => {
      running.connection.end();
      work(running, { kind: "stop" });
      running.timer?.cancel();
    },
  };
}

function passwd(
  wish: { readonly ticket: number; readonly password: string; readonly newPassword: string },
  newKey: LoginKey | undefined,
): SessionInput {
  return { kind: "passwd", ...wish, ...(newKey && { newKey }) };
}

function tell({ listeners }: Running, event: SessionEvent): void {
  for (const listener of listeners) listener(event);
}

function answerFrom<T extends MessageType>(outcome: Outcome): Answer<T> {
  if (!outcome.ok) return outcome;
  // A request is answered by one reply, of the type that the table pairs with it.
  const reply = outcome.replies[0] as unknown as MessageOf<T>;
  return { ok: true, reply, request: outcome.request };
}

function cancelWaiting(running: Running): "request" | "query" | null {
  let given: "request" | "query" | null = null;
  for (const [ticket, { wait }] of [...running.tickets]) {
    if (wait === "lasting") continue;
    if (given !== "request") given = wait;
    work(running, { kind: "forget", ticket });
    settle(running, ticket, { ok: false, request: 0, ...(wait === "query" ? unasked : cancelled) });
  }
  return given;
}

const cancelled = { code: "cancelled", message: mayStillBeDone("this") };
const unasked = { code: "unasked", message: "You have stopped waiting for this." };
