// Whole numbers by words, as what is named by a word has numbers that only rise. Nearly every word
// has one; where it has several, the highest answers, in whatever order they came. It knows not
// what it counts.

export class WordIndex {
  /** Several fall. */
  readonly #numbers = new Map<string, number | readonly number[]>();

  /** Once, however often it is said. */
  add(word: string, number: number): void {
    const known = this.#allOf(word);
    if (known.length === 0) this.#numbers.set(word, number);
    if (known.length === 0 || known.includes(number)) return;
    this.#numbers.set(
      word,
      [...known, number].sort((one, other) => other - one),
    );
  }

  remove(word: string, number: number): void {
    const left = this.#allOf(word).filter((other) => other !== number);
    if (left.length > 0) this.#numbers.set(word, left);
    else this.#numbers.delete(word);
  }

  /** Of those that still count; 0 for none. */
  highest(word: string, counts: (number: number) => boolean = all): number {
    return this.#allOf(word).find(counts) ?? 0;
  }

  #allOf(word: string): readonly number[] {
    const known = this.#numbers.get(word) ?? none;
    return typeof known === "number" ? [known] : known;
  }
}

const none: readonly number[] = [];

function all(): boolean {
  return true;
}
