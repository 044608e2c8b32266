// What sealing needs of a client, beyond what everybody may ask of it: numbers ahead of messages,
// questions and requests that no Ctrl+C takes back, and the keys that passwords stand for. It seals
// nothing itself.

import type { LoginKey, MessageDraft, Outcome, QueryDraft, Refusal } from "./sessionTypes.ts";
import type { RequestDraft } from "./sessionTypes.ts";
import type { Clock, Entropy } from "../ports.ts";
import type { Why } from "./answers.ts";
import { hold, queueNumbered } from "./held.ts";
import { newParameters } from "./newPassword.ts";
import { keepPrivateKey, type Running, type Settle, takeTicket, work } from "./running.ts";

export interface SealDoor {
  readonly entropy: Entropy;
  readonly clock: Clock;
  /** Holds it back under a number of its own, or says why it cannot even wait. */
  hold(draft: MessageDraft, settle: Settle): number | Why;
  release(request: number, draft: MessageDraft): void;
  withdraw(request: number, why: Omit<Refusal, "ok">): void;
  ask(draft: QueryDraft): Promise<Outcome>;
  put(draft: RequestDraft): Promise<Outcome>;
  /** A request made of its own number. */
  putNumbered(make: (request: number) => RequestDraft): Promise<Outcome>;
  /** By the salts of the passwords' protection; of passwords that were typed here. */
  privateKeys(): ReadonlyMap<string, Buffer>;
  /** Nobody is logged in any more. */
  forgetPrivateKeys(): void;
  /** Of the password that the session stands on; null without one. */
  salt(): string | null;
  /** Of a password that is to be. */
  deriveNew(password: string): Promise<LoginKey>;
  /** Another session in the place of this one, unseen: what comes behind a login comes again. */
  renew(): void;
}

export function sealDoorOf(running: Running): SealDoor {
  const { state, options } = running;
  return {
    entropy: options.entropy,
    clock: options.clock,
    hold: (draft, settle) => {
      const ticket = takeTicket(running, settle, "lasting");
      const held = hold(state, { ticket, draft });
      if (typeof held !== "number") running.tickets.delete(ticket);
      return held;
    },
    release: (request, draft) => work(running, { kind: "release", request, draft }),
    withdraw: (request, { code, message }) =>
      work(running, { kind: "withdraw", request, code, message }),
    ask: (draft) =>
      new Promise((resolve) => {
        work(running, { kind: "query", ticket: takeTicket(running, resolve, "lasting"), draft });
      }),
    put: (draft) =>
      new Promise((resolve) => {
        work(running, { kind: "request", ticket: takeTicket(running, resolve, "lasting"), draft });
      }),
    putNumbered: (make) =>
      new Promise((resolve) => {
        queueNumbered(state, takeTicket(running, resolve, "request"), make);
        // What was queued goes out with the next step, which decides nothing.
        work(running, { kind: "tick" });
      }),
    privateKeys: () => running.privateKeys,
    forgetPrivateKeys: () => running.privateKeys.clear(),
    salt: () => state.session?.loginKey.parameters.salt ?? null,
    deriveNew: async (password) => {
      const parameters = newParameters(options.entropy);
      const { loginKey: key, privateKey } = await options.deriveKeys(password, parameters);
      keepPrivateKey(running, parameters.salt, privateKey);
      return { key, parameters };
    },
    renew: () => work(running, { kind: "renew" }),
  };
}
