// A script for the client's session core: the test plays servers and clock, one input at a time, and
// looks at what the core wants to do. Scrypt is replaced by a hash; nothing here waits or connects.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { asBallot, asClientId, asOp, asServerId } from "../../src/base/ids.ts";
import { makeSession, step, wakeAtMs } from "../../src/client/session.ts";
import type {
  Effect,
  Outcome,
  RequestDraft,
  SessionEvent,
  SessionInput,
} from "../../src/client/sessionTypes.ts";
import type { Message, MessageOf, MessageType } from "../../src/wire/messages.ts";
import { signatureOf, verifierFrom } from "../../src/wire/proof.ts";

export const clientId = asClientId("0123456789abcdef0123456789abcdef");
export const serverNonce = "ab".repeat(16);
export const parameters = {
  salt: "5a".repeat(16),
  cost: 16_384,
  blockSize: 8,
  parallelism: 5,
} as const;

export function loginKeyOf(password: string): Buffer {
  return createHash("sha256").update(password).digest();
}

export type Script = ReturnType<typeof makeScript>;

export function makeScript(hostCount = 3) {
  let nowMs = 1_000;
  let drawn = 0;
  const entropy = {
    bytes: (count: number) => {
      drawn += 1;
      return Buffer.alloc(count, drawn);
    },
  };
  const state = makeSession({ hostCount, client: clientId, entropy, nowMs });
  const sent: Message[] = [];
  const events: SessionEvent[] = [];
  const outcomes = new Map<number, Outcome[]>();
  const connects: number[] = [];
  const derivations: (Effect & { kind: "derive" })[] = [];
  let looks = 0;
  let drops = 0;
  function put(input: SessionInput): readonly Effect[] {
    const effects = step(state, input, nowMs);
    for (const effect of effects) {
      if (effect.kind === "send") sent.push(effect.message);
      else if (effect.kind === "event") events.push(effect.event);
      else if (effect.kind === "connect") connects.push(effect.host);
      else if (effect.kind === "derive") derivations.push(effect);
      else if (effect.kind === "lookAgain") looks += 1;
      else if (effect.kind === "disconnect") drops += 1;
      else {
        const known = outcomes.get(effect.ticket) ?? [];
        outcomes.set(effect.ticket, [...known, effect.outcome]);
      }
    }
    return effects;
  }
  return {
    state,
    events,
    connects,
    put,
    looks: () => looks,
    drops: () => drops,
    nowMs: () => nowMs,
    say: (message: Message) => put({ kind: "message", message }),
    /** What the core has sent since this was last asked, pings apart. */
    sent: () => sent.splice(0).filter(({ type }) => type !== "ping"),
    sentPings: () => sent.splice(0).filter(({ type }) => type === "ping").length,
    outcomes: (ticket: number) => outcomes.get(ticket) ?? [],
    derivations,
    /** Lets time pass, with the ticks that the core asks for. */
    pass: (durationMs: number) => {
      const endMs = nowMs + durationMs;
      for (;;) {
        const dueAtMs = wakeAtMs(state);
        if (dueAtMs > endMs) break;
        nowMs = Math.max(nowMs, dueAtMs);
        put({ kind: "tick" });
      }
      nowMs = endMs;
    },
    /** The machine was asleep: no tick comes in between. */
    sleep: (durationMs: number) => {
      nowMs += durationMs;
      put({ kind: "tick" });
    },
  };
}

export function welcome(server: number): MessageOf<"welcome"> {
  return {
    type: "welcome",
    version: 1,
    server: asServerId(server),
    ballot: asBallot(64),
    verified: true,
    nonce: serverNonce,
  };
}

export function sentReply(request: number): MessageOf<"sent"> {
  const op = asOp(request);
  return { type: "sent", request, op, copies: 3, to: "bob", atMs: 5, online: false };
}

export function letter(
  seq: number,
  more: Partial<MessageOf<"message">> = {},
): MessageOf<"message"> {
  return {
    type: "message",
    seq,
    client: asClientId("f".repeat(32)),
    request: seq,
    from: "bob",
    to: "alice",
    group: "",
    atMs: 1_767_225_600_000 + seq,
    late: false,
    own: false,
    format: "p",
    body: `text%20${seq}`.replace("%20", " "),
    ...more,
  };
}

export function textTo(to: string, body = "hello"): RequestDraft {
  return { type: "send", to, format: "p", body };
}

/** The only message of this type among those given. */
export function only<T extends MessageType>(messages: readonly Message[], type: T): MessageOf<T> {
  const found = messages.filter((message) => message.type === type);
  assert.equal(found.length, 1, `one ${type} in ${messages.map((one) => one.type).join(" ")}`);
  return found[0] as unknown as MessageOf<T>;
}

export function connectTo(script: Script, server: number): void {
  script.put({ kind: "connected" });
  only(script.sent(), "hello");
  script.say(welcome(server));
}

/** Logged in as alice, all sent frames looked at. */
export function loggedInScript(hostCount = 3): Script {
  const script = makeScript(hostCount);
  script.put({ kind: "start" });
  connectTo(script, 0);
  script.put({ kind: "login", ticket: 900, name: "Alice", password: "correct horse" });
  answerChallenge(script);
  finishDerivation(script);
  answerLogin(script, { unread: 0 });
  script.sent();
  assert.equal(script.state.session?.name, "alice");
  return script;
}

export function answerChallenge(script: Script): void {
  const { query } = only(script.sent(), "challenge");
  script.say({ type: "challenged", query, ...parameters });
}

export function finishDerivation(script: Script): void {
  const wanted = script.derivations.pop();
  assert.ok(wanted !== undefined, "scrypt was asked for");
  const { ticket, password } = wanted;
  const loginKey = loginKeyOf(password);
  script.put({ kind: "derived", ticket, parameters: wanted.parameters, loginKey });
}

export function answerLogin(
  script: Script,
  answer: {
    readonly unread?: number;
    readonly delivered?: number;
    readonly password?: string;
  } = {},
): number {
  const { request } = only(script.sent(), "login");
  const { authMessage } = script.state.job ?? { authMessage: "" };
  const key = loginKeyOf(answer.password ?? "correct horse");
  const { unread = 0, delivered = 0 } = answer;
  const signature = signatureOf(verifierFrom(key).serverKey, authMessage);
  const counts = { unread, unopened: unread, delivered, last: delivered + unread };
  const op = asOp(1);
  script.say({ type: "loggedIn", request, op, copies: 3, name: "alice", ...counts, signature });
  return request;
}
