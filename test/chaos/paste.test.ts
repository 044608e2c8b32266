// What is pasted at real terminals: one message to confirm, whether the terminal marks a paste or
// not, and also where nothing is drawn.

import { test } from "node:test";
import { password, townForFile } from "../support/realPeople.ts";
import { whyNoTerminal } from "../support/realTerminal.ts";

const townOfFile = townForFile();
const skip = whyNoTerminal;
const size = { columns: 80, rows: 24 };
const note = "3 lines were pasted as one message: Enter sends it, Ctrl+C drops it.";

test("a paste is one message, also at a terminal that does not mark it", { skip }, async () => {
  const town = townOfFile();
  const alice = await town.person("alice", size);
  alice.line("chat alice");
  await alice.untilShown("alice to alice>");
  alice.pasteUnmarked("first line\n/logout\nthird");
  await alice.untilShown(note);
  await alice.untilShown("alice to alice> first line⏎/logout⏎third");
  alice.press("Enter");
  await alice.untilShown("first line␊/logout␊third ✓");
});

test("a paste at a plain terminal is one message, too", { skip }, async () => {
  const town = townOfFile();
  const bob = town.terminal(size, { args: ["--plain"] });
  await bob.untilShown(">");
  bob.line("register bob");
  await bob.untilShown("password:");
  bob.line(password);
  await bob.untilShown("password again:");
  bob.line(password);
  await bob.untilShown("bob>");
  bob.pasteUnmarked("send bob first line\nlogout\nthird\n");
  await bob.untilShown(note);
  bob.press("Enter");
  await bob.untilShown("bob: first line␊logout␊third");
});
