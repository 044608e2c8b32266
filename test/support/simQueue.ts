// The event queue behind virtual time: a binary heap ordered by instant, then phase, then the order
// in which events were pushed. Nothing else decides, so that equal runs are equal.
// Cancelled events stay until they come up; whoever pops looks at `cancelled`.

export type Phase = "timer" | "input" | "soon";

export interface QueuedEvent {
  /** Moved only by whoever has taken the event out of the queue. */
  atMs: number;
  readonly phase: Phase;
  /** Set by `push`. */
  sequence: number;
  readonly run: () => void;
  readonly owner: { park(event: QueuedEvent): boolean };
  cancelled?: boolean;
}

const phaseRank = { timer: 0, input: 1, soon: 2 } as const;

export interface EventQueue {
  push(event: QueuedEvent): void;
  peek(): QueuedEvent | undefined;
  pop(): QueuedEvent | undefined;
}

export function makeEventQueue(): EventQueue {
  const heap: QueuedEvent[] = [];
  let pushed = 0;
  return {
    push: (event) => {
      pushed += 1;
      event.sequence = pushed;
      heap.push(event);
      siftUp(heap, heap.length - 1);
    },
    peek: () => heap[0],
    pop: () => {
      const first = heap[0];
      const last = heap.pop();
      if (first !== undefined && last !== undefined && first !== last) {
        heap[0] = last;
        siftDown(heap, 0);
      }
      return first;
    },
  };
}

function precedes(left: QueuedEvent, right: QueuedEvent): boolean {
  if (left.atMs !== right.atMs) return left.atMs < right.atMs;
  const ranks = phaseRank[left.phase] - phaseRank[right.phase];
  return ranks === 0 ? left.sequence < right.sequence : ranks < 0;
}

function siftUp(heap: QueuedEvent[], start: number): void {
  let index = start;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!swapIfBefore(heap, index, parent)) return;
    index = parent;
  }
}

function siftDown(heap: QueuedEvent[], start: number): void {
  let index = start;
  for (;;) {
    const left = index * 2 + 1;
    const right = left + 1;
    const leftEvent = heap[left];
    const rightEvent = heap[right];
    if (leftEvent === undefined) return;
    const child = rightEvent !== undefined && precedes(rightEvent, leftEvent) ? right : left;
    if (!swapIfBefore(heap, child, index)) return;
    index = child;
  }
}

function swapIfBefore(heap: QueuedEvent[], lower: number, upper: number): boolean {
  const below = heap[lower];
  const above = heap[upper];
  if (below === undefined || above === undefined || !precedes(below, above)) return false;
  heap[lower] = above;
  heap[upper] = below;
  return true;
}
