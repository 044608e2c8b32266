// Which request made the group of a name, as servers have shown it since the login: PURE. The first
// that is seen of a name is believed, and of no other name then. Of groups that are gone several
// may have had one name, and the one that was there until now may be among them.

import { formerAddress } from "../../base/text.ts";

export class GroupOrigins {
  /** By folded name, of the group that is there. */
  readonly #present = new Map<string, string>();
  /** By origin, under which folded name it was seen. */
  readonly #names = new Map<string, string>();

  /** Whether `group`, as it is shown (`#team`, `#team (gone)`), may be the one made by `origin`. */
  isOf(group: string, origin: string): boolean {
    const name = nameOf(group);
    const seenAs = this.#names.get(origin) ?? name;
    if (seenAs !== name) return false;
    if (formerAddress(group) === null) {
      if ((this.#present.get(name) ?? origin) !== origin) return false;
      this.#present.set(name, origin);
    }
    this.#names.set(origin, name);
    return true;
  }

  /** Another group may have the name by now. */
  forget(group: string): void {
    const name = nameOf(group);
    this.#present.delete(name);
    for (const [origin, seenAs] of this.#names) if (seenAs === name) this.#names.delete(origin);
  }

  clear(): void {
    this.#present.clear();
    this.#names.clear();
  }
}

function nameOf(group: string): string {
  return (formerAddress(group) ?? group).toLowerCase();
}
