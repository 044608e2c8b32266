// The event queue behind virtual time: a binary heap ordered by instant, then phase, then the order
// in which events were pushed. Nothing else decides, so that equal runs are equal.
// Cancelled events stay until they come up; whoever pops looks at `cancelled`.

/** In Node's order: timers, then input (sockets, disks), then `soon`. */
export const phases = { timer: 0, input: 1, soon: 2 } as const;
export type Phase = (typeof phases)[keyof typeof phases];

export interface QueuedEvent {
  /** Moved only by whoever has taken the event out of the queue. */
  atMs: number;
  readonly phase: Phase;
  /** Among those of one instant: phase, then when it was pushed. Set by `push`. */
  rank: number;
  readonly cancelled: boolean;
}

/** More events than are ever pushed. */
const ranksPerPhase = 2 ** 50;

export class EventQueue<Event extends QueuedEvent> {
  readonly #heap: Event[] = [];
  #pushed = 0;

  push(event: Event): void {
    this.#pushed += 1;
    event.rank = event.phase * ranksPerPhase + this.#pushed;
    const heap = this.#heap;
    const { atMs, rank } = event;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex] as Event;
      if (parent.atMs < atMs || (parent.atMs === atMs && parent.rank < rank)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = event;
  }

  peek(): Event | undefined {
    return this.#heap[0];
  }

  pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last !== undefined && first !== last) siftDown(heap, last);
    return first;
  }
}

/** From the top, which is free. */
function siftDown<Event extends QueuedEvent>(heap: Event[], event: Event): void {
  const { atMs, rank } = event;
  const { length } = heap;
  let index = 0;
  for (;;) {
    let childIndex = index * 2 + 1;
    if (childIndex >= length) break;
    let child = heap[childIndex] as Event;
    const otherIndex = childIndex + 1;
    if (otherIndex < length) {
      const other = heap[otherIndex] as Event;
      if (other.atMs < child.atMs || (other.atMs === child.atMs && other.rank < child.rank)) {
        child = other;
        childIndex = otherIndex;
      }
    }
    if (atMs < child.atMs || (atMs === child.atMs && rank < child.rank)) break;
    heap[index] = child;
    index = childIndex;
  }
  heap[index] = event;
}
