// What the servers' folders hold, read from the files themselves while the servers may be running:
// equal digests at the same op, and the messages that are stored in every one of them.
// It changes nothing and takes no lock.

import type { Op } from "../base/ids.ts";
import { itemsPerPage } from "../base/limits.ts";
import type { Chat } from "../chat/contract.ts";
import { chatDigest } from "../chat/snapshot.ts";
import { openNodeDisk } from "../node/disk.ts";
import type { ImageContent } from "../server/image.ts";
import { readState } from "../server/imageBuilding.ts";
import { unescapeText } from "../wire/fields.ts";

export interface Audit {
  /** At which all folders were compared. */
  readonly op: number;
  /** Of the texts asked for, those that every folder holds once for that recipient. */
  readonly stored: number;
  /** What is off, in words. */
  readonly complaints: readonly string[];
}

/** `texts`: by recipient. */
export async function auditFolders(
  folders: readonly string[],
  texts: ReadonlyMap<string, readonly string[]>,
): Promise<Audit> {
  const chats = await Promise.all(folders.map((folder) => chatIn(folder)));
  const op = Math.min(...chats.map((chat) => chat.op));
  const lowest = chats.find((chat) => chat.op === op)?.op;
  const digests = await Promise.all(
    folders.map(async (folder) => chatDigest(await chatIn(folder, lowest))),
  );
  const complaints: string[] = [];
  if (new Set(digests).size !== 1) {
    complaints.push(`at op ${op} the states differ: ${digests.join(" ")}`);
  }
  let stored = 0;
  for (const [user, wanted] of texts) {
    const held = chats.map((chat) => countsOf(textsFor(chat, user)));
    for (const text of wanted) {
      const wrong = folders.flatMap((folder, at) => {
        const count = held[at]?.get(text) ?? 0;
        return count === 1 ? [] : [`${count} times in ${folder}`];
      });
      if (wrong.length === 0) stored += 1;
      else complaints.push(`"${text}" is stored ${wrong.join(", ")}`);
    }
  }
  return { op, stored, complaints };
}

function countsOf(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

async function chatIn(folder: string, at?: Op): Promise<ImageContent["chat"]> {
  const state = await readState(await openNodeDisk(folder), at);
  if (!state.ok) throw new Error(state.message);
  return state.chat;
}

/** Texts from others in this user's mailbox. */
function textsFor(chat: Chat, user: string): readonly string[] {
  const texts: string[] = [];
  const account = chat.accountOf(user);
  if (account === null) return texts;
  let after = 0;
  for (let more = true; more;) {
    const page = chat.list(account, { after, count: itemsPerPage, unopened: false });
    for (const { letter } of page.letters) {
      if (!letter.own) texts.push(unescapeText(letter.body) ?? letter.body);
      after = letter.seq;
    }
    more = page.more && page.letters.length > 0;
  }
  return texts;
}
