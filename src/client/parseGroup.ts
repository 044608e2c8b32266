// What the words behind group mean: PURE. Whether there is such a group, and who may do what with
// it, is not looked at here.

import { withWholeGroup } from "./addressee.ts";
import type { GroupAct, Parsed, Question } from "./parsed.ts";
import { misused, understood, type Words } from "./words.ts";

export function parseGroup({ rest }: Words): Parsed {
  const [word = "list", ...named] = rest;
  const [group = null, ...members] = withWholeGroup(named);
  const act = word.toLowerCase();
  switch (act) {
    case "list":
      return group === null ? understood({ kind: "group", act: { kind: act } }, []) : noSense([]);
    case "create":
    case "leave":
    case "join":
    case "members": {
      const questions: readonly Question[] = group === null ? ["group"] : [];
      if (members.length > 0) return noSense(questions);
      return understoodAct({ kind: act, group }, questions);
    }
    case "add":
    case "remove": {
      // Commas part them, as in the answer to that question; one that is gone has a space in it.
      const names = members.flatMap((member) => member.split(",")).filter(Boolean);
      const whom: readonly Question[] = names.length === 0 ? ["members"] : [];
      const questions: readonly Question[] = group === null ? ["group", ...whom] : whom;
      return understoodAct({ kind: act, group, members: names }, questions);
    }
    default:
      return noSense([]);
  }
}

function understoodAct(act: GroupAct, questions: readonly Question[]): Parsed {
  return understood({ kind: "group", act }, questions);
}

function noSense(questions: readonly Question[]): Parsed {
  const acts = "create, join, leave or members with a group, add or remove with a group and names";
  return misused("group", `group takes list, ${acts}.`, questions);
}
