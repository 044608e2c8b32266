// How drafts stand in lines: PURE. Everything in them leaves here inert; what a draft is, and what
// became of one that was sent, is said elsewhere.

import { inert } from "../base/text.ts";
import { letterText } from "./renderVerify.ts";
import { bold, dim, type Style } from "./style.ts";
import type { View } from "./views.ts";

export function draftedLine(view: View & { readonly kind: "drafted" }): string {
  const { draft, to, count } = view;
  const left = count === 0 ? "no drafts" : `${count} draft${count === 1 ? "" : "s"}`;
  if (draft === 0 || to === null) return `removed; you have ${left} now`;
  return `kept as draft ${draft} to ${inert(to)}; draft send ${draft} sends it`;
}

export function draftLines(
  { drafts }: View & { readonly kind: "drafts" },
  style: Style,
): readonly string[] {
  if (drafts.length === 0) return ["no drafts"];
  return drafts.map(({ number, to, atMs, ...draft }) => {
    const { day, minute } = style.tellTime(atMs);
    const arrow = style.rich ? "→ " : "to ";
    const head = `${dim(`[${number}]`, style)} ${arrow}${bold(inert(to), style)}`;
    return `${head}: ${letterText(draft, style)} ${dim(`(${day}, ${minute})`, style)}`;
  });
}

export function unsentLines(
  { unsent, underWay }: View & { readonly kind: "outbox" },
  style: Style,
): readonly string[] {
  const going = underWay === 0 ? [] : [underWayLine(underWay)];
  if (unsent.length === 0) return going.length === 0 ? ["nothing is waiting to be sent"] : going;
  const lines = unsent.map(({ to, text, atMs }) => {
    const { day, minute } = style.tellTime(atMs);
    const head = `${style.rich ? "… you →" : "to"} ${bold(inert(to), style)}`;
    return `${head}: ${inert(text)} ${dim(`(${day}, ${minute})`, style)}`;
  });
  return [...lines, dim("outbox send sends, outbox drop forgets them", style), ...going];
}

function underWayLine(count: number): string {
  if (count === 1) return "1 message is on its way, and goes as soon as a server can take it";
  return `${count} messages are on their way, and go as soon as a server can take them`;
}
