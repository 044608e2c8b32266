// Which lines need not wait behind a command that waits for a server: PURE. What needs no server
// answers at once, and a message is kept at once, but only where what they mean does not depend on
// the commands before them.

import { parseTalk } from "./parse.ts";
import type { Command, CommandName, Parsed } from "./parsed.ts";

export interface Queue {
  /** Null while something else than a command is under way. */
  readonly running: Command | null;
  /** Typed since, not begun. */
  readonly waiting: readonly string[];
  readonly partner: string | null;
}

export function mayOvertake(line: string, { running, waiting, partner }: Queue): boolean {
  if (running === null) return false;
  const queued = waiting.map((one) => parseTalk(one, partner));
  if (queued.some(asks)) return false;
  const parsed = parseTalk(line, partner);
  const kinds = [running.kind, ...queued.map(kindOf)];
  if (kinds.includes("chat") && !line.trimStart().startsWith("/")) return false;
  if (needsNobody(parsed)) return true;
  if (!needsNoServer(parsed) || kinds.some((kind) => kind !== null && changers.has(kind))) {
    return false;
  }
  if (parsed.kind !== "command" || !isTalk(parsed.command)) return true;
  return !(bearsOnTalk(running) || queued.some(isBearingOnTalk));
}

/** Behind these it may be somebody else who speaks, and to somebody else. */
const changers: ReadonlySet<CommandName> = new Set([
  "register",
  "login",
  "logout",
  "delete",
  "passwd",
  "chat",
  "leave",
  "quit",
]);

/**
 * A message behind it may be meant for those who are in the group then, for the key that is marked
 * then, to follow the draft, or to answer what comes. Blocks keep nothing back that one sends.
 */
function bearsOnTalk(command: Command): boolean {
  switch (command.kind) {
    case "group":
      return command.act.kind !== "list" && command.act.kind !== "members";
    case "verify":
      return command.mark !== null;
    case "draft":
      return command.act.kind === "send";
    default:
      return command.kind === "wait";
  }
}

function isBearingOnTalk(parsed: Parsed): boolean {
  return parsed.kind === "command" && bearsOnTalk(parsed.command);
}

export function isTalk({ kind }: Command): boolean {
  return kind === "send" || kind === "reply";
}

/** Not even who is logged in matters. */
function needsNobody(parsed: Parsed): boolean {
  if (asks(parsed)) return false;
  if (parsed.kind !== "command") return parsed.kind !== "nothing";
  return parsed.command.kind === "help" || parsed.command.kind === "quit";
}

function needsNoServer(parsed: Parsed): boolean {
  if (parsed.kind !== "command" || asks(parsed)) return false;
  const { command } = parsed;
  if (command.kind === "outbox") return command.act === "list";
  return command.kind === "set" || isTalk(command);
}

/** Further lines are its answers. */
function asks(parsed: Parsed): boolean {
  return "questions" in parsed && parsed.questions.length > 0;
}

function kindOf(parsed: Parsed): CommandName | null {
  if (parsed.kind === "command") return parsed.command.kind;
  return parsed.kind === "misused" ? parsed.command : null;
}
