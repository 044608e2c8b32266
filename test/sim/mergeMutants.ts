// Bugs to be planted in the merging of forks: what is kept, what is brought in, and how often. How,
// mutants.ts says.

import type { Mutant } from "./mutants.ts";

/** Of a message, in chat/mergeCommands.ts. */
const isDone = '  if (isDone) return client.replies.get(request)?.type !== "refused";\n';

export const mergeMutants: readonly Mutant[] = [
  {
    name: "merge-lets-the-file-go-at-the-first-chunk",
    file: "src/server/merging.ts",
    find: "if (reader.isDone()) this.#finish(reader);",
    replace: "if (reader.isAnnounced) this.#finish(reader);",
  },
  {
    name: "merge-by-high-water-mark",
    file: "src/chat/mergeCommands.ts",
    find: isDone,
    replace: "  if (request <= client.executed.last) return false;\n",
  },
  {
    name: "merge-again-and-again",
    file: "src/chat/mergeCommands.ts",
    find: isDone,
    replace: "  if (isDone && request < 0) return false;\n",
  },
  {
    name: "merge-knows-accounts-by-their-ids-alone",
    file: "src/chat/accounts.ts",
    find: "if (known !== undefined && isSame(known, origin)) return",
    replace: "if (known !== undefined) return",
  },
  {
    name: "merge-leaves-out-what-was-confirmed",
    file: "src/chat/orphanedOps.ts",
    find: "return confirmed ? commands : commands.filter(({ type }) => sendTypes.has(type));",
    replace: "return commands.filter(({ type }) => !sendTypes.has(type));",
  },
  {
    name: "compaction-forgets-that-forks-may-come",
    file: "src/store/images.ts",
    find: "  const base = kept.find(({ op }) => op <= shared);",
    replace: "  const base = kept.find(({ op }) => op <= shared || op > 0);",
  },
];
