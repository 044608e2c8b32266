// Who a connection may speak for: registration, login by challenge and response, resumption by
// token. The password is never seen; unknown names cost the same work and get the same answers as
// known ones. A client id alone proves nothing: it stands in every message that its owner sent.

import { createHmac } from "node:crypto";
import {
  frameAfterResumePayloadBytesMax,
  loginTriesFree,
  loginTriesFreePerAddress,
  scryptBlockSize,
  scryptCost,
  scryptParallelism,
} from "../base/limits.ts";
import type { AccountId } from "../base/ids.ts";
import type { Chat, Reply, SessionView, Verifier } from "../chat/contract.ts";
import { detached, foldName } from "../base/text.ts";
import type { ChatRefusal } from "../chat/refusals.ts";
import { alreadyLoggedIn, clientTaken, loginRefused, takenBy } from "../chat/refusals.ts";
import { loginRefusedSince, notLoggedIn, wrongPassword } from "../chat/refusals.ts";
import type { Clock } from "../ports.ts";
import { encodePayload } from "../wire/codec.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import {
  keyBytes,
  loginAuthMessage,
  nonceBytes,
  resumeAuthMessage,
  signatureOf,
  verifyProof,
} from "../wire/proof.ts";
import type { ClientConnection } from "./clientConnection.ts";
import { checkVerifier, isTokenHash } from "./door.ts";
import { LoginThrottle } from "./loginThrottle.ts";

type Keys = Omit<Verifier, "account" | "name">;

/** A proven login, ready for the log. */
export interface ProvenLogin {
  readonly payload: string;
  readonly signature: string;
}

export class Logins {
  readonly #secret: Buffer;
  readonly #clock: Clock;
  readonly #accounts = new LoginThrottle(loginTriesFree);
  readonly #addresses = new LoginThrottle(loginTriesFreePerAddress);

  constructor(parts: { readonly secret: Buffer; readonly clock: Clock }) {
    this.#secret = parts.secret;
    this.#clock = parts.clock;
  }

  challenge(connection: ClientConnection, chat: Chat, ask: MessageOf<"challenge">): Message {
    const { query, name, clientNonce } = ask;
    connection.challenge = { name, clientNonce };
    const { salt, cost, blockSize, parallelism } = this.#keysOf(chat, name);
    return { type: "challenged", query, salt, cost, blockSize, parallelism };
  }

  login(
    connection: ClientConnection,
    chat: Chat,
    login: MessageOf<"login">,
  ): ProvenLogin | ChatRefusal {
    const { client } = connection;
    if (client === null || !isTokenHash(login.tokenHash)) return noChallenge;
    const proof = this.#prove(connection, chat, login);
    if ("code" in proof) return proof;
    const { known, statement } = proof;
    const owner = chat.ownerOf(client) ?? known.account;
    if (owner !== known.account) return takenBy(chat.sessionOf(client)?.name ?? null);
    const { request, received, tokenHash } = login;
    const { name, storedKey } = known;
    const payload = encodePayload({
      type: "startSession",
      request,
      received,
      name,
      storedKey,
      tokenHash,
    });
    return { payload, signature: signatureOf(known.serverKey, statement) };
  }

  /** A change of password, proven by the old one, ready for the log. */
  passwd(
    connection: ClientConnection,
    chat: Chat,
    change: MessageOf<"passwd">,
  ): string | ChatRefusal {
    if (connection.account === null) return notLoggedIn;
    const refusal = checkVerifier(change);
    if (refusal !== null) return refusal;
    const name = chat.nameOf(connection.account);
    const proof = this.#prove(connection, chat, { name, proof: change.proof });
    if ("code" in proof) return proof.code === loginRefused.code ? wrongPassword : proof;
    const { type: _, proof: __, ...fields } = change;
    const oldKey = proof.known.storedKey;
    return encodePayload({ type: "changePassword", oldKey, ...fields });
  }

  /** Whose the password is that was proven over this connection's challenge. */
  #prove(
    connection: ClientConnection,
    chat: Chat,
    claim: { readonly name: string; readonly proof: string },
  ): { readonly known: Verifier; readonly statement: string } | ChatRefusal {
    const { client, challenge, nonce: serverNonce, address } = connection;
    const { name } = claim;
    const folded = foldName(name);
    const asked = challenge !== null && foldName(challenge.name) === folded;
    if (client === null || !asked) return noChallenge;
    const nowMs = this.#clock.nowMs();
    const waitMs = Math.max(
      this.#accounts.waitMs(folded, nowMs),
      this.#addresses.waitMs(address, nowMs),
    );
    if (waitMs > 0) return tooManyTries(waitMs);
    const { clientNonce } = challenge;
    const statement = loginAuthMessage({ client, name, clientNonce, serverNonce });
    const isProven = verifyProof(this.#keysOf(chat, name).storedKey, statement, claim.proof);
    const known = chat.verifierOf(name);
    if (!isProven || known === null) {
      this.#accounts.wrong(folded, nowMs);
      this.#addresses.wrong(address, nowMs);
      return loginRefusedSince(name, chat.namesSince(name));
    }
    this.#accounts.right(folded);
    return { known, statement };
  }

  /** The session, if the token behind it has been proven on this connection. */
  resume(
    connection: ClientConnection,
    chat: Chat,
    resume: MessageOf<"resume">,
  ): SessionView | ChatRefusal {
    const { client, reader } = connection;
    // The unanswered requests of the session come right behind, whatever the answer is.
    reader.setPayloadBytesMax(frameAfterResumePayloadBytesMax);
    const session = client === null ? null : chat.sessionOf(client);
    connection.tokenProof = session === null ? detached(resume.proof) : "";
    if (session === null || !isTokenProven(connection, session, resume.proof)) return notLoggedIn;
    return session;
  }

  /**
   * Null when the registration may be logged. Under an id that has an owner it can only repeat the
   * one that was decided: while there is a session, by whoever has proven its token on this very
   * connection, if need be before there was one; behind it, by whoever knows what its owner's key
   * is. What stands on servers' disks gets nobody more than that registration's outcome, nor does
   * it use up a number of the owner's.
   */
  refuseRegistration(
    connection: ClientConnection,
    chat: Chat,
    registration: MessageOf<"register">,
  ): ChatRefusal | null {
    const { client, account } = connection;
    const owner = client === null ? null : chat.ownerOf(client);
    if (client === null || owner === null || account !== null) return null;
    const session = chat.sessionOf(client);
    if (session !== null) {
      const isProven = isTokenProven(connection, session, connection.tokenProof);
      return isProven ? null : alreadyLoggedIn(session.name);
    }
    const known = chat.verifierOf(chat.nameOf(owner));
    const isDecided = chat.fateOf(client, registration.request).kind !== "new";
    return isDecided && known?.storedKey === registration.storedKey ? null : clientTaken;
  }

  /** An unknown name has keys too, the same ones every time, that open nothing. */
  #keysOf(chat: Chat, name: string): Keys {
    const fake: Keys = {
      salt: this.#derived("salt", name).subarray(0, nonceBytes).toString("hex"),
      cost: scryptCost,
      blockSize: scryptBlockSize,
      parallelism: scryptParallelism,
      storedKey: this.#derived("stored key", name).toString("hex"),
      serverKey: "00".repeat(keyBytes),
    };
    return chat.verifierOf(name) ?? fake;
  }

  #derived(what: string, name: string): Buffer {
    const statement = `replichat unknown name|${what}|${foldName(name)}`;
    return createHmac("sha256", this.#secret).update(statement).digest();
  }
}

/** Where the pushes of a session begin that this reply has begun; null when it has begun none. */
export function pushStartOf(reply: Reply): number | null {
  if (reply.type === "registered") return 0;
  return reply.type === "loggedIn" ? reply.delivered : null;
}

/**
 * Where the pushes of a resumed session go on: behind what was shown, if that still stands there.
 * After a fork positions may hold other messages; then behind what everybody knows as delivered,
 * and before what was shown, so that the client knows it too.
 */
export function resumeStartOf(
  chat: Chat,
  account: AccountId,
  { shown, shownId }: MessageOf<"resume">,
): number {
  const { last, delivered } = chat.mailboxOf(account);
  if (shown > last) return Math.min(delivered, last);
  const letter = shownId === "" ? null : chat.letterAt(account, shown);
  const isOther = letter !== null && `${letter.client}-${letter.request}` !== shownId;
  return isOther ? Math.max(0, Math.min(delivered, shown - 1)) : shown;
}

function isTokenProven(
  { client, nonce: serverNonce }: ClientConnection,
  { tokenHash }: SessionView,
  proof: string,
): boolean {
  return (
    client !== null && verifyProof(tokenHash, resumeAuthMessage({ client, serverNonce }), proof)
  );
}

const noChallenge: ChatRefusal = {
  code: "bad-request",
  message: "A login follows a challenge for the same name on the same connection.",
};

function tooManyTries(waitMs: number): ChatRefusal {
  const seconds = Math.ceil(waitMs / 1_000);
  const wait = seconds === 1 ? "1 second" : `${seconds} seconds`;
  return { code: "too-many-tries", message: `Too many tries. Wait ${wait}, then try again.` };
}
