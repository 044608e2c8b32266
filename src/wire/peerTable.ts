// The part of the table (messages.ts) that stands between servers and in the journal: opcodes
// 0x80–0xBF. What they mean is the protocol's, in `replica/`; here stand their fields alone.

import { requestFields } from "./requestFields.ts";

export const peerTable = {
  // ---- between servers: handshake
  peerHello: {
    opcode: 0x80,
    fields: { version: "uint", from: "server", to: "server", nonce: "hex" },
  },
  peerProof: { opcode: 0x81, fields: { mac: "hex" } },
  peerReady: {
    opcode: 0x82,
    fields: {
      cluster: "hex",
      incarnation: "incarnation",
      /** Its cluster may meet another: it was founded while servers were missing, or never. */
      apart: "flag",
      hosts: "texts",
    },
  },
  peerError: { opcode: 0x83, fields: { code: "text", message: "text" } },
  /**
   * Behind the handshake, to whoever has said there that it knows this frame: what the sender was
   * started with, where all should be alike. minCopies: 1 where nothing is asked; keep: 0 for all.
   */
  peerRules: {
    opcode: 0x85,
    fields: { majority: "flag", strict: "flag", minCopies: "uint", keep: "uint" },
  },

  // ---- between servers: liveness (REPLICATION §3)
  heartbeat: {
    opcode: 0x84,
    fields: {
      /** The sender's clock, echoed by the heartbeat that answers. */
      sentAtMs: "uint",
      incarnation: "incarnation",
      /** The receiver's incarnation as the sender knows it. */
      receiver: "incarnation",
      normal: "flag",
      /** Newest view installed. */
      ballot: "ballot",
      /** That view is known active. */
      active: "flag",
      /** primary of that view: id + 1, 0 for none. */
      primary: "uint",
      promised: "ballot",
      lastOp: "op",
      committed: "op",
      /** From whom the sender holds leases. */
      leases: "servers",
      /** From whom anything has come lately. */
      hears: "servers",
      /** Which heartbeat of the receiver this one answers: its `sentAtMs`. */
      answers: "uint",
      /** Whether that answer is a grant; otherwise it says nothing. */
      granted: "flag",
      /** The sender lacks the receiver's lease: the answer is not to wait for the next beat. */
      wants: "flag",
      /** The sender's disk: low, enough or ample. */
      room: "text",
    },
  },

  // ---- between servers: view change (§4)
  propose: {
    opcode: 0x86,
    fields: {
      ballot: "ballot",
      /** The cluster that is being founded; otherwise the one that all belong to. */
      cluster: "hex",
      members: "servers",
      /** Proofs of death: server, incarnation, server, incarnation … */
      proofs: "uints",
    },
  },
  /** One view of a history; stands before the message that it belongs to, oldest first. */
  viewInfo: {
    opcode: 0x87,
    fields: {
      ballot: "ballot",
      startOp: "op",
      primary: "server",
      verified: "flag",
      /** The view before it; 0 for the first. */
      parent: "ballot",
      parentActive: "flag",
      members: "servers",
      incarnations: "incarnations",
    },
  },
  promise: {
    opcode: 0x88,
    fields: {
      ballot: "ballot",
      incarnation: "incarnation",
      /** The first life of its folder: it cannot vouch for what those before it promised. */
      born: "incarnation",
      normal: "flag",
      /** First view installed by this incarnation without a break; 0 for none. */
      since: "ballot",
      /** Newest view known active. */
      active: "ballot",
      lastOp: "op",
      lastChain: "chain",
      proofs: "uints",
      /** How many `viewInfo` stood before. */
      views: "uint",
    },
  },
  /**
   * reason: "promised" (a higher ballot), "granted" (a lease still runs), "forgetful" (it has no
   * history of its own any more, and is being fed by somebody else), "follows" (it has stood down
   * for somebody who holds a better history, and is to lead).
   */
  decline: {
    opcode: 0x89,
    fields: { ballot: "ballot", promised: "ballot", reason: "text", waitMs: "uint" },
  },
  /** The view is active; members record it. */
  activate: { opcode: 0x8a, fields: { ballot: "ballot" } },
  /** The sender's incarnation takes no part any more, as of view `ballot`. */
  resign: { opcode: 0x8b, fields: { incarnation: "incarnation", ballot: "ballot" } },
  /** A slow server is asked to resign. */
  askResign: { opcode: 0x8c, fields: { ballot: "ballot", reason: "text" } },

  // ---- between servers: records
  /** `count` record frames follow. */
  prepare: {
    opcode: 0x90,
    fields: {
      ballot: "ballot",
      firstOp: "op",
      chainBefore: "chain",
      committed: "op",
      count: "uint",
    },
  },
  /** Durable through `op` under `ballot`. */
  prepared: { opcode: 0x91, fields: { ballot: "ballot", op: "op" } },
  /** The same from who is still catching up, and has applied so much: it counts for nothing. */
  caughtUp: { opcode: 0x9b, fields: { ballot: "ballot", op: "op", applied: "op" } },
  /** Not appended, and why; the sender catches up or steps down. */
  rejected: {
    opcode: 0x92,
    fields: { ballot: "ballot", promised: "ballot", lastOp: "op", reason: "text" },
  },
  /** Records behind `after`, whose chain is `chain`, please: for the proposal `ballot`. */
  fetch: { opcode: 0x93, fields: { ballot: "ballot", after: "op", chain: "chain" } },
  /** What a fetch found to be impossible. */
  fetchFailed: { opcode: 0x94, fields: { ballot: "ballot", reason: "text" } },

  // ---- between servers: joining (§7)
  join: {
    opcode: 0x95,
    fields: {
      incarnation: "incarnation",
      active: "ballot",
      lastOp: "op",
      lastChain: "chain",
      /** How many `viewInfo` stood before. */
      views: "uint",
    },
  },
  /** Keep your history through `op`; set the rest aside; records of this cluster follow. */
  keep: {
    opcode: 0x96,
    fields: { ballot: "ballot", op: "op", committed: "op", cluster: "hex" },
  },
  /** A base image follows in chunks. */
  joinImage: {
    opcode: 0x97,
    fields: { ballot: "ballot", op: "op", chain: "chain", sizeBytes: "uint", digest: "hex" },
  },
  imageChunk: { opcode: 0x98, fields: { offset: "uint", crc: "chain", content: "bytes" } },
  imageTaken: { opcode: 0x99, fields: { offset: "uint" } },
  /** The joiner's history is the better one (§5): the receiver is to stand down. */
  joinRefused: { opcode: 0x9a, fields: { ballot: "ballot", reason: "text" } },

  // ---- in records only: commands that servers make (the rest are requests, as they came)
  /** A login that was proven at the door. */
  startSession: {
    opcode: 0xa1,
    fields: { ...requestFields, name: "text", storedKey: "hex", tokenHash: "hex" },
  },
  /** A proven change of password: `oldKey` is the stored key that it was proven by. */
  changePassword: {
    opcode: 0xb2,
    fields: {
      ...requestFields,
      oldKey: "hex",
      salt: "hex",
      cost: "uint",
      blockSize: "uint",
      parallelism: "uint",
      storedKey: "hex",
      serverKey: "hex",
    },
  },
  /** Read letters that are beyond the bound of a history: positions in the mailbox. */
  trim: { opcode: 0xb3, fields: { account: "account", seqs: "uints" } },
  /** Sessions idle for too long, by client id. */
  endSessions: { opcode: 0xa2, fields: { clients: "texts" } },
  /** Client records past their time. */
  expireClients: { opcode: 0xa3, fields: { clients: "texts" } },
  /** Starts the view whose ballot is the record's own (REPLICATION §4). */
  view: {
    opcode: 0xa4,
    fields: {
      primary: "server",
      verified: "flag",
      parent: "ballot",
      parentActive: "flag",
      members: "servers",
      incarnations: "incarnations",
    },
  },
} as const;
