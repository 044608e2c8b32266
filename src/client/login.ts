// How a session begins, goes on after a failover, and is renewed unseen when it has expired: PURE
// (FEATURES §5). The password leaves this state as soon as the login key is derived from it;
// the token and the login key stay, and neither is ever sent. scrypt itself runs elsewhere.

import {
  scryptBlockSize,
  scryptCost,
  scryptMemoryMax,
  scryptParallelismMax,
  scryptWorkMax,
  scryptWorkMin,
} from "../base/limits.ts";
import type { MessageOf } from "../wire/messages.ts";
import {
  clientKeyFrom,
  hashOf,
  keyBytes,
  loginAuthMessage,
  nonceBytes,
  proofOf,
  resumeAuthMessage,
  verifierFrom,
} from "../wire/proof.ts";
import { isWelcomed } from "./failover.ts";
import { areSame, deriveNewKey, makeNewPassword, newVerifierOf } from "./newPassword.ts";
import { newParameters, noteAlreadyChanged, readyPassword, takeNewKey } from "./newPassword.ts";
import { nextQuery, nextRequest, refuse, sendNew } from "./requests.ts";
import type {
  KeyParameters,
  LoginJob,
  LoginKey,
  SessionState,
  UserSession,
} from "./sessionTypes.ts";

interface Wish {
  readonly ticket: number;
  readonly name: string;
  readonly password: string;
}

export function startLogin(state: SessionState, wish: Wish): void {
  if (isBusy(state, wish.ticket)) return;
  state.job = makeJob(state, { kind: "login", next: null, ...wish });
  goOnWithJob(state);
}

/** Of who is logged in here. */
export function startPasswordChange(
  state: SessionState,
  wish: {
    readonly ticket: number;
    readonly password: string;
    readonly newPassword: string;
    readonly newKey?: LoginKey;
  },
): void {
  const { ticket, password, newPassword, newKey } = wish;
  if (isBusy(state, ticket)) return;
  const name = state.session?.name;
  if (name === undefined) {
    const message = "You are not logged in. Log in first.";
    return refuse(state, ticket, { code: "not-logged-in", message });
  }
  const next = newKey === undefined ? makeNewPassword(state, newPassword) : readyPassword(newKey);
  state.job = makeJob(state, { kind: "passwd", ticket, name, password, next });
  goOnWithJob(state);
}

export function startRegistration(state: SessionState, wish: Wish): void {
  if (isBusy(state, wish.ticket)) return;
  const job = makeJob(state, { kind: "register", next: null, ...wish });
  state.job = job;
  derive(state, job, newParameters(state.entropy));
}

/**
 * The server does not know our session any more: begin it anew, with the kept login key. A renewal
 * that a lost connection has interrupted goes on, since it may have been done.
 */
export function renewSession(state: SessionState, session: UserSession): void {
  state.phase = "reentering";
  state.job ??= makeRenewal(state, session);
  challenge(state, state.job);
}

function makeRenewal(state: SessionState, { name, loginKey }: UserSession): LoginJob {
  const wish = { kind: "login", ticket: 0, name, password: null, next: null } as const;
  return { ...makeJob(state, wish), loginKey };
}

/** After a (re)connection, or when the login has just been asked for. */
export function goOnWithJob(state: SessionState): void {
  const { job } = state;
  if (job === null || !isWelcomed(state) || state.phase === "resuming") return;
  if (job.kind !== "register") challenge(state, job);
  else if (job.loginKey !== null && job.request === 0) register(state, job);
}

/** From this terminal's own position on. */
export function resumeSession(state: SessionState, session: UserSession): void {
  state.resumeQuery = proveToken(state, session.token, state.deliveries);
  state.phase = "resuming";
}

/**
 * A registration that is repeated may have been done: then only he is told so who proves that he
 * began the session, since its token's hash stands on every server's disk. Else this is refused,
 * and nothing follows from it.
 */
export function proveRegistration(state: SessionState): void {
  const { job } = state;
  if (job === null || job.kind !== "register" || job.request === 0) return;
  proveToken(state, job.token, { shown: 0, shownId: "" });
}

/** The proof that this client holds the session's token, for this connection alone. */
function proveToken(
  state: SessionState,
  token: Buffer,
  { shown, shownId }: { readonly shown: number; readonly shownId: string },
): number {
  const { client, serverNonce } = state;
  const proof = proofOf(token, resumeAuthMessage({ client, serverNonce }));
  const query = nextQuery(state);
  state.effects.push({ kind: "send", message: { type: "resume", query, proof, shown, shownId } });
  return query;
}

/** Null, or why the job cannot go on. */
export function takeChallenge(
  state: SessionState,
  reply: MessageOf<"challenged">,
): { readonly code: string; readonly message: string } | null {
  const { job } = state;
  if (job === null || job.query !== reply.query) return null;
  const { salt, cost, blockSize, parallelism } = reply;
  const parameters = { salt, cost, blockSize, parallelism };
  if (!areParametersSound(parameters)) {
    const message = "The server asks for password protection that is too weak or too costly.";
    return { code: "bad-parameters", message };
  }
  if (job.loginKey !== null && areSame(job.loginKey.parameters, parameters)) prove(state, job);
  else if (noteAlreadyChanged(job, parameters)) prove(state, job);
  else if (job.password !== null) derive(state, job, parameters);
  else {
    const message = "The password is another one here than it was. Please log in again.";
    return { code: "password-changed", message };
  }
  return null;
}

export function takeLoginKey(
  state: SessionState,
  derived: {
    readonly ticket: number;
    readonly parameters: KeyParameters;
    readonly loginKey: Buffer;
  },
): void {
  const { job } = state;
  if (job === null || job.ticket !== derived.ticket || job.wanted === null) return;
  const { parameters, loginKey: key } = derived;
  if (takeNewKey(job, derived)) return isWelcomed(state) ? prove(state, job) : undefined;
  job.deriving = false;
  if (!areSame(job.wanted, parameters)) return derive(state, job, job.wanted);
  job.loginKey = { key, parameters };
  job.password = null;
  if (job.kind === "register") goOnWithJob(state);
  else if (isWelcomed(state) && job.query !== 0) prove(state, job);
}

/** What was agreed on a connection ends with it. */
export function dropChallenge(state: SessionState): void {
  if (state.job !== null) state.job.query = 0;
}

function isBusy(state: SessionState, ticket: number): boolean {
  if (state.job === null) return false;
  const message = "Another login or registration is still under way.";
  refuse(state, ticket, { code: "busy", message });
  return true;
}

function makeJob(
  state: SessionState,
  wish: {
    readonly kind: LoginJob["kind"];
    readonly next: LoginJob["next"];
    readonly ticket: number;
    readonly name: string;
    readonly password: string | null;
  },
): LoginJob {
  return {
    token: state.entropy.bytes(keyBytes),
    loginKey: null,
    query: 0,
    clientNonce: "",
    authMessage: "",
    wanted: null,
    deriving: false,
    request: 0,
    hasNewId: false,
    againAtMs: null,
    ...wish,
  };
}

function challenge(state: SessionState, job: LoginJob): void {
  job.query = nextQuery(state);
  job.clientNonce = state.entropy.bytes(nonceBytes).toString("hex");
  const { query, name, clientNonce } = job;
  const message = { type: "challenge", query, name, clientNonce } as const;
  state.effects.push({ kind: "send", message });
}

function derive(state: SessionState, job: LoginJob, parameters: KeyParameters): void {
  job.wanted = parameters;
  if (job.deriving || job.password === null) return;
  job.deriving = true;
  const { ticket, password } = job;
  state.effects.push({ kind: "derive", ticket, password, parameters });
}

/** Under the same request number each time; the proof is bound to the connection's nonce. */
function prove(state: SessionState, job: LoginJob): void {
  if (job.loginKey === null || job.query === 0) return;
  if (job.next !== null && job.next.key === null) return deriveNewKey(state, job, job.next);
  const { name, clientNonce } = job;
  const { client, serverNonce, received } = state;
  job.authMessage = loginAuthMessage({ client, name, clientNonce, serverNonce });
  if (job.request === 0) {
    job.request = nextRequest(state);
    state.outstanding.set(job.request, { ticket: job.ticket, draft: null, isRepeated: false });
  }
  const proof = proofOf(clientKeyFrom(job.loginKey.key), job.authMessage);
  const { request, token } = job;
  const verifier = job.next === null ? null : newVerifierOf(job.next);
  const message =
    verifier === null
      ? ({ type: "login", request, received, name, proof, tokenHash: hashOf(token) } as const)
      : ({ type: "passwd", request, received, proof, ...verifier } as const);
  state.effects.push({ kind: "send", message });
}

function register(state: SessionState, job: LoginJob): void {
  if (job.loginKey === null) return;
  const { key, parameters } = job.loginKey;
  const { name, token, ticket } = job;
  const tokenHash = hashOf(token);
  const draft = { type: "register", name, ...parameters, ...verifierFrom(key), tokenHash } as const;
  job.request = sendNew(state, ticket, draft);
}

/** Weak ones would let a false server guess the password from one proof; costly ones stop us. */
function areParametersSound(parameters: KeyParameters): boolean {
  const { salt, cost, blockSize, parallelism } = parameters;
  const work = cost * blockSize * parallelism;
  return (
    salt.length >= 2 * nonceBytes &&
    Number.isInteger(Math.log2(cost)) &&
    blockSize >= scryptBlockSize &&
    cost >= scryptCost &&
    cost * blockSize <= scryptMemoryMax &&
    parallelism <= scryptParallelismMax &&
    work >= scryptWorkMin &&
    work <= scryptWorkMax
  );
}
