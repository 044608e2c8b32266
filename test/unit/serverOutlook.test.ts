// What `cluster` says of the chat: whether it goes on, how many more failures it survives, and,
// where it stands still, what it needs and what to do. By who is up, not by who is in a view.

import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import type { ServerId } from "../../src/base/ids.ts";
import { asServerId } from "../../src/base/ids.ts";
import { outlook, type Standing } from "../../src/server/outlook.ts";
import { remedy, standstillNotice } from "../../src/server/standstillWords.ts";

const usual = { majority: false, minCopies: 1, strict: false };
const well = { leads: true, verified: true, low: [], isShort: false, awaited: [] };

function ids(count: number, from = 0): ServerId[] {
  return Array.from({ length: count }, (_, index) => asServerId(from + index));
}

/** So many servers, of which the first few are up, and confirm. */
function standing(all: number, up: number, more: Partial<Standing> = {}): Standing {
  return { ...well, ...usual, servers: ids(all), up: ids(up), confirming: ids(up), ...more };
}

/** In short what is foretold of 1 to `all` that are up. */
function fates(all: number, rules: Partial<Standing>): string[] {
  return ids(all).map((_, index) => {
    const said = outlook(standing(all, index + 1, rules));
    const needed = /The chat stands still: (\d of \d) needed servers (?:is|are) up \(--/.exec(said);
    if (needed !== null) return `still, ${needed[1]}`;
    if (said.includes("One more failure stops the chat")) return "0";
    if (said.includes("One more failure is survived; a second one stops the chat")) return "1";
    return /(\d) more failures are survived/.exec(said)?.[1] ?? said;
  });
}

test("by default the last server that is up goes on alone", () => {
  for (let all = 1; all <= 5; all += 1) {
    deepEqual(fates(all, {}), ["0", "1", "2", "3", "4"].slice(0, all));
  }
});

test("with --majority more than half of all are needed, and fewer stand still", () => {
  const majority = { majority: true };
  deepEqual(fates(1, majority), ["0"]);
  deepEqual(fates(2, majority), ["still, 1 of 2", "0"]);
  deepEqual(fates(3, majority), ["still, 1 of 2", "0", "1"]);
  deepEqual(fates(4, majority), ["still, 1 of 3", "still, 2 of 3", "0", "1"]);
  deepEqual(fates(5, majority), ["still, 1 of 3", "still, 2 of 3", "0", "1", "2"]);
});

test("with --min-copies so many are needed, and no fewer than --majority asks for", () => {
  const two = { minCopies: 2 };
  for (let all = 2; all <= 5; all += 1) {
    deepEqual(fates(all, two), ["still, 1 of 2", "0", "1", "2", "3"].slice(0, all));
  }
  const three = { minCopies: 3 };
  for (let all = 3; all <= 5; all += 1) {
    const fate = ["still, 1 of 3", "still, 2 of 3", "0", "1", "2"];
    deepEqual(fates(all, three), fate.slice(0, all));
  }
  deepEqual(fates(5, { ...two, majority: true }), fates(5, { majority: true }));
  deepEqual(fates(5, { minCopies: 4, majority: true }), fates(5, { minCopies: 4 }));
});

test("who stands still hears what is needed, by which rule, and whom to start", () => {
  const alone = standing(3, 1, { minCopies: 2 });
  equal(
    outlook(alone),
    "The chat stands still: 1 of 2 needed servers is up (--min-copies 2). Nothing confirmed is " +
      "lost. Servers 1 and 2 are missing. Start server 1 or 2 again.",
  );
  match(
    outlook(standing(3, 1, { majority: true })),
    /up \(--majority\)\. .* Start server 1 or 2 a/,
  );
  match(outlook(standing(3, 1, { minCopies: 3 })), /1 of 3 .* Start servers 1 and 2 again\.$/);
  match(outlook(standing(5, 1, { minCopies: 3 })), /Start 2 of servers 1, 2, 3 and 4 again\.$/);
  match(outlook(standing(2, 1, { minCopies: 2 })), /Server 1 is missing\. Start server 1 again\.$/);
  match(outlook(standing(3, 2, { minCopies: 2 })), /stops the chat .*for 2 are needed \(--min-c/);
  equal(
    standstillNotice(alone),
    "Nothing is being confirmed: 1 of 2 needed servers is up. What you write waits.",
  );
  equal(standstillNotice(standing(3, 2, { minCopies: 2 })), null);
});

test("members of the last view that are away count for nothing", () => {
  // All three are in the view, and two of them have just been killed.
  const left = { majority: true, awaited: ids(2, 1) };
  match(outlook(standing(3, 1, left)), /stands still: 1 of 2 needed servers is up \(--majority\)/);
});

test("who is back and has yet to catch up is not told to be started", () => {
  const back = standing(3, 2, { minCopies: 2, confirming: ids(1) });
  match(outlook(back), /still: server 1 is back, and has yet to catch up \(--min-copies 2\)/);
  equal(remedy(back), "");
  const coming = outlook(standing(3, 2, { confirming: ids(1) }));
  match(
    coming,
    /^One of 3 servers holds all\. One more failure stops the chat .* Server 1 is catc/,
  );
  match(coming, /Server 2 is missing\.$/);
});

test("where others may hold newer messages they are waited for, with --strict without end", () => {
  const cut = { awaited: ids(2, 1) };
  match(
    outlook(standing(3, 1, cut)),
    /still: servers 1 and 2 may hold newer messages, and are waited for\. .* again, else the chat/,
  );
  const strict = outlook(standing(3, 1, { ...cut, strict: true }));
  match(strict, /are waited for\. .* Start servers 1 and 2 again\.$/);
  match(
    standstillNotice(standing(2, 1, { awaited: ids(1, 1) })) ?? "",
    /server 1 may hold .* is wa/,
  );
  // Two are left, and may not both be done without if one of them merely falls silent.
  const pair = { strict: true };
  match(outlook(standing(3, 2, pair)), /survived; .* With --strict, one of the last two/);
  equal(outlook(standing(3, 2, { ...pair, minCopies: 2 })).includes("With --strict"), false);
  equal(outlook(standing(3, 2, { ...pair, majority: true })).includes("With --strict"), false);
});

test("what else is amiss is said besides", () => {
  match(
    outlook(standing(3, 3)),
    /^All 3 servers hold every message\. 2 more failures are survived/,
  );
  match(outlook(standing(3, 2)), /^2 of 3 servers hold every message\. .* Server 2 is missing\.$/);
  match(outlook(standing(1, 1)), /^The only server holds all messages\. One more failure stops/);
  const alone = standing(3, 1, { verified: false });
  match(outlook(alone), /Not verified: Servers 1 and 2 may hold newer messages, which will be/);
  const full = standing(3, 3, { low: ids(1, 2), isShort: true });
  match(
    outlook(full),
    /no room on the disk or in memory of server 2: no messages are taken until there is/,
  );
  match(outlook({ ...full, isShort: false }), /memory of server 2: the others go on meanwhile/);
  match(outlook(standing(3, 3, { leads: false })), /^The servers are just finding out who serves/);
});
