// The bounds and timeouts of the product, with the relations between them asserted at the end;
// those of one subject alone stand in the other *Limits.ts files beside this one. A number that
// stands anywhere else is a count of something, not a limit.

import { assert } from "./assert.ts";

// ---- wire
export const frameHeaderBytes = 3;
export const framePayloadBytesMax = 65_535;
export const frameBytesMax = frameHeaderBytes + framePayloadBytesMax;
/** From a client: a request becomes one record, and the record's envelope must fit as well. */
export const requestPayloadBytesMax = 65_024;
export const frameBeforeLoginPayloadBytesMax = 1_024;

// ---- the machine
/** Wall and monotonic clock drifting apart by this much at once: suspended, or set anew. */
export const clockJumpMs = 50;
/** The longest timeout that Node keeps. */
export const timerDelayMsMax = 2_147_483_647;
/** At rest is whose event loop has little to do in so many samples in a row. */
export const restSampleMs = 2_000;
export const restSamples = 3;
export const restBusyShare = 0.1;
/** Collecting at rest is worth it from here on, and nobody feels it up to here; and how often. */
export const restYoungBytesMin = 4_194_304;
export const restHeapBytesMax = 33_554_432;
export const restGapMs = 30_000;
/** After an orderly end: how long the other side may take to read what was sent, and to end too. */
export const linkFlushMs = 5_000;
export const linkLingerMs = 1_000;
/** On a port that speaks TLS: connections whose handshake is not done yet. */
export const newSocketsMax = 1_024;

// ---- people
export const nameLettersMax = 50;
export const textLettersMax = 262;
export const textBytesMax = 4_096;
/** On one letter, when it is shown. */
export const combiningMarksMax = 8;
export const passwordLettersMin = 8;
export const searchPatternLettersMax = 100;
export const mailboxUnreadMax = 100_000;
export const draftsMax = 100;
export const blockedMax = 1_000;
export const groupsMax = 1_000_000;
export const groupsPerUserMax = 100;
export const groupMembersMax = 1_000;
export const accountsMax = 10_000_000;

// ---- client connections
export const helloTimeoutMs = 10_000;
export const loggedOutIdleMs = 600_000;
export const clientPingMs = 1_000;
export const clientSilenceMs = 2_500;
/** Hello, challenge and login fit; behind a session's resumption its unanswered sends follow. */
export const frameAfterResumePayloadBytesMax = 16_384;
/** Without a client's pings it is gone; nor may what it sent come when a fork has confirmed it. */
export const connectionSilenceMs = 8_000;
export const connectionSweepMs = 1_000;
/** How long a question waits for the primary's leases, and how often it is tried again. */
export const queryHoldMs = 1_000;
export const holdRetryMs = 25;
/** How long clients stay with a primary whose view is changing. */
export const viewChangeGraceMs = 1_500;
/** Who comes to a secondary whose primary has just gone waits so long for the next one's name. */
export const successionHoldMs = 300;
export const outstandingRequestsMax = 64;
export const unreadOutputBytesMax = 1_048_576;
export const pushWindowBytes = 262_144;
export const connectionsPerAddressMax = 20_000;
export const requestBurst = 200_000;
export const requestsPerSecond = 200_000;
export const clientPortBase = 22_067;
export const peerPortBase = 22_167;
export const loginTriesFree = 5;
/** Many people may come from one address. */
export const loginTriesFreePerAddress = 50;
export const loginDelayMs = 1_000;
export const loginDelayMsMax = 60_000;
export const loginTablesMax = 10_000;
export const namesPerPage = 100;
export const itemsPerPage = 100;
export const marksPerRequestMax = 1_000;
/** So much of a mailbox is looked through for one page of a history. */
export const historyScanLetters = 8_192;
/** Letters that one record lets go, where histories are bounded. */
export const trimmedPerOpMax = 1_000;

// ---- sessions
export const sessionIdleMs = 1_800_000;
export const clientRecordKeptMs = 604_800_000;
/** An op counts at most this much served time since the op before it. */
export const servedStepMs = 60_000;
export const sessionSweepMs = 15_000;
export const expiriesPerOpMax = 500;
/** Replies that one client may leave unconfirmed before the oldest is forgotten. */
export const repliesKeptMax = 1_024;

// ---- state in memory and in images
export const letterSlabBytes = 1_048_576;
/** Side by side in memory: large pages need some 16 MiB at once. */
export const slabsPerPiece = 16;
export const mailboxChunkLetters = 1_024;
export const namesPerBlock = 512;
/** Longest line of a snapshot: a letter or a reply of a whole frame, and the fields before it. */
export const snapshotLineBytesMax = 131_072;
export const intervalsPerLine = 512;

// ---- scrypt (FEATURES §5)
export const scryptCost = 16_384;
export const scryptBlockSize = 8;
export const scryptParallelism = 5;
export const scryptCostMax = 131_072;

/** N × r × p, which is what a guess costs: no less than ours, no more than a client will spend. */
export const scryptWorkMin = scryptCost * scryptBlockSize * scryptParallelism;
export const scryptWorkMax = scryptCostMax * scryptBlockSize * scryptParallelism;
/** N × r: memory in units of 128 bytes. */
export const scryptMemoryMax = scryptCostMax * scryptBlockSize;
export const scryptParallelismMax = 64;

// ---- the client (DESIGN §7)
export const clientConnectTimeoutMs = 1_000;
export const clientWelcomeTimeoutMs = 1_000;
/** Between attempts to connect: an eighth of the outage so far, within these two. */
export const clientRetryMsMin = 10;
export const clientRetryMsMax = 250;
/** Hints at a host that has just failed are not followed for this long. */
export const clientDistrustMs = 1_000;
export const acknowledgeGapMs = 20;
/** An acknowledgement that was refused is tried again only after this long. */
export const acknowledgeRetryMs = 1_000;
/** Identities of shown messages that a terminal keeps, to show none twice after a fork. */
export const shownRememberedMax = 10_000;
export const queuedRequestsMax = 10_000;
/** How long `sent` waits for the recipient's client before it says "stored". */
export const deliveredWaitMs = 250;
/** Whole lines of a terminal that come closer together than this were pasted: nobody types so. */
export const pasteGapMs = 25;
export const burstCharactersMin = 16;
export const outageShownMs = 1_500;
export const outageToldMs = 10_000;
/** How long a session that nobody knows is tried again while servers may have to be merged. */
export const mergePatienceMs = 15_000;
/** What leaving after an interrupt may still take. */
export const leaveWaitMs = 500;
export const goodbyeWaitMs = 1_000;
export const pipeOutageMs = 60_000;
export const waitSecondsMax = 86_400;
/** How long a login waits for the messages that it announced. */
export const loginShownWaitMs = 10_000;
/** Sends whose later receipts are shown with their words. */
export const receiptsKept = 256;
/** What is confirmed within this time is never written to the outbox. */
export const outboxSoonMs = 50;
/** Request numbers that a client may have used without its outbox knowing. */
export const outboxNumbersLeftOut = 10_000;
export const listedLettersMax = 1_000;
export const historyLettersUsual = 20;
export const chatLettersShown = 10;
/** Found by one question, in so many pages; pages in which a message is looked for by its id. */
export const historyFoundMax = 10_000;
export const historyPagesMax = 20_000;
export const idPagesMax = 1_000;
export const commandLineBytesMax = 65_536;
export const commandLinesQueuedMax = 1_000;
export const historyLinesMax = 1_000;
export const searchPagesMax = 10;
/** How often one login, or one protocol error, is tried anew before the user is told. */
export const faultsInARowMax = 5;

// ---- replication (REPLICATION §3, §4, §6, §7)
export const tickMs = 25;
/** After anything out of the ordinary every tick counts for so long; then only heartbeats wake. */
export const restlessMs = 1_000;
/** Whoever beats when another one does leaves it the lead by so much. */
export const paceSlackMs = 25;
export const heartbeatMs = 150;
export const grantMs = 1_500;
export const leaseMs = 1_200;
/** A lease is not trusted while its holder may have been stopped for longer than this. */
export const stallMs = 400;
export const unverifiedWaitMs = 10_000;
export const proposalTimeoutMs = 400;
export const proposalBackoffMs = 60;
/** Who is being taken in renews its grants for so long behind its promise. */
export const joinerGrantsMs = 400;
/** So many of one's own that came to nothing make one wait longer before the next. */
export const proposalsInVainMax = 4;
/** Each place in the rank waits this much longer: the first one's disk may be slow just now. */
export const proposalRankMs = 150;
/** How long whoever stood down for a better history waits for it to lead. */
export const precedenceMs = 15_000;
/** A view that is being started and of which nothing is heard for this long is given up. */
export const startStallMs = 4_000;
/** Whoever cannot fetch what it wanted to follow leaves the next proposals to the others. */
export const tooFarBehindMs = 3_000;
export const peerReconnectMs = 100;
export const peerConnectTimeoutMs = 1_000;
export const peerHandshakeTimeoutMs = 2_000;
export const peerSilenceMs = 1_500;
/** A second connection of one peer this soon after the first is a race, not a newer one. */
export const peerRaceMs = 500;
export const peerUnprovenMax = 64;
export const peerUnprovenPayloadBytesMax = 1_024;
export const peerNonceBytes = 16;
export const secretLettersMin = 16;
/** Strangers on the peer port are worth one log line in so long. */
export const strangerLogMs = 1_000;
export const strangerLogAgainMs = 60_000;
export const joinLagOpsMax = 64;
/** A joiner that lacks the application of more than this waits, as it could not serve at once, */
export const joinUnappliedOpsMax = 16_384;
/** but no longer than this: a copy more is worth more. */
export const joinPatienceMs = 10_000;
export const catchUpChunkBytes = 524_288;
export const catchUpChunksInFlight = 4;
/** What a follower may have under way; what is kept longer is no young garbage any more. */
export const memoryTailBytes = 2_097_152;
export const batchRecordsMax = 4_096;
export const batchBytesMax = 1_048_576;
/** Groups of commands under way at once: one being synced everywhere, one right behind it. */
export const groupsInFlightMax = 2;
export const inFlightBytesMax = 33_554_432;
export const peerUnsentBytesMax = 134_217_728;
export const ownSyncHangMs = 2_000;
/** A sync that has taken this long is looked at with every tick. */
export const diskWorryMs = 500;
/** Each place in the view waits this much longer, so that not all resign who share one disk. */
export const ownSyncHangRankMs = 100;
/** A server that resigned comes back when its disk has answered at once for so long. */
export const rejoinAfterMs = 5_000;
export const slowDiskAckMs = 4_000;
export const resignTimeoutMs = 500;
/** A stop that takes longer than this ends anyhow. */
export const stopDeadlineMs = 500;
export const clusterIdBytes = 16;
export const waitingSaidMs = 1_000;
export const serversMax = 9;

// ---- merging forks (REPLICATION §8)
/** Of a merge, in one go: what is live waits for no more than this. */
export const mergeChunkCommands = 512;
export const mergeChunkBytes = 262_144;
/** A chunk of which nothing has been heard is sent again. */
export const mergeRetryMs = 2_000;
/** Letters named in one command of a merge; the command has to fit a record. */
export const mergeLettersPerOp = 500;
/** Frames of one chunk that a server takes. */
export const mergeChunkFramesMax = 2_048;

// ---- disk
export const segmentBytesMax = 67_108_864;
/** A journal group of at most this is followed by zeros, so that the next syncs find room. */
export const groupBytesSmall = 65_536;
export const zerosAheadBytes = 262_144;
/** No disk damages more than one such place when the power goes in the middle of a write. */
export const promisePlaceBytes = 4_096;
export const applySliceRecords = 2_048;
/** Beside what comes in, a slice is short: a primary waits for this server's answers meanwhile. */
export const applyBesideRecords = 256;
/** A secondary gathers what it is to apply for so long; nobody asks it anything meanwhile. */
export const applyLaterMs = 50;
/** Kept free beside the next base image's bytes: below that mark nothing that grows is taken. */
export const lowDiskBytes = 134_217_728;
export const freeBytesAskMs = 1_000;
/** Low until there are so many times the mark again. */
export const lowDiskOverFactor = 1.25;
/** Who has so many times the mark can go on without a member whose disk is low. */
export const ampleDiskFactor = 2;
/** Servers that share a disk do not all measure at once, nor have they quite the same mark. */
export const lowDiskPatienceMs = 2_000;
/** Each of several waits this much longer: the view has changed by then. */
export const lowDiskRankMs = 1_000;
/** A member that could be left out and has not gone by then: nothing is taken until it has. */
export const lowDiskLeaveMs = 10_000;

assert(leaseMs < grantMs, "a lease must end before the grant behind it");
assert(leaseMs > 3 * (heartbeatMs + paceSlackMs), "a lease outlives three heartbeats");
assert(heartbeatMs + paceSlackMs < stallMs, "a server that has nothing to do has not stood still");
assert(grantMs < unverifiedWaitMs, "nobody goes on unverified before the grants have run out");
assert(connectionSilenceMs + connectionSweepMs < unverifiedWaitMs, "nothing old comes in a fork");
assert(precedenceMs > unverifiedWaitMs, "whoever leads may have to wait for the missing first");
assert(diskWorryMs + stallMs < ownSyncHangMs, "a hung disk is watched before it is given up");
assert(2 * clockJumpMs < grantMs - leaseMs, "a suspension that matters to a lease is noticed");
assert(textBytesMax * 3 + 1_024 < frameAfterResumePayloadBytesMax, "any send fits behind a resume");
assert(queryHoldMs < clientSilenceMs, "a question is answered before its asker gives up");
assert(clientPingMs * 2 < clientSilenceMs, "two pings fit into the silence that ends a connection");
assert(catchUpChunkBytes <= batchBytesMax, "a chunk of catching up is one batch");
assert(lowDiskBytes > 2 * inFlightBytesMax, "the next image and what was let in before still fit");
assert(freeBytesAskMs < lowDiskPatienceMs, "who shares a disk has measured before anybody leaves");
assert(lowDiskRankMs * serversMax <= lowDiskLeaveMs, "all who should leave have had their turn");
assert(lowDiskOverFactor < ampleDiskFactor, "who has plenty is not low");
assert(outstandingRequestsMax <= repliesKeptMax, "what is outstanding can be answered again");
assert(mergeChunkCommands < mergeChunkFramesMax, "a chunk of a merge is taken whole");
assert(mergeLettersPerOp * 100 < requestPayloadBytesMax, "marks of a merge fit a record");
assert(snapshotLineBytesMax < letterSlabBytes, "a letter fits a slab");
