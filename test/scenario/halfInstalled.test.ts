// A view that was begun, and that only one server has installed: the others hold the older one, and
// those it needs have died and come back meanwhile. Somebody must lead out of that.

import { test } from "node:test";
import { Cluster } from "../support/cluster.ts";

/** The server dies right behind its word of that kind, and is back at once. */
function dieBehind(cluster: Cluster, id: number, word: string): void {
  let isDue = true;
  cluster.speech.listener = (type, from) => {
    if (!isDue || type !== word || from !== id) return;
    isDue = false;
    cluster.clock.arrive(0, () => {
      cluster.crash(id);
      cluster.clock.arrive(20, () => cluster.restart(id));
    });
  };
}

test("goes on when one alone holds a newer view, and those whom it needs have restarted", async () => {
  const cluster = new Cluster({ seed: 1, servers: 4 });
  await cluster.start();
  cluster.split({ left: [0, 1], right: [2, 3] });
  dieBehind(cluster, 1, "promise");
  await cluster.until(() => cluster.inspect(0).views.length > 1, "server 0 to install a view");
  dieBehind(cluster, 3, "promise");
  await cluster.run(1_500);
  cluster.heal();
  // Server 2 counts itself and 0 as enough of the view that it knows; 0 knows that it is outdated.
  await cluster.serving([0, 1, 2, 3], 5_000);
  await cluster.finish();
});
