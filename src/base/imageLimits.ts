// The bounds of base images and of the journal behind them: how they are made, kept, carried and
// read. All others stand in limits.ts.

import { assert } from "./assert.ts";
import { framePayloadBytesMax } from "./limits.ts";

export const snapshotChunkBytes = 65_536;
export const imageChunkBytes = 32_768;
/** So much of a new image goes to the disk at once, beside the journal's writes. */
export const imageSyncBytes = 1_048_576;
export const imageChunksInFlight = 16;
/** So many of them are read from the disk at once. */
export const imageChunksPerReading = 8;
/** Work that can wait: the rest after each piece, as so many times the piece, and at most. */
export const pieceRestTimes = 1;
export const pieceRestMsMax = 10;
/** The same of writing a new image: whoever syncs on this disk waits behind it. */
export const writingRestTimes = 2;
export const writingRestMsMax = 50;
/** Read from the disk for a server on its way in, while others have something to say. */
export const feedBytesPerSecond = 33_554_432;
/** So much of an image is decoded in one turn: a few milliseconds. */
export const imagePartBytes = 262_144;
/** With `--snapshot-every`: of a larger state a worker thread makes the images. */
export const ownImageBytesMax = 2_097_152;
/** Nothing of an image was taken for this long: the joiner has given it up. */
export const imageStallMs = 5_000;
/** Nothing of an image came for this long: its sender has given it up. */
export const imageSilenceMs = 10_000;
export const imagesKept = 2;
/** So much of an old file is given back to the disk at once. */
export const removalStepBytes = 33_554_432;
/** Some million records, which a start applies within seconds. */
export const compactionJournalBytesMin = 268_435_456;
/** In a rush a new image is put off until the journal is so many times as long as it might be. */
export const compactionPutOffTimes = 4;
/** Some five thousand messages a second are a rush. */
export const rushBytesPerSecond = 1_048_576;
export const rushSampleMs = 1_000;
/** What an account takes in an image is a little more than its registration took in the journal. */
export const imagePerJournalByteMax = 1.25;
/** From whoever sent what is no image, none is taken for this long. */
export const imageAgainMs = 10_000;
/** An image that could not be made is not tried again for this long. */
export const compactionRetryMs = 60_000;

assert(imageSyncBytes % imagePartBytes === 0, "a piece is made of whole parts");
assert(imageChunkBytes * 1.4 < framePayloadBytesMax, "a chunk in base64 fits one frame");
