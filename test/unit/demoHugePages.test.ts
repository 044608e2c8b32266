// The servers that are started here ask for large pages, unless the user has said otherwise.
// Whether the kernel gives them is the machine's affair: nothing of it can be promised here.

import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { LocalCluster } from "../../src/demo/localCluster.ts";
import { makeClock } from "../../src/node/clock.ts";
import { simHosts } from "../support/simHosts.ts";

function tunablesWith(env: Readonly<Record<string, string>>): (string | undefined)[] {
  const tunables: (string | undefined)[] = [];
  const cluster = new LocalCluster({
    ...{ hosts: simHosts(3), stateFolder: "nowhere", clock: makeClock(), env },
    startChild: ({ env: own }) => {
      tunables.push(own["GLIBC_TUNABLES"]);
      return { pid: 1, signal: () => undefined };
    },
  });
  for (const id of [0, 1, 2]) cluster.start(id);
  return tunables;
}

test("each server is started with large pages asked for, or with what the user has set", () => {
  const asked = "glibc.malloc.hugetlb=1";
  deepEqual(tunablesWith({}), [asked, asked, asked]);
  const own = "glibc.malloc.arena_max=2";
  deepEqual(tunablesWith({ GLIBC_TUNABLES: own }), [own, own, own]);
});
