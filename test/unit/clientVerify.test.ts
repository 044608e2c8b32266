// Who is shown a safety number at a terminal is asked at once whether it is the same there: what
// counts as a yes, what as a no, and what is said of anything else.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bobAt, enter, password, run, shows, started } from "../support/seats.ts";
import type { Cluster } from "../support/cluster.ts";
import type { Person } from "../support/simFaces.ts";

/** Bob has been shown the number of himself and fay, and is asked. */
async function asked(seed: number): Promise<{ cluster: Cluster; bob: Person }> {
  const cluster = await started(seed);
  await run(cluster, ["register fay", password]);
  const bob = await bobAt(cluster, { columns: 80 });
  bob.type(`verify fay${enter}`);
  await cluster.until(() => shows(bob, "is it the same there?"), "the question");
  return { cluster, bob };
}

test("the command that was named beside the number is a yes, like yes itself", async () => {
  for (const [at, answer] of ["yes", " Y ", "verify fay yes", "/VERIFY  Fay YES"].entries()) {
    const { cluster, bob } = await asked(380 + at);
    bob.type(`${answer}${enter}`);
    await cluster.until(() => shows(bob, "fay is verified."), answer);
    assert.ok(!shows(bob, "not marked"));
  }
});

test("no is a no, and what is neither is said to be neither; fay is marked by none of them", async () => {
  const neither = "That is neither yes nor no, and nothing was done: ";
  for (const [at, [answer, said]] of (
    [
      ["NO", ""],
      ["n", ""],
      ["maybe", neither],
      ["", neither],
      ["verify bob yes", neither],
      ["verify fay no", neither],
      ["send fay hello", neither],
    ] as const
  ).entries()) {
    const { cluster, bob } = await asked(390 + at);
    bob.type(`${answer}${enter}`);
    await cluster.until(() => bob.rows().at(-1) === "bob>", "the end of it");
    assert.equal(bob.rows().at(-2), `${said}fay is not marked as verified.`, answer);
    assert.ok(!shows(bob, "fay is verified."));
  }
});

test("of whom is marked as verified the number is shown, and nothing is asked", async () => {
  const { cluster, bob } = await asked(399);
  bob.type(`yes${enter}`);
  await cluster.until(() => shows(bob, "fay is verified."), "the mark");
  bob.type(`verify fay${enter}`);
  const isDone = (): boolean => bob.rows().filter((row) => row === "bob> verify fay").length === 2;
  await cluster.until(isDone, "the command");
  await cluster.run(500);
  assert.equal(bob.rows().at(-1), "bob>");
});

test("what was typed ahead of the question is a command, and no answer to it", async () => {
  const cluster = await started(379);
  await run(cluster, ["register fay", password]);
  const bob = await bobAt(cluster, { columns: 80 });
  bob.type(`verify fay${enter}help quit${enter}`);
  await cluster.until(() => shows(bob, "log out and leave"), "the command");
  assert.ok(!shows(bob, "is it the same there?") && !shows(bob, "fay is not marked"));
});
