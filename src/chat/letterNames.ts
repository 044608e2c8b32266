// How a merge names letters, which have other positions on another branch: by the request that made
// them. One request may tell the same person of several groups, as when somebody goes who owned
// them: of what is told of a membership the name says of which group, too. Read from the bytes of a
// letter's line, whose first ten fields are those of any letter (letterLine.ts, groupLine.ts).

import { leadingUint } from "../base/digits.ts";
import { groupMarkByte } from "./groupLine.ts";
import type { Groups } from "./groups.ts";
import { behindBar } from "./letterFrame.ts";
import { identityWordOf } from "./letterLine.ts";
import type { LetterAddress, LetterStore } from "./letters.ts";
import { originWord } from "./origin.ts";

interface Shelves {
  readonly letters: LetterStore;
  readonly groups: Groups;
}

/** "client.request", the client in its short form; of a membership ".client.request" behind it. */
export function letterName(chat: Shelves, address: LetterAddress): string {
  return namesOf(chat, address)[0];
}

/** All that it goes by, its name first: before groups were said, the request alone was it. */
export function namesOf(
  { letters, groups }: Shelves,
  address: LetterAddress,
): readonly [string, ...string[]] {
  const slab = letters.slabOf(address);
  const start = letters.startOf(slab, address);
  const groupAt = behindBars(slab, start, 2);
  const clientAt = behindBars(slab, groupAt, 5);
  const requestAt = behindBars(slab, clientAt, 1);
  const client = slab.latin1Slice(clientAt, requestAt - 1);
  const identity = identityWordOf(client, leadingUint(slab, requestAt));
  const isTold = slab[start] === groupMarkByte && slab[behindBars(slab, requestAt, 1)] === letterE;
  const origin = isTold ? groups.originOf(leadingUint(slab, groupAt)) : null;
  return origin === null ? [identity] : [`${identity}.${originWord(origin)}`, identity];
}

/** The format of what is told of a membership. */
const letterE = 0x65;

function behindBars(bytes: Buffer, start: number, count: number): number {
  let at = start;
  for (let left = count; left > 0; left -= 1) at = behindBar(bytes, at);
  return at;
}
