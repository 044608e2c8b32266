// Bugs to be planted in what people keep and share: groups and drafts. How, mutants.ts says.
// They are hunted among the seeds that have talkers.

import type { Mutant } from "./mutants.ts";
import { roveFrom, sealFrom, talkFrom } from "./talkSeeds.ts";

const firstSeed = talkFrom;

export const talkMutants: readonly Mutant[] = [
  {
    name: "who-was-removed-hears-on",
    firstSeed,
    file: "src/chat/memberships.ts",
    find: "  group.members.delete(account.id);\n",
    replace: "",
  },
  {
    name: "the-newest-member-hears-nothing",
    firstSeed,
    file: "src/chat/groupLetters.ts",
    find: "if (!except.has(id)) places.push(nextPlace(member, 0));",
    replace: "if (!except.has(id) && places.length < 1) places.push(nextPlace(member, 0));",
  },
  {
    name: "a-draft-stays-when-it-is-sent",
    firstSeed,
    file: "src/chat/draftCommands.ts",
    find: "  owner.drafts?.remove(number);\n  owner.drafts?.noteSent",
    replace: "  owner.drafts?.noteSent",
  },
  {
    name: "a-snapshot-forgets-the-marks-of-groups",
    firstSeed,
    file: "src/chat/groupLine.ts",
    find: "return { account, seq, flags: flagsOf(account, seq) };",
    replace: "return { account, seq, flags: flagsOf(account, seq) & ~openedFlag };",
  },
  {
    name: "a-draft-is-sent-on-both-sides",
    firstSeed,
    file: "src/chat/mergeDrafts.ts",
    find: "  if (drafts === null || writing === null) return null;\n",
    replace: "  if (drafts !== null || writing === null) return null;\n",
  },
  {
    name: "an-edited-draft-keeps-its-old-text",
    firstSeed,
    file: "src/chat/drafts.ts",
    find: "    this.#byNumber.set(draft.number, draft);\n",
    replace:
      "    if (!this.#byNumber.has(draft.number)) this.#byNumber.set(draft.number, draft);\n",
  },
  {
    name: "an-image-forgets-keys",
    firstSeed: sealFrom,
    file: "src/chat/snapshot.ts",
    find: "  for (const line of keyLines(account)) out.line(line);\n",
    replace: "",
  },
  {
    name: "who-has-just-come-in-cannot-read",
    firstSeed: sealFrom,
    file: "src/chat/memberships.ts",
    find: "  account.groups.add(group.id);\n  forgetEpoch(group);\n",
    replace: "  account.groups.add(group.id);\n",
  },
  {
    name: "an-image-forgets-who-is-blocked",
    firstSeed: roveFrom,
    file: "src/chat/snapshotTalk.ts",
    find: `    yield writeLine("b", { accounts: blocked.slice(from, from + intervalsPerLine) });\n`,
    replace: "",
  },
  {
    name: "an-image-sorts-the-members-of-groups",
    firstSeed: roveFrom,
    file: "src/chat/snapshotGroups.ts",
    find: "    for (const [account, { joinings }] of members) {\n",
    replace:
      "    for (const [account, { joinings }] of [...members].sort(([a], [b]) => a - b)) {\n",
  },
  {
    name: "a-short-proof-ends-a-server",
    firstSeed: roveFrom,
    file: "src/chat/signers.ts",
    find: ".subarray(0, signingKeyBytes).latin1Slice()",
    replace: ".latin1Slice(0, signingKeyBytes)",
  },
];
