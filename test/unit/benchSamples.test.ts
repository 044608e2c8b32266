// Where the bench says that processor time went, from stacks as perf prints them. No time is
// measured here.

import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { countSamples } from "../bench/samples.ts";

const kernel = "([kernel.kallsyms])";
const node = "(/usr/bin/node)";
const script = `700 
	          9d72ac node::StreamBase::Writev ${node}
	    7ff4d81a9512 JS:*clearBuffer node:internal/streams/writable:744:21 (/tmp/perf-700.map)

701 
	    7f3467961aed [unknown] (/tmp/perf-700.map)

700 
	ffffffff815e27ff tcp_ack ${kernel}
	ffffffff816c76c9 handle_softirqs ${kernel}
	ffffffff815e27ff tcp_sendmsg ${kernel}
	ffffffff8175583c ksys_write ${kernel}
	         14b8865 uv__write ${node}

800 
	          c494db v8::internal::Scavenger::Process ${node}

    0 
	ffffffff815e27ff default_idle ${kernel}

    0 
	ffffffff815e27ff handle_softirqs ${kernel}
	ffffffff816c76c9 default_idle ${kernel}

9999 
	ffffffff815e27ff ext4_sync_file ${kernel}
	ffffffff8175583c vfs_fsync_range ${kernel}
`;

test("a sample counts for its process, and for what its innermost calls were about", () => {
  const names = new Map([
    [700, "primary"],
    [701, "primary"],
    [800, "load"],
  ]);
  const found = countSamples(script, (thread) => names.get(thread));
  const counts = [...found].map(([who, by]) => [who, Object.fromEntries(by)]);
  deepEqual(Object.fromEntries(counts), {
    primary: { Node: 1, JavaScript: 1, "sockets out": 1 },
    load: { collector: 1 },
    idle: { other: 1 },
    others: { other: 1, disk: 1 },
  });
});
