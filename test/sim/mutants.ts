// Bugs to be planted, each one change of one place in a copy of `src/`. All must be caught by the
// simulator's usual run: what is not caught shows a fault that is missing, or a checker. Never a
// switch in the product. These are of replication; mergeMutants.ts, otherMutants.ts and
// talkMutants.ts have the rest. Where one rule covers for another, so that either may be left out
// unseen, both are.

import { foundingFrom } from "./drawFounding.ts";
import { takenInFrom } from "./drawTakenIn.ts";
import { mergeMutants } from "./mergeMutants.ts";
import { otherMutants } from "./otherMutants.ts";
import { talkMutants } from "./talkMutants.ts";

export interface Change {
  readonly file: string;
  /** Must stand in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

export interface Mutant extends Change {
  readonly name: string;
  /** Where the hunt begins; 1 when it is left out. */
  readonly firstSeed?: number;
  /** What else is left out: the rules that cover for the first one. */
  readonly and?: readonly Change[];
}

export function changesOf({ file, find, replace, and = [] }: Mutant): readonly Change[] {
  return [{ file, find, replace }, ...and];
}

/** Who lost a view with its disk lost its record too, mostly: the one covers for the other. */
const whoLostTheView: Change = {
  file: "src/replica/succession.ts",
  find: "witnesses.filter(({ history }) => !wasActive || holds(view, history));",
  replace: "witnesses.filter(({ history }) => !wasActive || history.lastOp >= 0);",
};

const replicationMutants: readonly Mutant[] = [
  {
    name: "a-founding-without-somebody-never-counts",
    firstSeed: foundingFrom,
    file: "src/replica/histories.ts",
    find: "return at > 0 || !isMadeGood(views, at, configured);",
    replace: "return at >= 0 || !isMadeGood(views, at, configured);",
  },
  {
    name: "skip-sync",
    file: "src/store/journal.ts",
    find: '"a file").writeBlocks(bytes',
    replace: '"a file").write(bytes',
  },
  {
    name: "confirm-before-all-hold",
    file: "src/replica/normal.ts",
    find: "if (prepared < through) through = prepared;",
    replace: "void prepared;",
  },
  {
    name: "forget-promised",
    file: "src/server/restore.ts",
    find: "promised: meta?.promised ?? noBallot,",
    replace: "promised: noBallot,",
  },
  {
    name: "who-is-taken-in-grants-nothing",
    firstSeed: takenInFrom,
    file: "src/replica/liveness.ts",
    find: "  if (replica.comesInUntilMs > replica.now.nowMs) return true;\n",
    replace: "",
  },
  {
    name: "promise-before-disk",
    file: "src/replica/promising.ts",
    find: "if (replica.promisedOnDisk < promising.ballot || tail.durableOp < tail.lastOp) return;",
    replace: "",
  },
  {
    name: "drop-acknowledgement",
    file: "src/chat/letterCommands.ts",
    find: "owner.mailbox.acknowledge(through, (seq, flags) => {",
    replace: "owner.mailbox.acknowledge(0, (seq, flags) => {",
  },
  {
    name: "refusal-without-lease",
    file: "src/replica/liveness.ts",
    find: "return peer.leaseIncarnation !== 0 && peer.leaseUntilMs > replica.now.nowMs;",
    replace: "return peer.leaseIncarnation !== 0;",
  },
  {
    name: "order-by-timestamp",
    file: "src/wire/record.ts",
    find: "atUs = Math.max(atUs + 1, start.wallUs);",
    replace: "atUs = start.wallUs;",
  },
  {
    name: "joiner-before-leases",
    file: "src/replica/normal.ts",
    find: "if (!areMutual(replica, view)) return;",
    replace: "",
  },
  {
    name: "count-restarted",
    file: "src/replica/succession.ts",
    find: "return promise.since !== 0 && promise.since <= view.ballot;",
    replace: "return true;",
  },
  {
    // Who hears of the death of somebody who has promised mostly gives that proposal up.
    name: "count-the-proven-dead-as-voters",
    file: "src/replica/succession.ts",
    find: "promise.server).filter((id) => !dead.has(id));",
    replace: "promise.server);",
    and: [
      {
        file: "src/replica/candidates.ts",
        find: 'if (shrunk) return abandon(replica, "somebody is gone");',
        replace:
          'if (shrunk && proposal.phase !== "asking") return abandon(replica, "somebody is gone");',
      },
    ],
  },
  {
    name: "count-the-proven-dead-as-speakers",
    file: "src/replica/succession.ts",
    find: "view.members.filter((member) => !dead.has(member));",
    replace: "view.members;",
  },
  {
    // Taking records alone does no harm: they are of the primary's history, and fit. It is the
    // acknowledgement that counts.
    name: "prepare-while-recovering",
    file: "src/replica/normal.ts",
    find: 'return isNormal(replica) ? null : "stranger";',
    replace: "return null;",
    and: [
      {
        file: "src/replica/normal.ts",
        find: "if (isNormal(replica) && view !== undefined && view.ballot === replica.promised) {",
        replace: "if (view !== undefined && view.ballot === replica.promised) {",
      },
    ],
  },
  {
    name: "acknowledge-while-recovering",
    file: "src/replica/normal.ts",
    find: "if (isNormal(replica) && view !== undefined && view.ballot === replica.promised) {",
    replace: "if (view !== undefined) {",
  },
  {
    name: "read-without-leases",
    file: "src/server/standing.ts",
    find: "return areLeasesHeld(replica, view, nowMs);",
    replace: "return true;",
  },
  {
    name: "activate-before-all-hold-the-view",
    file: "src/replica/starting.ts",
    find: "if (follower === undefined || follower.preparedOp < proposal.viewOp) return;",
    replace: "if (follower === undefined) return;",
  },
  {
    name: "judge-the-newest-view-alone",
    file: "src/replica/succession.ts",
    find: "base.views.findLastIndex((view) => isKnownActive(view, promises));",
    replace: "base.views.length - 1;",
  },
  {
    name: "grant-by-the-latest-promise",
    file: "src/replica/promising.ts",
    find: "const kept = members.filter((member) => before === null || before.has(member));",
    replace: "const kept = before === null ? members : members;",
  },
  {
    name: "any-incarnation-installs",
    file: "src/replica/membership.ts",
    find: "const mine = at >= 0 && view.incarnations[at] === replica.incarnation;",
    replace: "const mine = at >= 0;",
  },
  {
    name: "join-without-comparing",
    file: "src/replica/joining.ts",
    find: "if (isAhead && !isLeftOver(replica, from, theirs)) {",
    replace: "if (theirs.lastOp < 0 && !isLeftOver(replica, from, theirs)) {",
  },
  {
    name: "compare-by-last-ballot",
    file: "src/replica/histories.ts",
    find: "return isFurther(a, { end: endA, other: b, otherEnd: endB });",
    replace: "return isFurther(a, { end: a.lastOp, other: b, otherEnd: b.lastOp });",
  },
  {
    name: "leases-end-with-the-view",
    file: "src/replica/membership.ts",
    find: '  replica.status = "normal";\n',
    replace:
      '  replica.status = "normal";\n' +
      "  for (const peer of replica.peers.values()) peer.leaseUntilMs = -Infinity;\n",
  },
  {
    name: "promise-despite-a-grant",
    file: "src/replica/promising.ts",
    find: "const waitMs = Math.max(grantRunsMs(replica, members), replica.isRewriting ? 1 : 0);",
    replace: "const waitMs = grantRunsMs(replica, members) > 0 && replica.isRewriting ? 1 : 0;",
  },
  {
    // Once it has joined somebody, and holds records again.
    name: "the-wiped-vouch-for-lives-before",
    file: "src/replica/succession.ts",
    find: "return life !== undefined && born <= life && life <= incarnation;",
    replace: "return life !== undefined && born > 0 && incarnation > 0;",
    and: [whoLostTheView],
  },
  {
    // And before: while its folder is empty nobody asks it.
    name: "amnesiacs-vote",
    file: "src/replica/succession.ts",
    find: "return life !== undefined && born <= life && life <= incarnation;",
    replace: "return life !== undefined && born > 0 && incarnation > 0;",
    and: [
      whoLostTheView,
      {
        file: "src/replica/coldStart.ts",
        find: "const holding = here.filter((peer) => (peer.heartbeat?.lastOp ?? 0) > 0);",
        replace: "const holding = here;",
      },
    ],
  },
  {
    name: "leave-out-the-view-record",
    file: "src/replica/proposing.ts",
    find: "const history = { views, lastOp };",
    replace: "const history = { views: views.length > 1 ? views.slice(0, -1) : views, lastOp };",
  },
  {
    name: "the-longer-branch-wins",
    file: "src/replica/histories.ts",
    find: "return ballot === otherBallot ? ends.end > ends.otherEnd : ballot > otherBallot;",
    replace: "return ends.end > ends.otherEnd;",
  },
  {
    name: "half-is-a-majority",
    file: "src/replica/succession.ts",
    find: "return count * 2 > configured;",
    replace: "return count * 2 >= configured;",
  },
  {
    name: "grants-shorter-than-leases",
    file: "src/replica/liveness.ts",
    find: "peer.grantUntilMs = heartbeatAtMs + grantMs;",
    replace: "peer.grantUntilMs = heartbeatAtMs;",
  },
  {
    name: "restart-in-the-same-life",
    file: "src/server/restore.ts",
    find: "asIncarnation(Math.max(lived, told) + 1);",
    replace: "asIncarnation(Math.max(lived, told));",
  },
  {
    name: "never-rejoin",
    file: "src/replica/joining.ts",
    find: 'if (replica.status !== "recovering" || replica.proposal !== null) return;',
    replace: "if (replica.now.nowMs >= 0) return;",
  },
  {
    name: "the-old-primary-stays",
    file: "src/replica/joining.ts",
    find: "if (heartbeat.normal && heartbeat.active && heartbeat.ballot > view.ballot) {",
    replace: "if (heartbeat.normal && heartbeat.active && heartbeat.ballot < 0) {",
  },
  {
    name: "confirm-with-too-few-copies",
    file: "src/replica/normal.ts",
    find: "if (view.members.length < replica.config.minCopies) return;",
    replace: "",
  },
  {
    name: "unverified-at-once",
    file: "src/replica/proposing.ts",
    find: 'if (hasWaited(replica)) return { kind: "unverified" };',
    replace: 'if (hasWaited(replica) || true) return { kind: "unverified" };',
  },
];

export const mutants: readonly Mutant[] = [
  ...replicationMutants,
  ...mergeMutants,
  ...otherMutants,
  ...talkMutants,
];
