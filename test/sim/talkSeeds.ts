// Which seeds have talkers: those from here to there, so that all others mean what they always
// meant; of these which seal what they write; and of these which have rovers besides. Every test
// run plays a few of each.

export const talkFrom = 900_000_000;
export const sealFrom = 1_000_000_000;
export const roveFrom = 1_060_000_000;
export const talkTo = 1_099_999_999;
