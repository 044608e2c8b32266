// Groups as lines of a snapshot, and the letters that were sent to them. A state without any has no
// such lines: the lobby is there by itself. Which fields a line has stands in snapshotLines.ts.

import { checkName } from "../base/text.ts";
import type { Account } from "./accounts.ts";
import { readGroupLineHead, withFlags } from "./groupLine.ts";
import type { Group, GroupFields, Member } from "./groups.ts";
import { isLobby, lobbyId } from "./groups.ts";
import { readShortClientId, shortClientId } from "./letterLine.ts";
import { removedFlag } from "./mailbox.ts";
import { originWord, readOriginWord } from "./origin.ts";
import { readLine, writeLine } from "./snapshotLines.ts";
import { proofLines, readProofLine, readVoucherLine, voucherLines } from "./snapshotProofs.ts";
import type { ChatState } from "./state.ts";

export function* groupLines({ groups }: ChatState): Iterable<string> {
  if (groups.lastId > lobbyId) yield writeLine("q", { lastId: groups.lastId });
  const all: (Group | GroupFields)[] = [...groups.live(), ...groups.buried()];
  for (const group of all.sort((one, other) => one.id - other.id)) {
    const client = shortClientId(group.origin.client);
    const { id, name } = group;
    const fields = { id, name, client, request: group.origin.request };
    if (!("members" in group)) {
      yield writeLine("y", fields);
      continue;
    }
    const { hasLetters, members } = group;
    if (isLobby(group) && !hasLetters && members.size === 0) continue;
    yield writeLine("g", { ...fields, hasLetters });
    for (const [account, { joinings }] of members) {
      yield writeLine("j", { account, joinings: joinings.map(originWord) });
      yield* proofLines(joinings);
    }
    yield* voucherLines(group);
  }
}

/** Reads the same lines, one after another. */
export class GroupReader {
  readonly #chat: ChatState;
  #idBefore = 0;
  #group: Group | null = null;
  /** Whose line came last, of that group. */
  #member: Member | null = null;

  constructor(chat: ChatState) {
    this.#chat = chat;
  }

  /** False when the line is not valid behind those before it. */
  take(kind: "q" | "g" | "j" | "i" | "l" | "y", line: string): boolean {
    switch (kind) {
      case "q":
        return this.#takeLastId(line);
      case "j":
        return this.#takeMember(line);
      case "i":
        return this.#member !== null && readProofLine(this.#member, line);
      case "l":
        this.#member = null;
        return this.#group !== null && readVoucherLine(this.#group, line);
      default:
        return this.#takeGroup(kind, line);
    }
  }

  #takeLastId(line: string): boolean {
    const { groups } = this.#chat;
    const lastId = readLine("q", line)?.lastId ?? 0;
    if (lastId <= lobbyId || groups.lastId !== lobbyId) return false;
    groups.lastId = lastId;
    return true;
  }

  #takeGroup(kind: "g" | "y", line: string): boolean {
    const { groups } = this.#chat;
    const fields = kind === "g" ? readLine("g", line) : readLine("y", line);
    const client = readShortClientId(fields?.client ?? "");
    if (fields === null || client === null || checkName(fields.name) !== null) return false;
    const { id, name, request } = fields;
    if (id <= this.#idBefore || id > groups.lastId || request === 0) return false;
    this.#idBefore = id;
    this.#group = null;
    this.#member = null;
    const origin = { client, request };
    const known = groups.get(id);
    if (known !== undefined) {
      const isSame = known.name === name && originWord(known.origin) === originWord(origin);
      if (kind !== "g" || !isSame) return false;
      this.#group = known;
    } else if (kind === "y") {
      groups.putGrave({ id, name, origin });
    } else if (groups.named(name) === undefined) {
      this.#group = groups.put({ id, name, origin });
    } else {
      return false;
    }
    if (this.#group !== null) this.#group.hasLetters = readLine("g", line)?.hasLetters === true;
    return true;
  }

  #takeMember(line: string): boolean {
    const fields = readLine("j", line);
    const account = this.#chat.accounts.get(fields?.account ?? 0);
    const group = this.#group;
    if (fields === null || account === undefined || group === null) return false;
    const joinings = fields.joinings.flatMap((word) => readOriginWord(word) ?? []);
    if (joinings.length === 0 || joinings.length < fields.joinings.length) return false;
    if (group.members.has(account.id)) return false;
    this.#member = { joinings };
    group.members.set(account.id, this.#member);
    account.groups ??= new Set();
    account.groups.add(group.id);
    return true;
  }
}

/** The line with what became of it in each mailbox; null when it is in none. */
export function groupLetterLine({ accounts }: ChatState, line: string): string | null {
  const flagsOf = (account: number, seq: number): number => {
    return accounts.get(account)?.mailbox.flagsAt(seq) ?? removedFlag;
  };
  const flagged = withFlags(line, flagsOf);
  return flagged === null ? null : `${flagged}\n`;
}

/** Puts it into the mailboxes that hold it; false when it is not valid. */
export function readGroupLetter(chat: ChatState, line: string): boolean {
  const head = readGroupLineHead(line);
  if (head === null || !chat.accounts.isKnown(head.from)) return false;
  if (!chat.groups.isKnown(head.group)) return false;
  const address = chat.letters.appendLine(line, head.places.length);
  for (const { account: id, seq, flags } of head.places) {
    if (flags === removedFlag) continue;
    const owner: Account | undefined = chat.accounts.get(id);
    if (owner === undefined || seq < 1 || seq > owner.mailbox.last) return false;
    if (owner.mailbox.has(seq)) return false;
    owner.mailbox.put(seq, address, flags);
  }
  return true;
}
