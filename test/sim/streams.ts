// A seed has several streams of chance, so that what is drawn from one changes nothing that is
// drawn from another. All of them stand here, since no two may begin at the same place.

/** Beyond what any seed is. */
const step = 2 ** 33;

/** To be added to a seed; what is drawn of every seed comes from the seed itself. */
export const streams = {
  aimed: step,
  aimedOwn: 4 * step,
  brief: 6 * step,
  takenIn: 7 * step,
  long: 8 * step,
  keep: 9 * step,
  blocks: 10 * step,
  founding: 11 * step,
} as const;
