// Disks that hang together, as those of servers on one machine do: handing over helps nobody then.
// Every scenario is judged after each event by the checkers of the cluster harness.

import { ok } from "node:assert/strict";
import { test } from "node:test";
import { given } from "../support/scenes.ts";

for (const ids of [
  [0, 1, 2],
  [0, 1],
]) {
  test(`disks of ${ids.join(" ")} hang for 2.5 s: messages go on as soon as one answers`, async () => {
    const { cluster, alice } = await given({ seed: 420 });
    const answers = ids.map((id) => cluster.hangDisk(id));
    alice.post("bob", "while the disks hang");
    await cluster.run(2_500);
    for (const answer of answers) answer();
    await cluster.until(() => alice.pending() === 0, "the confirmation", 1_000);
    await cluster.serving([0, 1, 2]);
    ok(cluster.isVerified(0));
    await cluster.finish();
  });
}
