// Gives back the memory of letters that are in no mailbox any more: what is left of a slab that is
// half gone moves, a few letters at a time, behind what stands before it in the order of sending.
// No state: the letters and their order are the same before and after, and so are the bytes of a
// snapshot, whenever and however far each server has swept.

import { letterSlabBytes } from "../base/limits.ts";
import { groupMarkByte, placesOfGroupLine } from "./groupLine.ts";
import { PlaceReader } from "./letterLine.ts";
import { addressOf, type LetterAddress, type LetterStore, type Slab } from "./letters.ts";
import type { ChatState } from "./state.ts";

const newline = 0x0a;

/**
 * Goes on by so many places in mailboxes, over time: a line that stands in a thousand of them costs
 * as much as those of five hundred letters between two. Does nothing while no slab is sparse.
 */
export function sweepLetters(chat: ChatState, places: number): void {
  const { letters } = chat;
  letters.sweepable += places;
  while (letters.sweepable > 0) {
    const source = letters.swept ?? begin(letters);
    if (source === null) {
      letters.sweepable = 0;
    } else if (source.start < source.used) {
      letters.sweepable -= moveLine(chat, source);
    } else {
      letters.release(source);
      letters.swept = null;
    }
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

/** In how many places it was looked for. */
function moveLine(chat: ChatState, source: Slab): number {
  const { bytes, start } = source;
  const end = bytes.indexOf(newline, start) + 1;
  const places = placesAt(source);
  const holders = holdersOf(chat, places, addressOf(source, start));
  source.start = end;
  if (holders.length === 0) return places.length;
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
  return places.length;
}

interface Holder {
  readonly account: number;
  readonly seq: number;
}

/** Where the line at the source's start was put. */
function placesAt({ bytes, start }: Slab): readonly Holder[] {
  if (bytes[start] === groupMarkByte) {
    return placesOfGroupLine(bytes.latin1Slice(start, bytes.indexOf(newline, start)));
  }
  const { from, to, seqFrom, seqTo } = new PlaceReader().readInSlab(bytes, start);
  const sender = { account: from, seq: seqFrom };
  return from === to ? [sender] : [sender, { account: to, seq: seqTo }];
}

/** In whose mailbox it still is. */
function holdersOf(
  chat: ChatState,
  places: readonly Holder[],
  address: LetterAddress,
): readonly Holder[] {
  return places.filter(({ account, seq }) => {
    const mailbox = chat.accounts.get(account)?.mailbox;
    return mailbox !== undefined && mailbox.has(seq) && mailbox.addressAt(seq) === address;
  });
}
