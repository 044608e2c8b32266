// Bugs to be planted, each one change of one place in a copy of `src/`. All must be caught by the
// simulator's usual run: what is not caught shows a fault that is missing, or a checker.
// Never a switch in the product.

export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** Must stand in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

export const mutants: readonly Mutant[] = [];
