// What samples of whole stacks say of where processor time went: PURE. Takes the text that
// `perf script -F tid,ip,sym,dso` prints, gives counts by process and by what was being done.

/** In the order in which they are printed. */
export const doings = [
  "JavaScript",
  "Node",
  "collector",
  "compiler",
  "sockets out",
  "sockets in",
  "events",
  "disk",
  "other",
] as const;
export type Doing = (typeof doings)[number];

/** Samples, by process and by what it did there. */
export type Samples = ReadonlyMap<string, ReadonlyMap<Doing, number>>;

/** Whoever is none of those asked about; and nobody, when a processor had nothing to do. */
export const others = "others";
export const idle = "idle";

/** `processOf`: the process's name by one of its threads; undefined for anybody else's. */
export function countSamples(
  script: string,
  processOf: (thread: number) => string | undefined,
): Samples {
  const counts = new Map<string, Map<Doing, number>>();
  for (const sample of script.split("\n\n")) {
    const [head = "", ...frames] = sample.trim().split("\n");
    const thread = Number(/\d+/.exec(head)?.[0] ?? Number.NaN);
    if (Number.isNaN(thread) || frames.length === 0) continue;
    const process = thread === 0 ? nobody(frames) : (processOf(thread) ?? others);
    const doing = doingOf(frames);
    const own = counts.get(process) ?? new Map<Doing, number>();
    counts.set(process, own.set(doing, (own.get(doing) ?? 0) + 1));
  }
  return counts;
}

/** An idle processor may be interrupted, and does the network's work then. */
function nobody(frames: readonly string[]): string {
  return frames.some((frame) => frame.includes(" handle_softirqs")) ? others : idle;
}

function doingOf(frames: readonly string[]): Doing {
  const [innermost = ""] = frames;
  const stack = frames.join("\n");
  if (innermost.includes("([kernel")) {
    const found = inKernel.find(([, calls]) => calls.test(stack));
    return found?.[0] ?? "other";
  }
  if (collecting.test(stack)) return "collector";
  if (compiling.test(stack)) return "compiler";
  return compiled.test(innermost) ? "JavaScript" : "Node";
}

/** By what was called, the first that fits: a send does the receiver's part of loopback as well. */
const inKernel: readonly (readonly [Doing, RegExp])[] = [
  ["sockets out", / (sock_write_iter|sock_sendmsg|tcp_sendmsg|__sys_sendto|__sys_sendmsg) /],
  ["sockets in", / (sock_read_iter|sock_recvmsg|tcp_recvmsg|__sys_recvfrom|__sys_recvmsg) /],
  ["events", / (do_epoll_wait|do_epoll_ctl|ep_poll|__sys_epoll_pwait|eventfd_\w+|do_futex) /],
  ["disk", / (vfs_fsync_range|ext4_\w+|xfs_\w+|btrfs_\w+|blk_\w+|jbd2_\w+|ksys_pwrite64) /],
];
const collecting = /Scaveng|MarkCompact|ConcurrentMarking|Sweep|CollectGarbage|MinorGC|Evacuat/;
const compiling = /v8::internal::(compiler|turboshaft|baseline|interpreter|maglev|wasm)::|Compil/;
const compiled = /\((\/tmp\/perf-\d+\.map|\[JIT\][^)]*|\[unknown\]|\/\/anon|\/memfd:[^)]*)\)$/;
