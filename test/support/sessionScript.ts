// A script for the client's session core: the test plays servers and clock, one input at a time,
// and looks at what the core wants to do. Scrypt is replaced by a hash; nothing here waits or
// connects.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { asBallot, asClientId, asOp, asServerId } from "../../src/base/ids.ts";
import { acknowledge, makeSession, step, wakeAtMs } from "../../src/client/session.ts";
import type {
  Effect,
  Outcome,
  RequestDraft,
  SessionEvent,
  SessionInput,
  SessionState,
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

export class Script {
  readonly state: SessionState;
  readonly events: SessionEvent[] = [];
  readonly connects: number[] = [];
  readonly derivations: (Effect & { readonly kind: "derive" })[] = [];
  looks = 0;
  drops = 0;
  nowMs = 1_000;
  readonly #sent: Message[] = [];
  readonly #outcomes = new Map<number, Outcome[]>();

  constructor(hostCount = 3) {
    let drawn = 0;
    const entropy = {
      bytes: (count: number) => {
        drawn += 1;
        return Buffer.alloc(count, drawn);
      },
    };
    this.state = makeSession({ hostCount, client: clientId, entropy, nowMs: this.nowMs });
  }

  put(input: SessionInput): void {
    for (const effect of step(this.state, input, this.nowMs)) this.#note(effect);
    for (const effect of acknowledge(this.state, this.nowMs)) this.#note(effect);
  }

  say(message: Message): void {
    this.put({ kind: "message", message });
  }

  /** What the core has sent since this was last asked, pings apart. */
  sent(): readonly Message[] {
    return this.#sent.splice(0).filter(({ type }) => type !== "ping");
  }

  sentPings(): number {
    return this.#sent.splice(0).filter(({ type }) => type === "ping").length;
  }

  outcomes(ticket: number): readonly Outcome[] {
    return this.#outcomes.get(ticket) ?? [];
  }

  /** Lets time pass, with the ticks that the core asks for. */
  pass(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    for (let dueAtMs = wakeAtMs(this.state); dueAtMs <= endMs; dueAtMs = wakeAtMs(this.state)) {
      this.nowMs = Math.max(this.nowMs, dueAtMs);
      this.put({ kind: "tick" });
    }
    this.nowMs = endMs;
  }

  /** The machine was asleep: no tick comes in between. */
  sleep(durationMs: number): void {
    this.nowMs += durationMs;
    this.put({ kind: "tick" });
  }

  #note(effect: Effect): void {
    switch (effect.kind) {
      case "send":
        this.#sent.push(effect.message);
        break;
      case "event":
        this.events.push(effect.event);
        break;
      case "connect":
        this.connects.push(effect.host);
        break;
      case "derive":
        this.derivations.push(effect);
        break;
      case "lookAgain":
        this.looks += 1;
        break;
      case "disconnect":
        this.drops += 1;
        break;
      case "settled":
        this.#outcomes.set(effect.ticket, [...this.outcomes(effect.ticket), effect.outcome]);
        break;
    }
  }
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
  const script = new Script(hostCount);
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

/** The session is known here; returns what was sent before and behind that. */
export function answerResumption(script: Script): readonly Message[] {
  const before = script.sent();
  const { query, shown } = only(before, "resume");
  script.say({ type: "resumed", query, name: "alice", unopened: 0, from: shown });
  return [...before, ...script.sent()];
}

export function answerLogin(
  script: Script,
  answer: {
    readonly unread?: number;
    readonly delivered?: number;
    readonly password?: string;
    readonly name?: string;
  } = {},
): number {
  const { request } = only(script.sent(), "login");
  const { authMessage } = script.state.job ?? { authMessage: "" };
  const key = loginKeyOf(answer.password ?? "correct horse");
  const { unread = 0, delivered = 0, name = "alice" } = answer;
  const signature = signatureOf(verifierFrom(key).serverKey, authMessage);
  const counts = { unread, unopened: unread, delivered, last: delivered + unread };
  const op = asOp(1);
  script.say({ type: "loggedIn", request, op, copies: 3, name, ...counts, signature });
  return request;
}
