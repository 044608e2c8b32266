// Bugs to be planted in the layers around replication: codec, store, state machine, server,
// session. Drawn from what goes wrong in systems like this one. How, mutants.ts says.

import { briefAwayFrom, briefFrom } from "./drawBrief.ts";
import type { Mutant } from "./mutants.ts";

export const otherMutants: readonly Mutant[] = [
  {
    name: "codec-forgets-percent",
    file: "src/wire/fields.ts",
    find: "byte !== bar && byte !== percent) {",
    replace: "byte !== bar) {",
  },
  {
    name: "codec-loses-split-frames",
    file: "src/wire/frameReader.ts",
    find: "if (this.waitingTotal < this.neededBytes) return null;",
    replace: "if (this.waitingTotal < this.neededBytes) this.waitingTotal = 0;",
  },
  {
    name: "store-never-finds-corruption",
    file: "src/store/journalScan.ts",
    find: "if (proof !== null) {",
    replace: "if (proof === undefined) {",
  },
  {
    name: "store-trusts-content",
    file: "src/store/parseRecords.ts",
    find: 'if (chain === null) return bad("the record\'s content does not check");',
    replace:
      "const place = at + record.recordHeaderBytes + frameBytes;\n" +
      "  if (chain === null) return bytes.readUInt32BE(place) as Chain;",
  },
  {
    name: "store-moves-without-syncing-the-folder",
    file: "src/store/files.ts",
    find: "  await disk.rename(from, to);\n  await disk.syncFolder();",
    replace: "  await disk.rename(from, to);",
  },
  {
    name: "store-keeps-the-promise-in-the-cache",
    file: "src/store/promiseFile.ts",
    find: "return writeFileDurably(file,",
    replace: "return writeFile(file,",
  },
  {
    name: "store-lets-orphans-go",
    file: "src/store/truncate.ts",
    find: "  await moveDurably(disk, temporaryNames.orphans, name);\n",
    replace: "  await disk.remove(temporaryNames.orphans);\n",
  },
  {
    name: "store-goes-on-after-a-failed-write",
    file: "src/store/journal.ts",
    find: "if (error !== null) fail(state, error);\n  else if (state.failure === null)",
    replace: "if (state.failure === null)",
  },
  {
    name: "execute-duplicates",
    file: "src/chat/clients.ts",
    find: "return request <= assumed || executed.has(request);",
    replace: "return request <= assumed || executed.has(-request);",
  },
  {
    name: "high-water-mark-dedup",
    file: "src/chat/intervals.ts",
    find: "if (value >= this.topFirst) return value <= this.topLast;",
    replace: "return value <= this.topLast;",
  },
  {
    name: "mail-is-delivered-by-the-login",
    file: "src/chat/accountCommands.ts",
    find: "  const { unread, unopened, delivered, last } = account.mailbox;\n",
    replace:
      "  account.mailbox.acknowledge(account.mailbox.last, () => undefined);\n" +
      "  const { unread, unopened, delivered, last } = account.mailbox;\n",
  },
  {
    name: "snapshot-forgets-what-was-delivered",
    file: "src/chat/snapshotAccounts.ts",
    find: "account.mailbox.delivered = fields.delivered;",
    replace: "account.mailbox.delivered = 0;",
  },
  {
    name: "snapshot-forgets-executed-requests",
    file: "src/chat/snapshotRead.ts",
    find: "if (!this.client.executed.addRangeAtEnd(range)) return false;",
    replace: "if (range.first < 0) return false;",
  },
  {
    name: "names-are-not-unique",
    file: "src/chat/accountCommands.ts",
    find: "if (chat.accounts.named(name) !== undefined) return refused(request, nameTaken(name));",
    replace: "",
  },
  {
    name: "any-password-will-do",
    file: "src/server/logins.ts",
    find: "if (!isProven || known === null) {",
    replace: "if (known === null) {",
  },
  {
    name: "marks-are-lost",
    file: "src/chat/mailbox.ts",
    find: "    this.setFlags(seq, openedFlag);\n",
    replace: "",
  },
  {
    name: "session-resends-under-new-numbers",
    file: "src/client/resending.ts",
    find: "  sendRequest(state, request, draft);",
    replace: "  sendRequest(state, (state.lastRequest += 1), draft);",
  },
  {
    name: "session-does-not-resend",
    file: "src/client/resending.ts",
    find: "  sendRequest(state, request, draft);",
    replace: "  if (request < 0) sendRequest(state, request, draft);",
  },
  {
    name: "session-shows-twice",
    file: "src/client/deliveries.ts",
    find: 'const kind = remember(deliveries.seen, seenIdOf(letter)) ? "message" : "repeated";',
    replace: 'const kind = "message";',
  },
  {
    name: "session-shows-before-it-goes-on",
    firstSeed: briefFrom,
    file: "src/client/deliveries.ts",
    find: 'if (state.session === null || state.phase === "resuming") return;',
    replace: "if (state.session === null) return;",
  },
  {
    name: "client-tries-upwards-only",
    file: "src/client/failover.ts",
    find: "const host = (circle + step) % count;",
    replace: "const host = Math.min(circle + step, count - 1);",
  },
  {
    name: "peers-are-not-proven",
    file: "src/server/peerHandshake.ts",
    find: "if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {",
    replace: "if (given.length !== wanted.length || timingSafeEqual(given, given) === false) {",
  },
  {
    name: "client-trusts-silence",
    file: "src/client/failover.ts",
    find: "} else if (nowMs >= silentAtMs(failover.pingedAtMs)) {",
    replace: "} else if (nowMs >= Infinity) {",
  },
  {
    name: "codec-knows-every-opcode",
    file: "src/wire/codec.ts",
    find: "  if (plan === undefined) {\n",
    replace: "  if (opcode < 0 || plan === null) {\n",
  },
  {
    name: "delete-whom-you-like",
    file: "src/chat/accountCommands.ts",
    find: "if (chat.accounts.named(command.name) !== account) return",
    replace: "if (chat.accounts.named(command.name) === undefined) return",
  },
  {
    name: "limits-in-the-client-alone",
    file: "src/server/door.ts",
    find: "      return checkSend(message, payload);\n",
    replace: "      return payload;\n",
  },
  {
    name: "deleted-names-leave-their-mail",
    file: "src/chat/accounts.ts",
    find: "      mailbox: new Mailbox(),\n",
    replace: "      mailbox: this.mailOf.get(folded)?.mailbox ?? new Mailbox(),\n",
    and: [
      {
        file: "src/chat/accounts.ts",
        find: "    this.byName.delete(folded);\n",
        replace: "    this.byName.delete(folded);\n    this.mailOf.set(folded, account);\n",
      },
      {
        file: "src/chat/accounts.ts",
        find: "  private readonly byName = new Map<string, Account>();\n",
        replace:
          "  private readonly byName = new Map<string, Account>();\n" +
          "  private readonly mailOf = new Map<string, Account>();\n",
      },
    ],
  },
  {
    // All servers of a simulation share what stands outside of their own objects.
    name: "ids-differ-between-servers",
    file: "src/chat/accounts.ts",
    find: "    this.lastId += 1;\n",
    replace:
      "    const all = globalThis as unknown as { made?: number };\n" +
      "    all.made = (all.made ?? 0) + 1;\n" +
      "    this.lastId = Math.max(this.lastId + 1, all.made);\n",
  },
  {
    name: "snapshot-forgets-the-oldest-letters",
    file: "src/chat/snapshot.ts",
    find: "    if (fate === null) {\n",
    replace: "    if (fate === null || slab.length - start >= 10_240) {\n",
  },
  {
    name: "the-keeper-says-it-again",
    file: "src/server/historyKeeper.ts",
    find: "if (this.#driver.chat().op < this.#saidThrough) return;",
    replace: "void this.#saidThrough;",
    and: [
      {
        file: "src/server/historyKeeper.ts",
        find: "this.#cursor.looked < through && this.#cursor.round === round) {",
        replace: "this.#cursor.looked < through && round >= 0) {",
      },
    ],
  },
  {
    name: "unread-messages-go-as-well",
    file: "src/chat/trimming.ts",
    find: "  return flags === ownFlag || (flags ===",
    replace: "  return mailbox.has(seq) || (flags ===",
  },
  {
    name: "one-message-too-few-is-kept",
    file: "src/chat/trimming.ts",
    find: "return count > keep && isRead(owner, seq);",
    replace: "return count >= keep && isRead(owner, seq);",
  },
  {
    name: "a-new-primary-lets-nothing-go",
    file: "src/server/historyKeeper.ts",
    find: "    this.#saidThrough = 0;\n",
    replace: "    this.#saidThrough = Infinity;\n",
  },
  {
    name: "a-segment-begins-with-the-end-of-another",
    file: "src/store/blocks.ts",
    find: "if (segment.sizeBytes === 0) dropLead(group);",
    replace: "if (segment.sizeBytes === 0) group.leadBytes = (void dropLead, 0);",
  },
  {
    name: "a-restart-forgets-the-block-it-goes-on-in",
    file: "src/store/journal.ts",
    find: "if (length === 0) return;",
    replace: "if (length >= 0) return;",
  },
  {
    name: "a-command-waits-where-it-was-read",
    file: "src/server/commandQueue.ts",
    find: "this.#memory.keep(payload, this.#commands.length === 0)",
    replace: "void this.#memory",
  },
  {
    name: "half-a-frame-waits-where-it-was-read",
    file: "src/wire/frameReader.ts",
    find: "this.waiting.push(piece);",
    replace: "this.waiting.push(rest);",
  },
  {
    name: "an-expired-session-is-lost",
    firstSeed: briefAwayFrom,
    file: "src/client/entering.ts",
    find: '  if (end.code === "expired" && isWelcomed(state) && isRenewable) {\n',
    replace: '  if (end.code === "expired-long-ago" && isWelcomed(state)) {\n',
  },
];
