// What the group command does: groups are made, filled, left and looked at. Who may do what is
// decided on the servers.

import { groupMembersMax } from "../base/limits.ts";
import { isGroupAddress } from "../base/text.ts";
import { isGivenUp, replyOf } from "./answers.ts";
import type { Desk } from "./desk.ts";
import type { GroupAct } from "./parsed.ts";
import type { GroupWish } from "./sealing/groupChanges.ts";
import { type Answers, refuse, type Result } from "./results.ts";
import type { Outcome } from "./sessionTypes.ts";
import { listedIn } from "./words.ts";

export async function runGroup(desk: Desk, act: GroupAct, answers: Answers): Promise<Result> {
  if (act.kind === "list") return list(desk);
  const group = withMark(act.group ?? answers.group ?? "");
  switch (act.kind) {
    case "members":
      return members(desk, group);
    case "create":
    case "leave":
    case "join":
      return change(desk, { group, change: act.kind, member: "" });
    case "add":
    case "remove":
      return changeAll(desk, {
        group,
        change: act.kind,
        names: act.members.length > 0 ? act.members : listedIn(answers.members),
      });
  }
}

/** Groups are written with their #; who leaves it out is understood. */
function withMark(group: string): string {
  const name = group.trim();
  return isGroupAddress(name) ? name : `#${name}`;
}

async function changeAll(
  desk: Desk,
  wish: {
    readonly group: string;
    readonly change: "add" | "remove";
    readonly names: readonly string[];
  },
): Promise<Result> {
  const { group, change: kind, names } = wish;
  if (names.length === 0) {
    return refuse(desk, "group", { code: "misused", message: "Say whom, by name." });
  }
  let result: Result = "done";
  for (const member of names) {
    const outcome = await desk.sealer.changeGroup({ group, change: kind, member });
    if (showChange(desk, outcome) !== "done") result = "refused";
    if (isGivenUp(outcome)) break;
  }
  return result;
}

async function change(desk: Desk, wish: GroupWish): Promise<Result> {
  return showChange(desk, await desk.sealer.changeGroup(wish));
}

function showChange(desk: Desk, outcome: Outcome): Result {
  const reply = outcome.ok ? outcome.replies[0] : undefined;
  if (reply?.type !== "grouped") return refuse(desk, "group", outcome);
  const { group, change: done, member } = reply;
  desk.known.add(group);
  desk.show({ kind: "grouped", group, change: done, member });
  return "done";
}

async function list(desk: Desk): Promise<Result> {
  const outcome = await desk.client.query({ type: "groups" });
  const reply = replyOf(outcome, "groupList");
  if (reply === null) return refuse(desk, "group", outcome);
  const groups = reply.names.map((name, at) => {
    desk.known.add(name);
    return { name, members: reply.members[at] ?? 0, isOwned: reply.owned[at] === 1 };
  });
  desk.show({ kind: "groups", groups });
  return "done";
}

async function members(desk: Desk, group: string): Promise<Result> {
  const names: string[] = [];
  const online: string[] = [];
  let after = 0;
  for (;;) {
    const outcome = await desk.client.query({ type: "members", group, after });
    const reply = replyOf(outcome, "memberList");
    if (reply === null) return refuse(desk, "group", outcome);
    names.push(...reply.names);
    online.push(...reply.names.filter((_, at) => reply.online[at] === 1));
    after = reply.next;
    if (after !== 0 && names.length <= 2 * groupMembersMax) continue;
    desk.show({ kind: "members", group: reply.group, owner: reply.owner, names, online });
    return "done";
  }
}
