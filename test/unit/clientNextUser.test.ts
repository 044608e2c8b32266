// Two people at one terminal, one after the other: what the first one was shown (how many messages,
// their ids, a safety number) means nothing for the second.

import assert from "node:assert/strict";
import { test } from "node:test";
import { unkeptPins } from "../../src/client/sealing/pins.ts";
import { password, run, started } from "../support/seats.ts";

test("who waits for messages waits for one's own, not for what was shown to whoever was here", async () => {
  const cluster = await started(351);
  for (const name of ["bob", "carol"]) await run(cluster, [`register ${name}`, password]);
  await run(cluster, ["register alice", password, "send bob hello"]);
  const lines = ["login bob", password, "logout", "login carol", password, "wait --for 1"];
  const script = await run(cluster, lines, { json: true });
  assert.equal(script.json("message").length, 1);
  assert.equal(script.json("error")[0]?.["code"], "timed-out");
});

test("an id that was shown to whoever was here names one's own copy of that message", async () => {
  const cluster = await started(352);
  for (const name of ["bob", "carol"]) await run(cluster, [`register ${name}`, password]);
  const makesTeam = ["group create #team", "group add #team bob carol"];
  const tells = ["send bob one", "send #team two", "send carol three"];
  await run(cluster, ["register alice", password, ...makesTeam, ...tells]);
  await run(cluster, ["login carol", password]);
  const bob = await run(cluster, ["login bob", password], { json: true });
  const id = String(bob.json("message").find(({ text }) => text === "two")?.["id"]);
  const both = ["login bob", password, "inbox", "logout", "login carol", password];
  await run(cluster, [...both, `read ${id}`]);
  const carol = await run(cluster, ["login carol", password, "inbox"], { json: true });
  const [inbox] = carol.json("inbox") as { messages: { text?: string }[] }[];
  const unread = inbox?.messages.flatMap(({ text }) => text ?? []);
  assert.deepEqual(unread, ["three"]);
});

test("a safety number that was shown to whoever was here is not held against one's own", async () => {
  const cluster = await started(353);
  for (const name of ["bob", "fay"]) await run(cluster, [`register ${name}`, password]);
  const next = ["logout", "register carol", password, "verify fay yes"];
  const lines = ["login bob", password, "verify fay", ...next];
  const script = await run(cluster, lines, { json: true, pins: unkeptPins() });
  assert.deepEqual(script.json("error"), []);
  assert.deepEqual(
    script.json("verify").map(({ verified }) => verified),
    [false, true],
  );
});
