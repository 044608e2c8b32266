// What the talkers of a random run asked and were told about groups and drafts, and what follows:
// who was a member of what at each op, by a model of a few lines that knows nothing of the product.
// Judges nothing; talkJudge.ts holds the ends of a run against it.

export interface Said {
  readonly kind:
    "change" | "groupSend" | "draftPut" | "draftRemove" | "draftSend" | "mark" | "keysPut";
  readonly by: string;
  /** ok: it took effect at `op`. unknown: nobody can say whether it did. */
  outcome: "ok" | "refused" | "unknown";
  op: number;
  code: string;
  readonly group: string;
  readonly change: string;
  readonly member: string;
  /** Of a message or a draft: all differ. */
  readonly text: string;
  readonly to: string;
  /** Of a sealed message to a group: its members as its sender knew them. */
  sealedFor: string;
  draft: number;
  readonly seqs: readonly number[];
}

const nothing = {
  outcome: "unknown",
  op: 0,
  code: "",
  group: "",
  change: "",
  member: "",
  text: "",
  to: "",
  sealedFor: "",
  draft: 0,
  seqs: [],
} as const;

export class TalkBook {
  readonly said: Said[] = [];

  ask(said: Partial<Said> & Pick<Said, "kind" | "by">): Said {
    const entry: Said = { ...nothing, ...said };
    this.said.push(entry);
    return entry;
  }

  /** What took effect, in the order in which it did. */
  inOrder(): readonly Said[] {
    const done = this.said.filter(({ outcome }) => outcome === "ok");
    return done.sort((one, other) => one.op - other.op);
  }

  /** Somebody asked for something of it, and nobody can say what became of that. */
  isUnsure(group: string): boolean {
    return this.said.some((said) => said.outcome === "unknown" && said.group === group);
  }
}

/** The members of each group, as the statements make them. */
export class Memberships {
  readonly #members = new Map<string, Set<string>>();

  of(group: string): ReadonlySet<string> {
    return this.#members.get(group) ?? new Set();
  }

  take({ kind, change, group, member, by }: Said): void {
    if (kind === "groupSend" && group === "#lobby") return void this.#membersOf(group).add(by);
    if (kind !== "change") return;
    if (change === "create") this.#members.set(group, new Set([by]));
    if (change === "join") this.#membersOf(group).add(by);
    if (change === "add") this.#membersOf(group).add(member);
    if (change === "remove") this.#membersOf(group).delete(member);
    if (change === "leave") this.#membersOf(group).delete(by);
  }

  #membersOf(group: string): Set<string> {
    let members = this.#members.get(group);
    if (members === undefined) this.#members.set(group, (members = new Set()));
    return members;
  }
}
