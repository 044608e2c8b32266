// The commands by which people talk, beside sending itself: conversations, the mailbox, drafts,
// groups, blocks. Which of them is meant; what each does stands in the files named below.

import { listedLettersMax } from "../base/limits.ts";
import { foldName } from "../base/text.ts";
import { replyOf } from "./answers.ts";
import type { Desk } from "./desk.ts";
import { runDraft } from "./draftCommands.ts";
import { runGroup } from "./groupCommands.ts";
import { runChat, runHistory, runInbox, runLeave, runMark } from "./mailCommands.ts";
import type { Command, CommandOf } from "./parsed.ts";
import { type Answers, refuse, type Result } from "./results.ts";
import { listedIn } from "./words.ts";

const talkNames = [
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
] as const;
type TalkName = (typeof talkNames)[number];
const talk: ReadonlySet<string> = new Set(talkNames);

export function isTalk(command: Command): command is CommandOf<TalkName> {
  return talk.has(command.kind);
}

export async function runTalk(
  desk: Desk,
  command: CommandOf<TalkName>,
  answers: Answers,
): Promise<Result> {
  switch (command.kind) {
    case "chat":
      return runChat(desk, command.with ?? answers.partner ?? "");
    case "leave":
      return runLeave(desk);
    case "inbox":
      return runInbox(desk, command.count ?? listedLettersMax);
    case "read":
    case "unread":
    case "remove":
      return runMark(desk, command.kind, [...command.ids, ...listedIn(answers.ids)]);
    case "history":
      return runHistory(desk, command, command.with ?? answers.partner ?? "");
    case "draft":
      return runDraft(desk, command.act, answers);
    case "group":
      return runGroup(desk, command.act, answers);
    case "block":
    case "unblock":
      return runBlock(desk, command, answers);
    case "blocked":
      return runBlocked(desk);
  }
}

async function runBlocked(desk: Desk): Promise<Result> {
  const outcome = await desk.client.query({ type: "blocks" });
  const list = replyOf(outcome, "blockList");
  if (list === null) return refuse(desk, "blocked", outcome);
  for (const name of list.names) desk.known.add(name);
  desk.show({ kind: "blockList", names: list.names });
  return "done";
}

async function runBlock(
  desk: Desk,
  { kind, name: given }: CommandOf<"block" | "unblock">,
  answers: Answers,
): Promise<Result> {
  const name = (given ?? answers.whom ?? "").trim();
  const before = await desk.client.query({ type: "blocks" });
  const list = replyOf(before, "blockList");
  if (list === null) return refuse(desk, kind, before);
  const wasOn = list.names.some((one) => foldName(one) === foldName(name));
  return new Promise((resolve) => {
    desk.client.request({ type: "block", name, on: kind === "block" }, (outcome) => {
      const reply = outcome.ok ? outcome.replies[0] : undefined;
      if (reply?.type !== "blocked") return resolve(refuse(desk, kind, outcome));
      if (!reply.on) desk.sealer.order.unblocked(reply.name);
      desk.show({ kind: "blocked", name: reply.name, on: reply.on, wasOn });
      resolve("done");
    });
  });
}
