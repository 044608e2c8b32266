// What every Disk must do, real or simulated: the store is correct only on such a disk.
// The suite is run on both; it knows neither.

import { deepEqual, equal, rejects } from "node:assert/strict";
import type { DiskFile } from "../../src/ports.ts";
import { settled, syncFile, writeFile, writeFileDurably } from "../../src/store/files.ts";
import { onPlaces, type OnPlace, type Place } from "./storeBench.ts";

export function testDisk(kind: string, makePlace: () => Promise<Place>): void {
  const onDisk = onPlaces(kind, makePlace);
  testFiles(onDisk);
  testWritingThrough(onDisk);
  testBlocks(onDisk);
  testFolder(onDisk);
}

function testFiles(onDisk: OnPlace): void {
  onDisk("gives back what was written, wherever it was written", async (place) => {
    const { disk } = place;
    const file = await place.run(disk.create("journal-1"));
    await place.run(writeFile(file, Buffer.from("hello world"), 0));
    await place.run(writeFile(file, Buffer.from("W"), 6));
    await place.run(writeFile(file, Buffer.from("far"), 20));
    await place.run(syncFile(file));
    equal(await place.run(disk.sizeBytes("journal-1")), 23);
    equal(await read(place, 0, 11), "hello World");
    equal(await read(place, 11, 9), "\0".repeat(9));
    equal(await read(place, 20, 100), "far");
    equal(await read(place, 50, 10), "");
    await place.run(file.close());
  });

  onDisk("hands out bytes that its reader may change", async (place) => {
    await place.run(put(place, "journal-1", "unchanged"));
    const bytes = await place.run(place.disk.read("journal-1", { offset: 0, length: 9 }));
    bytes.fill(0);
    equal(await read(place, 0, 9), "unchanged");
  });

  onDisk("does not create over an existing file, nor open a missing one", async (place) => {
    await place.run(put(place, "journal-1", "first"));
    await rejects(place.run(place.disk.create("journal-1")), /journal-1.*exists/);
    await rejects(place.run(place.disk.open("journal-2")), /journal-2.*does not exist/);
    const reading = place.disk.read("journal-2", { offset: 0, length: 1 });
    await rejects(place.run(reading), /journal-2.*does not exist/);
    equal(await read(place, 0, 5), "first");
  });

  onDisk(
    "cuts a file, and what is written behind the cut later starts from zeros",
    async (place) => {
      await place.run(put(place, "journal-1", "0123456789"));
      const file = await place.run(place.disk.open("journal-1"));
      await place.run(file.truncate(4));
      await place.run(writeFile(file, Buffer.from("x"), 8));
      await place.run(file.close());
      equal(await read(place, 0, 20), "0123\0\0\0\0x");
    },
  );
}

function testWritingThrough(onDisk: OnPlace): void {
  onDisk(
    "gives back what was written through to the medium, beside other writes",
    async (place) => {
      const file = await place.run(place.disk.create("journal-1"));
      await place.run(writeFile(file, Buffer.from("0123456789"), 0));
      await place.run(writeFileDurably(file, Buffer.from("AB"), 4));
      await place.run(file.close());
      equal(await read(place, 0, 20), "0123AB6789");
    },
  );
}

function testBlocks(onDisk: OnPlace): void {
  onDisk("gives back what was written in whole blocks, beside other writes", async (place) => {
    const { blockBytes } = place.disk;
    const memory = place.disk.blockMemory(3 * blockBytes);
    const file = await place.run(place.disk.create("journal-1"));
    const write = (letters: string, offset: number): Promise<void> => {
      const bytes = memory.subarray(0, letters.length * blockBytes);
      for (let at = 0; at < letters.length; at += 1) {
        bytes.fill(letters.charCodeAt(at), at * blockBytes, (at + 1) * blockBytes);
      }
      return place.run(settled((done) => file.writeBlocks(bytes, offset, done)));
    };
    await write("abc", 0);
    await place.run(writeFile(file, Buffer.from("x"), blockBytes));
    await write("d", 2 * blockBytes);
    await place.run(file.close());
    const again = await place.run(place.disk.open("journal-1"));
    await place.run(again.truncate(3 * blockBytes));
    await place.run(again.close());
    const blocks = [..."abd"].map((letter) => Buffer.alloc(blockBytes, letter));
    blocks[1]?.write("x");
    equal(await read(place, 0, 4 * blockBytes), Buffer.concat(blocks).toString("latin1"));
  });
}

function testFolder(onDisk: OnPlace): void {
  onDisk("lists, renames over another file, and removes", async (place) => {
    const { disk } = place;
    await place.run(put(place, "meta", "old"));
    await place.run(put(place, "meta.new", "new"));
    await place.run(disk.rename("meta.new", "meta"));
    await place.run(disk.syncFolder());
    deepEqual(await place.run(disk.list()), ["meta"]);
    await place.run(disk.remove("meta"));
    deepEqual(await place.run(disk.list()), []);
    await rejects(place.run(disk.remove("meta")), /meta.*does not exist/);
  });

  onDisk("an open file is followed under its new name", async (place) => {
    const file = await place.run(place.disk.create("image.new"));
    await place.run(place.disk.rename("image.new", "journal-1"));
    await place.run(writeFile(file, Buffer.from("late"), 0));
    await place.run(file.close());
    equal(await read(place, 0, 4), "late");
  });

  onDisk("is held by one at a time, and free again afterwards", async (place) => {
    equal(await place.run(place.disk.lock()), true);
    const other = await sameFolder(place);
    equal(await place.run(other.lock()), false);
    await place.run(place.disk.unlock());
    equal(await place.run(other.lock()), true);
    await place.run(other.unlock());
  });

  onDisk("says how much room there is", async (place) => {
    equal((await place.run(place.disk.freeBytes())) > 1_000_000, true);
  });
}

/** The simulated disk's lock is one per disk; the real one's is in the folder. */
async function sameFolder(place: Place): Promise<Place["disk"]> {
  return "crash" in place.disk ? place.disk : (await place.next()).disk;
}

async function read(place: Place, offset: number, length: number): Promise<string> {
  return `${await place.run(place.disk.read("journal-1", { offset, length }))}`;
}

async function put(place: Place, name: string, text: string): Promise<void> {
  const file: DiskFile = await place.disk.create(name);
  await writeFile(file, Buffer.from(text), 0);
  await syncFile(file);
  await file.close();
}
