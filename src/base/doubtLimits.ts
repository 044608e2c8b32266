// The bounds of what is believed of others, servers included, and of what they may cost. What else
// the product keeps to stands in limits.ts.

/** What no peer may say that it has come to (server/plausible.ts), while the clock is behind. */
export const clockFloorUs = 2 ** 46;
export const roundFloor = 2 ** 30;
/** In the year 2112. */
export const recordTimeUsMax = 2 ** 52;
/** Of one history, told by a peer. */
export const viewsToldMax = 100_000;
/** How many ways of being started otherwise are told of one peer, until it is started alike. */
export const differingRulesMax = 16;
/** A peer's word of its leases counts for so long, and is of such as run on for so long. */
export const leaseToldMs = 500;
export const leaseSpareMs = 250;
/** Whoever could not be spoken to is taken to be there for so long: it is tried far more often. */
export const unfitKeptMs = 5_000;
/** Whoever waits says so once a second for so long, then so often. */
export const waitingSaidOftenMs = 15_000;
export const waitingSaidAgainMs = 60_000;
/** Memory kept free beside the next base image's bytes; low until there is so much more again. */
export const lowMemoryBytes = 67_108_864;
export const lowMemoryOverFactor = 1.25;
/** Of all memory: whoever takes less has not used it up. */
export const ownMemoryShare = 0.2;
/** What is over before that, as when a server is restarted, or hands over, is not spoken of. */
export const standstillSaidMs = 3_000;
/** Clients of whom is remembered that they know of a standstill: more than can be connected. */
export const standstillToldMax = 50_000;
// ---- what strangers may cost
/** Time that a connection's questions may take, and those of all together. */
export const askBurstMs = 200;
export const askMsPerSecond = 100;
export const askBurstMsOfAll = 400;
export const askMsPerSecondOfAll = 300;
/** So short an answer is nothing to the others: all may come back at once after a failover. */
export const askFreeMs = 0.03;
/** Looking at texts of one account, at all its terminals; so little is nothing to the others. */
export const textBurstMs = 100;
export const textMsPerSecond = 50;
export const textFreeMs = 0.03;
/** Longer than any text takes, whatever the machine does besides. */
export const textSpentMsMax = 20;
/** Accounts of which that is counted, before those are looked for that have all their time. */
export const textTablesMax = 1_000;
/** Of one account; each ends in one step when its password changes. */
export const sessionsPerAccountMax = 10_000;
/** Of one client's request numbers; who leaves no gaps has one. */
export const executedIntervalsMax = 1_000;
/** Word of what others read, to one connection in one turn. */
export const statusesPerTurnMax = 4_096;
/** The same of resuming, and of what is pushed then. */
export const resumeBurstMs = 200;
export const resumeMsPerSecond = 100;
/** Places of a mailbox looked at for one connection in one turn; so many cost it nothing. */
export const pushLooksMax = 2_048;
export const pushLooksFree = 256;
/** Of clients, on one server. */
export const connectionsMax = 40_000;
/** From the first byte of a frame to its last. */
export const frameTimeoutMs = 10_000;
/** File numbers that are kept for files, and of few numbers this part; of sockets, one port's. */
export const reservedNumbers = 256;
export const reservedShare = 0.25;
export const listenerShare = 0.8;
/** Of connections that come at once so many are taken in before the first of them is served. */
export const arrivalsTogetherMax = 64;
/** When so much of it is taken, those who have not said hello make room. */
export const crowdedShare = 0.7;
/** Clients looked at in a row for sessions that are over, and the pause before the next. */
export const sessionsLookedMax = 2_048;
export const sessionSweepGapMs = 10;
/** Of the connection by which a death is proven. */
export const proofProbeTimeoutMs = 500;
/** Dropped: it is asked again after so long, then after twice as long, up to the most. */
export const probeAgainMsMin = 2;
export const probeAgainMsMax = 16;
/** Who is just dying takes connections until its listener goes; so long one is held. */
export const probeHoldMs = 32;
