// Where in a mailbox a letter stands, by its name: for merges alone, which know letters by what
// they are and not by their positions on another branch. A cache, no state: filled from the newest
// letter downwards as far as was asked for, and forgotten when nothing is left to be merged. What
// it answers follows from the state alone: a server that has just read an image has an empty one.

import type { Account } from "./accounts.ts";
import type { Groups } from "./groups.ts";
import { namesOf } from "./letterNames.ts";
import type { LetterStore } from "./letters.ts";
import { WordIndex } from "./wordIndex.ts";

interface Shelves {
  readonly letters: LetterStore;
  readonly groups: Groups;
}

interface Known {
  readonly places: WordIndex;
  /** All positions from `from` through `through` have been read. */
  from: number;
  through: number;
}

export class Places {
  #known = new Map<Account, Known>();

  /**
   * The position of the newest letter in the mailbox that goes by this name; 0 when there is none.
   * Two have one name only where a client has begun to count anew (replica/README.md).
   */
  find(chat: Shelves, owner: Account, name: string): number {
    const { mailbox } = owner;
    const known = this.#knownOf(owner);
    for (; known.through < mailbox.last; known.through += 1) {
      const seq = known.through + 1;
      if (mailbox.has(seq)) note(chat, { owner, known, seq });
    }
    const seq = known.places.highest(name, (at) => mailbox.has(at));
    if (seq > 0) return seq;
    do {
      known.from = mailbox.previous(known.from);
    } while (known.from > 0 && !note(chat, { owner, known, seq: known.from }).includes(name));
    return known.from;
  }

  forget(): void {
    if (this.#known.size > 0) this.#known = new Map();
  }

  #knownOf(owner: Account): Known {
    let known = this.#known.get(owner);
    if (known === undefined) {
      const { last } = owner.mailbox;
      known = { places: new WordIndex(), from: last + 1, through: last };
      this.#known.set(owner, known);
    }
    return known;
  }
}

/** The names by which it is found from now on. */
function note(
  chat: Shelves,
  { owner, known, seq }: { readonly owner: Account; readonly known: Known; readonly seq: number },
): readonly string[] {
  const names = namesOf(chat, owner.mailbox.addressAt(seq));
  for (const name of names) known.places.add(name, seq);
  return names;
}
