// Where in a mailbox a letter stands, by its identity: for merges alone, which know letters by what
// they are and not by their positions on another branch. A cache, no state: filled from the newest
// letter downwards as far as was asked for, and forgotten when nothing is left to be merged.

import type { Account } from "./accounts.ts";
import { identityWordOfLine } from "./letterLine.ts";
import type { LetterStore } from "./letters.ts";

interface Known {
  readonly places: Map<string, number>;
  /** All positions from `from` through `through` have been read. */
  from: number;
  through: number;
}

export class Places {
  #known = new Map<Account, Known>();

  /** The letter's position; 0 when the mailbox does not hold it. */
  find(letters: LetterStore, owner: Account, word: string): number {
    const { mailbox } = owner;
    const known = this.#knownOf(owner);
    for (; known.through < mailbox.last; known.through += 1) {
      note(letters, { owner, known, seq: known.through + 1 });
    }
    while (!known.places.has(word) && known.from > 1) {
      known.from -= 1;
      note(letters, { owner, known, seq: known.from });
    }
    const seq = known.places.get(word) ?? 0;
    return mailbox.has(seq) ? seq : 0;
  }

  forget(): void {
    if (this.#known.size > 0) this.#known = new Map();
  }

  #knownOf(owner: Account): Known {
    let known = this.#known.get(owner);
    if (known === undefined) {
      const { last } = owner.mailbox;
      known = { places: new Map(), from: last + 1, through: last };
      this.#known.set(owner, known);
    }
    return known;
  }
}

function note(
  letters: LetterStore,
  { owner, known, seq }: { readonly owner: Account; readonly known: Known; readonly seq: number },
): void {
  if (!owner.mailbox.has(seq)) return;
  known.places.set(identityWordOfLine(letters.lineAt(owner.mailbox.addressAt(seq))), seq);
}
