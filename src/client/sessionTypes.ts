// What goes into the client's session core and what comes out of it: types alone, with the one
// state object that session.ts shares with the files among which the core is divided (failover.ts,
// requests.ts, login.ts, entering.ts, deliveries.ts …). Nothing here decides anything.

import type { Ballot, ClientId, ServerId } from "../base/ids.ts";
import type { Prng } from "../base/prng.ts";
import type { ConnectFailure, Entropy } from "../ports.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import type { Deliveries } from "./deliveryTypes.ts";
import type { Failover, Standstill } from "./failoverTypes.ts";

type Drafted<T extends Message, Numbers extends string> = T extends Message
  ? Omit<T, Numbers>
  : never;

/** A request before its number is known: it gets one when it is first sent. */
export type RequestDraft = Drafted<
  | MessageOf<"send">
  | MessageOf<"mark">
  | MessageOf<"logout">
  | MessageOf<"delete">
  | MessageOf<"draftPut">
  | MessageOf<"draftRemove">
  | MessageOf<"draftSend">
  | MessageOf<"groupChange">
  | MessageOf<"block">
  | MessageOf<"keysPut">
  | MessageOf<"groupSigned">,
  "request" | "received"
>;
/** What carries a message of the user's; of format "u", never sent, while it waits for keys. */
export type MessageDraft = Extract<RequestDraft, { readonly type: "send" | "draftSend" }>;
export type NumberedDraft =
  RequestDraft | Drafted<MessageOf<"acknowledge"> | MessageOf<"register">, "request" | "received">;
export type QueryDraft = Drafted<
  | MessageOf<"search">
  | MessageOf<"list">
  | MessageOf<"users">
  | MessageOf<"cluster">
  | MessageOf<"history">
  | MessageOf<"drafts">
  | MessageOf<"groups">
  | MessageOf<"members">
  | MessageOf<"blocks">
  | MessageOf<"keys">
  | MessageOf<"roster">,
  "query"
>;

export interface Refusal {
  readonly ok: false;
  readonly code: string;
  readonly message: string;
}

export type Outcome =
  /** The reply, or all frames of an answer in order. `request`: its number; 0 for questions. */
  | { readonly ok: true; readonly replies: readonly Message[]; readonly request: number }
  | (Refusal & { readonly request: number });

export interface KeyParameters {
  readonly salt: string;
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelism: number;
}

export type SessionInput =
  | { readonly kind: "start" }
  | { readonly kind: "connected" }
  | { readonly kind: "connectFailed"; readonly failure: ConnectFailure }
  /** Who answered is not to be talked to. */
  | { readonly kind: "distrusted"; readonly code: string; readonly message: string }
  | { readonly kind: "closed" }
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "tick" }
  /** After `lookAgain`: what was waiting to be read has been read. */
  | { readonly kind: "judge" }
  | { readonly kind: "request"; readonly ticket: number; readonly draft: RequestDraft }
  | { readonly kind: "query"; readonly ticket: number; readonly draft: QueryDraft }
  /** A message that was held back goes out so, or not at all. */
  | { readonly kind: "release"; readonly request: number; readonly draft: MessageDraft }
  | ({ readonly kind: "withdraw"; readonly request: number } & Omit<Refusal, "ok">)
  /** A new session in the place of this one, unseen. */
  | { readonly kind: "renew" }
  /** Whether the user wants to be told who comes and goes, from now on. */
  | { readonly kind: "watch"; readonly on: boolean }
  /** Nobody sees any more what is told: what comes from now on has not been shown. */
  | { readonly kind: "unseen" }
  /** The user has stopped waiting: nobody is told of the outcome any more. */
  | { readonly kind: "forget"; readonly ticket: number }
  | {
      readonly kind: "passwd";
      readonly ticket: number;
      readonly password: string;
      readonly newPassword: string;
      readonly newKey?: LoginKey;
    }
  | Credentials<"register">
  | Credentials<"login">
  | {
      readonly kind: "derived";
      readonly ticket: number;
      readonly parameters: KeyParameters;
      readonly loginKey: Buffer;
    }
  | { readonly kind: "stop" };

interface Credentials<Kind extends string> {
  readonly kind: Kind;
  readonly ticket: number;
  readonly name: string;
  readonly password: string;
}

export type SessionEvent =
  /** Served again: the session, if there was one, goes on. */
  | { readonly kind: "connected"; readonly server: ServerId; readonly verified: boolean }
  | { readonly kind: "lost" }
  /** A server's name stands for no address, which was not known before. */
  | { readonly kind: "unknownHost" }
  /** After a fork: positions in the mailbox mean other messages than before. */
  | { readonly kind: "renumbered" }
  /** Logged in, as the user asked; `unread` new messages follow. */
  | {
      readonly kind: "entered";
      readonly name: string;
      readonly isNew: boolean;
      readonly unread: number;
      readonly unopened: number;
    }
  /** All that was shown is known on the servers as delivered. */
  | { readonly kind: "acknowledged" }
  | { readonly kind: "message"; readonly letter: MessageOf<"message"> }
  /** It was shown already, but servers count it as new: one of those that a login announced. */
  | { readonly kind: "repeated"; readonly letter: MessageOf<"message"> }
  | { readonly kind: "status"; readonly status: MessageOf<"status"> }
  | { readonly kind: "unopened"; readonly count: number }
  | { readonly kind: "groupNote"; readonly note: MessageOf<"groupNote"> }
  | { readonly kind: "presence"; readonly note: MessageOf<"presence"> }
  /** What the servers keep of the account's keys; behind each login, unseen ones too. */
  | { readonly kind: "ownKeys"; readonly keys: MessageOf<"ownKeys"> }
  /** Something that concerns everybody here, in words. */
  | { readonly kind: "notice"; readonly code: string; readonly message: string }
  | { readonly kind: "sessionEnded"; readonly code: string; readonly message: string }
  /** Trying on is pointless. */
  | { readonly kind: "stopped"; readonly code: string; readonly message: string };

export type Effect =
  | { readonly kind: "connect"; readonly host: number }
  /** Ends the connection, or the attempt at one; nothing of it is heard any more. */
  | { readonly kind: "disconnect" }
  | { readonly kind: "send"; readonly message: Message }
  /** Answer with `judge` once the input that is already waiting has been read. */
  | { readonly kind: "lookAgain" }
  | {
      readonly kind: "derive";
      readonly ticket: number;
      readonly password: string;
      readonly parameters: KeyParameters;
    }
  | { readonly kind: "settled"; readonly ticket: number; readonly outcome: Outcome }
  | { readonly kind: "event"; readonly event: SessionEvent };

/**
 * waiting: until `retryAtMs`. greeting: hello is sent. resuming: the session's proof is sent, with
 * the unanswered requests behind it. reentering: the session had ended and is begun anew, unseen.
 */
export type Phase =
  "idle" | "waiting" | "connecting" | "greeting" | "resuming" | "reentering" | "ready" | "stopped";

export interface OutstandingRequest {
  /** 0 for the client's own acknowledgements and logins. */
  readonly ticket: number;
  /** Null for a login, which has to be proven anew on each connection. */
  readonly draft: NumberedDraft | null;
  /** Sent to more than one server: an earlier one may have it in its log. */
  isRepeated: boolean;
}

export interface QueuedRequest {
  readonly ticket: number;
  draft: RequestDraft;
  /** 0 as long as it has none; under a number somebody may have sent it before. */
  request: number;
  isRepeated: boolean;
}

export interface OutstandingQuery {
  readonly ticket: number;
  readonly draft: QueryDraft;
  parts: Message[];
}

export interface LoginKey {
  readonly key: Buffer;
  readonly parameters: KeyParameters;
}

export interface UserSession {
  readonly name: string;
  readonly token: Buffer;
  readonly loginKey: LoginKey;
}

/** The password that is to be: what is proven by it from the change on. */
export interface NewPassword {
  readonly parameters: KeyParameters;
  password: string | null;
  key: Buffer | null;
}

/** What needs a password and is under way; requests behind it wait until it is decided. */
export interface LoginJob {
  readonly kind: "login" | "register" | "passwd";
  /** Null but for a change of password. */
  readonly next: NewPassword | null;
  /** 0 when it renews a session unseen. */
  readonly ticket: number;
  readonly name: string;
  readonly token: Buffer;
  password: string | null;
  loginKey: LoginKey | null;
  /** The challenge in flight on this connection; 0 for none. */
  query: number;
  clientNonce: string;
  /** What the last proof was over. */
  authMessage: string;
  /** What is being derived, or a challenge waits for. */
  wanted: KeyParameters | null;
  deriving: boolean;
  /** 0 until first sent. */
  request: number;
  hasNewId: boolean;
  /** When a renewal that was put off is tried again; null if it never was. */
  againAtMs: number | null;
}

export interface SessionState {
  readonly hostCount: number;
  readonly entropy: Entropy;
  readonly prng: Prng;
  /** Drawn anew for another account. */
  client: ClientId;
  phase: Phase;
  ballot: Ballot;
  serverNonce: string;
  server: ServerId;
  verified: boolean;
  /** Who served us last said that messages may be missing. */
  wasUnverified: boolean;
  /** Nothing is confirmed, the user has been told, and not yet that it is over. */
  standstill: Standstill | null;
  resumeQuery: number;
  session: UserSession | null;
  job: LoginJob | null;
  readonly failover: Failover;
  readonly deliveries: Deliveries;
  /** By request number, rising. */
  readonly outstanding: Map<number, OutstandingRequest>;
  lastRequest: number;
  /** All replies up to here are held. */
  received: number;
  queue: QueuedRequest[];
  /** Numbers given to requests that wait in the queue. */
  readonly reserved: Set<number>;
  readonly queries: Map<number, OutstandingQuery>;
  /** The user wants to be told who comes and goes. */
  isWatching: boolean;
  /** The server that serves us knows what he wants, for this session. */
  isWatchKnown: boolean;
  lastQuery: number;
  effects: Effect[];
}
