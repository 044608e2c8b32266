// What the draft command does: texts that are kept on the servers until they are sent or removed.
// Sending is one step there; what is refused stays, and says why.

import { draftsMax } from "../base/limits.ts";
import { checkText, isAddress } from "../base/text.ts";
import { replyOf, type Why } from "./answers.ts";
import type { Desk } from "./desk.ts";
import { isDraftWord } from "./parseDraft.ts";
import type { Command, DraftAct } from "./parsed.ts";
import { type Answers, refuse, type Result } from "./results.ts";
import type { RequestDraft } from "./sessionTypes.ts";
import type { DraftView } from "./views.ts";
import { listedIn, wholeNumber } from "./words.ts";

type DraftEdit = DraftAct & { readonly kind: "edit" };

export async function runDraft(desk: Desk, act: DraftAct, answers: Answers): Promise<Result> {
  switch (act.kind) {
    case "new":
      return put(desk, {
        draft: 0,
        to: (act.to ?? answers.recipient ?? "").trim(),
        text: act.text ?? answers.text ?? "",
      });
    case "edit": {
      const number = numberToEdit(act, answers);
      if (number === null) return refuse(desk, "draft", noneNamedToEdit);
      return edit(desk, number, act.text ?? answers.text ?? "");
    }
    case "list":
      return list(desk);
    case "send":
    case "remove": {
      const words = act.drafts.length > 0 ? act.drafts : listedIn(answers.drafts?.toLowerCase());
      return chosen(desk, act.kind, words);
    }
  }
}

/** What a draft says before it is changed; empty where nothing is to be changed. */
export async function textToEdit(
  desk: Desk,
  command: Command,
  answers: Answers,
): Promise<string | Why> {
  if (command.kind !== "draft" || command.act.kind !== "edit") return "";
  const number = numberToEdit(command.act, answers);
  if (number === null) return noneNamedToEdit;
  const before = await draftOf(desk, number);
  if ("code" in before) return before;
  return before.doubt?.hidesText === true ? "" : before.text;
}

function numberToEdit({ draft }: DraftEdit, answers: Answers): number | null {
  return draft ?? wholeNumber((answers.draft ?? "").trim());
}

async function put(
  desk: Desk,
  written: { readonly draft: number; readonly to: string; readonly text: string },
): Promise<Result> {
  const { draft: number, to, text } = written;
  // Nothing is sealed for what cannot be a name, however long it is.
  const why = checkText(text) ?? (isAddress(to) ? null : noSuchName);
  if (why !== null) return refuse(desk, "draft", why);
  const body = await desk.sealer.sealDraft(to, text);
  if (typeof body !== "string") return refuse(desk, "draft", body);
  return keep(desk, { type: "draftPut", draft: number, to, format: "s", body }, text);
}

function keep(
  desk: Desk,
  request: Extract<RequestDraft, { readonly type: "draftPut" | "draftRemove" }>,
  text: string,
): Promise<Result> {
  return new Promise((resolve) => {
    desk.client.request(request, (outcome) => {
      const reply = outcome.ok ? outcome.replies[0] : undefined;
      if (reply?.type !== "drafted") return resolve(refuse(desk, "draft", outcome));
      const { draft, count } = reply;
      const to = request.type === "draftPut" ? request.to : null;
      desk.show({ kind: "drafted", draft, to, text, count });
      resolve("done");
    });
  });
}

async function edit(desk: Desk, draft: number, text: string): Promise<Result> {
  const before = await draftOf(desk, draft);
  if ("code" in before) return refuse(desk, "draft", before);
  return put(desk, { draft, to: before.to, text });
}

async function draftOf(desk: Desk, wanted: number): Promise<DraftView | Why> {
  const drafts = await allDrafts(desk);
  if ("code" in drafts) return drafts;
  return drafts.find(({ number }) => number === wanted) ?? noSuchDraft(wanted);
}

async function list(desk: Desk): Promise<Result> {
  const drafts = await allDrafts(desk);
  if ("code" in drafts) return refuse(desk, "draft", drafts);
  desk.show({ kind: "drafts", drafts });
  return "done";
}

async function chosen(
  desk: Desk,
  kind: "send" | "remove",
  words: readonly string[],
): Promise<Result> {
  const drafts = await allDrafts(desk);
  if ("code" in drafts) return refuse(desk, "draft", drafts);
  if (words.length === 0 || !words.every(isDraftWord)) return refuse(desk, "draft", noneNamed);
  const numbers = words.includes("all") ? drafts.map(({ number }) => number) : words.map(Number);
  if (numbers.length === 0) return refuse(desk, "draft", noDrafts);
  const wanted = [...new Set(numbers)];
  const missing = wanted.find((number) => !drafts.some((draft) => draft.number === number));
  if (missing !== undefined) return refuse(desk, "draft", noSuchDraft(missing));
  if (kind === "remove") return keep(desk, { type: "draftRemove", drafts: wanted }, "");
  let result: Result = "done";
  for (const draft of drafts.filter(({ number }) => wanted.includes(number))) {
    if (!(await send(desk, draft))) result = "refused";
  }
  return result;
}

async function send(desk: Desk, one: DraftView): Promise<boolean> {
  const { number: draft, version, to, text, doubt, key } = one;
  if (doubt === undefined) {
    const addressed = { type: "draftSend", draft, version, to } as const;
    return desk.sendAs(addressed, text, "draft", { key, as: "draft" });
  }
  // What is sent is signed: words that anybody may have put there are not.
  const why = doubt.hidesText ? text : `it is not sealed. draft edit ${draft} writes it anew.`;
  const message = `Draft ${draft} is kept, and not sent: ${why}`;
  desk.showRefusal("draft", { code: doubt.code, message });
  return false;
}

async function allDrafts(desk: Desk): Promise<readonly DraftView[] | Why> {
  const drafts: DraftView[] = [];
  // A page holds one at least.
  for (let page = 0; page <= draftsMax; page += 1) {
    const after = drafts.at(-1)?.number ?? 0;
    const outcome = await desk.client.query({ type: "drafts", after });
    if (!outcome.ok) return outcome;
    for (const part of outcome.replies) {
      if (part.type !== "draftItem") continue;
      const { draft: number, version, atMs, to } = part;
      const { text, doubt, key } = desk.sealer.readDraft(part);
      drafts.push({ number, version, atMs, to, text, key, ...(doubt && { doubt }) });
    }
    if (replyOf(outcome, "draftsEnd")?.more !== true) break;
  }
  return drafts;
}

function noSuchDraft(number: number): Why {
  const message = `You have no draft ${number}. Type draft list to see those you have.`;
  return { code: "no-such-draft", message };
}

const noSuchName: Why = { code: "no-such-user", message: "There is no user of that name." };
const noneNamed: Why = { code: "misused", message: "Say which drafts, by their numbers, or all." };
const noneNamedToEdit: Why = { code: "misused", message: "Say which draft, by its number." };
const noDrafts: Why = { code: "no-such-draft", message: "You have no drafts." };
