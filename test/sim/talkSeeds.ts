// Which seeds have talkers: those from here to there, so that all others mean what they always
// meant. Every test run plays a few of them.

export const talkFrom = 900_000_000;
export const talkTo = 999_999_999;
