// Gives back the memory of letters that are in no mailbox any more: what is left of a slab that is
// half gone moves, a few letters at a time, behind what stands before it in the order of sending.
// No state: the letters and their order are the same before and after, and so are the bytes of a
// snapshot, whenever and however far each server has swept.

import { letterSlabBytes } from "../base/limits.ts";
import { groupMarkByte, readGroupLineHead } from "./groupLine.ts";
import { PlaceReader } from "./letterLine.ts";
import { addressOf, type LetterAddress, type LetterStore, type Slab } from "./letters.ts";
import type { ChatState } from "./state.ts";

const newline = 0x0a;

/** Goes on by so many lines; does nothing while no slab is sparse. */
export function sweepLetters(chat: ChatState, linesMax: number): void {
  const { letters } = chat;
  for (let line = 0; line < linesMax; line += 1) {
    const source = letters.swept ?? begin(letters);
    if (source === null) return;
    if (source.start < source.used) {
      moveLine(chat, source);
      continue;
    }
    letters.release(source);
    letters.swept = null;
  }
}

function begin(letters: LetterStore): Slab | null {
  for (const slab of letters.sparse) {
    letters.swept = slab;
    letters.sweptBehind = letters.before(slab);
    return slab;
  }
  return null;
}

function moveLine(chat: ChatState, source: Slab): void {
  const { bytes, start } = source;
  const end = bytes.indexOf(newline, start) + 1;
  const from = addressOf(source, start);
  const holders = holdersOf(chat, source, from);
  source.start = end;
  if (holders.length === 0) return;
  const { letters } = chat;
  let target = letters.sweptBehind;
  if (target === null || target.used + end - start > letterSlabBytes) {
    target = letters.openBefore(source);
    letters.sweptBehind = target;
  }
  const to = addressOf(target, target.used);
  target.used += bytes.copy(target.bytes, target.used, start, end);
  target.places += holders.length;
  for (const { account, seq } of holders) chat.accounts.get(account)?.mailbox.move(seq, to);
}

interface Holder {
  readonly account: number;
  readonly seq: number;
}

/** In whose mailbox the line at the source's start still is. */
function holdersOf(
  chat: ChatState,
  { bytes, start }: Slab,
  address: LetterAddress,
): readonly Holder[] {
  const holds = ({ account, seq }: Holder): boolean => {
    const mailbox = chat.accounts.get(account)?.mailbox;
    return mailbox !== undefined && mailbox.has(seq) && mailbox.addressAt(seq) === address;
  };
  if (bytes[start] === groupMarkByte) {
    const line = bytes.latin1Slice(start, bytes.indexOf(newline, start));
    return readGroupLineHead(line)?.places.filter(holds) ?? [];
  }
  const { from, to, seqFrom, seqTo } = new PlaceReader().readInSlab(bytes, start);
  const sender = { account: from, seq: seqFrom };
  if (from === to) return holds(sender) ? [sender] : [];
  return [sender, { account: to, seq: seqTo }].filter(holds);
}
