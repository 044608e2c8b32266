// Short bursts, with fixed seeds, of servers under one that holds the secret and lies, and of base
// images that are wrong inside; `npm run fuzz -- --port peer` goes on for as long as one likes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzImages } from "./imageFuzz.ts";
import { runLiar } from "./liarRun.ts";

/** Ballots beyond the last, servers that are not there, views that begin before anything. */
const seedsOfOld = [132, 105, 155];
const seedsOfLiars = [...seedsOfOld, 1, 2, 3, 5];
/** A mailbox that goes on behind what came of it. */
const seedsOfImages = [2, 4, 11];
const imagesPerSeed = 60;

for (const seed of seedsOfLiars) {
  test(`seed ${seed}: two servers stand whatever the third one tells them`, async () => {
    const { lies, finding } = await runLiar(seed, 12);
    assert.equal(finding, null, `npm run fuzz -- --port liar --seed ${seed}\n${finding}`);
    assert.ok(lies > 0);
  });
}

for (const seed of seedsOfImages) {
  test(`seed ${seed}: a base image that is wrong inside makes nobody throw`, () => {
    const { finding } = fuzzImages(seed, imagesPerSeed);
    assert.equal(finding, null, `npm run fuzz -- --port image --seed ${seed}\n${finding}`);
  });
}
