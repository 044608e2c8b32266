// What each command does, with all its words at hand: for terminal and pipe alike. A refusal is
// shown and reported, never thrown. Which words are missing and who gives them is the faces' part.

import { loginShownWaitMs } from "../base/limits.ts";
import { passwordLettersMin, searchPagesMax } from "../base/limits.ts";
import { roundOf } from "../base/ids.ts";
import { checkName, checkText, foldName } from "../base/text.ts";
import { refuseAddressees, refuseFormer } from "./addressee.ts";
import { replyOf, type Why } from "./answers.ts";
import type { Desk } from "./desk.ts";
import { commandFrom } from "./parse.ts";
import type { Command, CommandName } from "./parsed.ts";
import { runOutbox } from "./outboxCommand.ts";
import { type Answers, refuse, type Result } from "./results.ts";
import type { MeantFor } from "./sealing/meantFor.ts";
import { runSet } from "./setCommand.ts";
import { isTalk, runTalk } from "./talkCommands.ts";
import { runVerify } from "./verifyCommand.ts";
import type { ServerView } from "./views.ts";

const notLoggedIn: Why = { code: "not-logged-in", message: "You are not logged in. Log in first." };
const loggedOutAlready: Why = { code: "not-logged-in", message: "You are not logged in." };
const forUsers: ReadonlySet<CommandName> = new Set([
  "send",
  "reply",
  "chat",
  "leave",
  "inbox",
  "read",
  "unread",
  "remove",
  "history",
  "draft",
  "group",
  "block",
  "unblock",
  "blocked",
  "verify",
  "outbox",
  "users",
  "wait",
  "set",
  "passwd",
  "logout",
  "delete",
]);

/** What can be refused before anything is asked; null when nothing speaks against it. */
export function refuseEarly(desk: Desk, command: Command): Why | null {
  const { user } = desk;
  if (forUsers.has(command.kind) && user === null) {
    return command.kind === "logout" ? loggedOutAlready : notLoggedIn;
  }
  if (command.kind === "register" && user !== null) {
    const message = `You are logged in as ${user}. Log out before you register another name.`;
    return { code: "already-logged-in", message };
  }
  const isEntry = command.kind === "register" || command.kind === "login";
  if (isEntry && command.name !== null) return refuseName(desk, command.kind, command.name);
  return command.kind === "reply" ? refuseReply(desk) : refuseAddressees(command);
}

function refuseReply({ lastSender }: Desk): Why | null {
  if (lastSender === null) {
    const message = "Nobody has written to you since you logged in: send [to] [text] says to whom.";
    return { code: "nobody-yet", message };
  }
  // What is no name is a deleted account, as it is shown.
  if (checkName(lastSender) === null) return null;
  const message = `${lastSender} wrote to you last, and gets no more messages.`;
  return { code: "no-such-user", message };
}

export function refuseName(desk: Desk, kind: "register" | "login", name: string): Why | null {
  const { user } = desk;
  if (kind === "register") return checkName(name);
  if (user === null || foldName(user) === foldName(name)) return null;
  const message = `You are logged in under another name, ${user}. Log out first.`;
  return { code: "already-logged-in", message };
}

export function refusePassword(password: string): Why | null {
  const letters = [...password].length;
  if (letters >= passwordLettersMin) return null;
  const few = `this one has ${letters}`;
  const message = `A password has at least ${passwordLettersMin} characters; ${few}.`;
  return { code: "short-password", message };
}

export async function runCommand(desk: Desk, command: Command, answers: Answers): Promise<Result> {
  const why = refuseEarly(desk, command) ?? refuseAddressees(command, answers);
  if (why !== null) return refuse(desk, command.kind, why);
  if (isTalk(command)) return runTalk(desk, command, answers);
  switch (command.kind) {
    case "register":
    case "login":
      return runEntry(desk, command.kind, {
        name: command.name ?? answers.name ?? "",
        password: answers.password ?? "",
      });
    case "search":
      return runSearch(desk, (command.pattern ?? answers.pattern ?? "").trim() || "*");
    case "send":
      return runSend(desk, "send", {
        to: command.to ?? answers.recipient ?? "",
        text: command.text ?? answers.text ?? "",
        ...(command.inTalk === true && { meant: desk.meantInTalk() }),
      });
    case "reply":
      return runSend(desk, "reply", {
        to: desk.lastSender ?? "",
        text: command.text ?? answers.text ?? "",
        meant: { key: desk.lastLetter?.signedBy ?? null, as: "answer" },
      });
    case "users":
      return runUsers(desk, command.pattern ?? "*");
    case "cluster":
      return runCluster(desk);
    case "wait":
      return runWait(desk, command.count, command.seconds);
    case "set":
      return runSet(desk, command);
    case "verify":
      return runVerify(desk, command, command.name ?? answers.whom ?? "");
    case "outbox":
      return runOutbox(desk, command);
    case "passwd":
      return runPasswd(desk, answers);
    case "logout":
      return runLogout(desk);
    case "delete":
      return runDelete(desk, (answers.confirmation ?? "").trim());
    case "help":
      return runHelp(desk, command.about);
    case "quit":
      return "leave";
  }
}

async function runEntry(
  desk: Desk,
  kind: "register" | "login",
  { name: typed, password }: { readonly name: string; readonly password: string },
): Promise<Result> {
  const name = typed.trim();
  const tooShort = kind === "register" ? refusePassword(password) : null;
  const why = refuseName(desk, kind, name) ?? tooShort;
  if (why !== null) return refuse(desk, kind, why);
  const answer = await desk.client[kind](name, password);
  if (!answer.ok) return refuse(desk, kind, answer);
  return "done";
}

/** Whoever hears of the new account then can seal for it. */
export async function untilKeysAreKept(desk: Desk): Promise<void> {
  await desk.until(() => desk.sealer.isSettled || desk.user === null, null);
}

/** A login is complete when what it announced is shown, and known on the servers as delivered. */
export async function untilLoginIsShown(desk: Desk): Promise<void> {
  const isShown = (): boolean => desk.announced === 0 && desk.client.view().acknowledged;
  await desk.until(() => isShown() || desk.user === null, loginShownWaitMs);
}

async function runSend(
  desk: Desk,
  kind: "send" | "reply",
  { to, text, meant }: { readonly to: string; readonly text: string; readonly meant?: MeantFor },
): Promise<Result> {
  const why = refuseFormer(to) ?? checkText(text);
  if (why !== null) {
    desk.showRefusal(kind, why, { to: to.trim(), text });
    return "refused";
  }
  return (await desk.send(to.trim(), text, kind, meant)) ? "done" : "refused";
}

async function runSearch(desk: Desk, pattern: string): Promise<Result> {
  const names: string[] = [];
  const online: string[] = [];
  let more = true;
  for (let page = 0; more && page < searchPagesMax; page += 1) {
    const draft = { type: "search", pattern, after: names.at(-1) ?? "" } as const;
    const outcome = await desk.client.query(draft);
    const reply = replyOf(outcome, "names");
    if (reply === null) return refuse(desk, "search", outcome);
    names.push(...reply.names);
    online.push(...reply.names.filter((_, at) => reply.online[at] === 1));
    more = reply.more && reply.names.length > 0;
  }
  for (const name of names) desk.known.add(name);
  desk.show({ kind: "search", names, online, more });
  return "done";
}

async function runUsers(desk: Desk, pattern: string): Promise<Result> {
  const users: { name: string; seenMs: number | null }[] = [];
  let more = true;
  for (let page = 0; more && page < searchPagesMax; page += 1) {
    const draft = { type: "users", pattern, after: users.at(-1)?.name ?? "" } as const;
    const outcome = await desk.client.query(draft);
    const reply = replyOf(outcome, "userList");
    if (reply === null) return refuse(desk, "users", outcome);
    for (const [at, name] of reply.names.entries()) {
      users.push({ name, seenMs: reply.seen[at] === 0 ? null : (reply.seen[at] ?? 0) });
    }
    more = reply.more && reply.names.length > 0;
  }
  desk.show({ kind: "users", users, more });
  return "done";
}

async function runCluster(desk: Desk): Promise<Result> {
  const outcome = await desk.client.query({ type: "cluster" });
  const end = replyOf(outcome, "clusterEnd");
  if (!outcome.ok || end === null) return refuse(desk, "cluster", outcome);
  const servers = outcome.replies.flatMap((reply): ServerView[] => {
    if (reply.type !== "clusterServer") return [];
    const { server: id, host, state, lagOps } = reply;
    return [{ id, host, state, lagOps }];
  });
  const { ballot, verified, op, copies, outlook } = end;
  desk.show({ kind: "cluster", servers, view: roundOf(ballot), verified, op, copies, outlook });
  return "done";
}

async function runWait(desk: Desk, count: number, seconds: number | null): Promise<Result> {
  const limitMs = seconds === null ? null : seconds * 1_000;
  await desk.until(() => desk.uncounted >= count || desk.user === null, limitMs);
  const came = Math.min(desk.uncounted, count);
  desk.uncounted -= came;
  if (came === count) return "done";
  const message = `Only ${came} of ${count} messages came.`;
  return refuse(desk, "wait", { code: "timed-out", message });
}

async function runPasswd(desk: Desk, answers: Answers): Promise<Result> {
  const { passwordOld = "", passwordNew = "" } = answers;
  const why = refusePassword(passwordNew);
  if (why !== null) return refuse(desk, "passwd", why);
  const answer = await desk.sealer.changePassword(passwordOld, passwordNew);
  if (!answer.ok) return refuse(desk, "passwd", answer);
  desk.show({ kind: "passwordChanged" });
  return "done";
}

async function runLogout(desk: Desk): Promise<Result> {
  const { user } = desk;
  const answer = await desk.client.logout();
  // Whoever is not logged in any more has what he asked for.
  if (!answer.ok && answer.code !== "not-logged-in") return refuse(desk, "logout", answer);
  desk.sealer.leave();
  desk.show({ kind: "loggedOut", user: user ?? "" });
  return "done";
}

async function runDelete(desk: Desk, confirmation: string): Promise<Result> {
  const user = desk.user ?? "";
  if (foldName(confirmation) !== foldName(user)) {
    const message = "That is not the name of your account. Nothing was deleted.";
    return refuse(desk, "delete", { code: "does-not-match", message });
  }
  const answer = await desk.client.deleteAccount(confirmation);
  if (!answer.ok) return refuse(desk, "delete", answer);
  desk.settings.forget(user);
  const unforgotten = desk.sealer.forgetUser();
  // Whoever is called the same later inherits nothing, and is offered nothing.
  const { problem } = desk.outbox.drop(user);
  const message = unforgotten ?? problem;
  if (message !== null) desk.show({ kind: "notice", code: "not-forgotten", message });
  desk.show({ kind: "deleted", user });
  return "done";
}

function runHelp(desk: Desk, word: string | null): Result {
  const about = word === null ? null : commandFrom(word);
  if (word !== null && about === null) {
    const message = "There is no such command. Type help for the list.";
    return refuse(desk, "help", { code: "unknown-command", message });
  }
  desk.show({ kind: "help", about });
  return "done";
}
