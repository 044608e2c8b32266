// How much garbage may gather before all of the heap is looked through. Buffers that came and went
// count as garbage, but the heap's own size is the measure, and ours is small: left to itself the
// engine collects four times a second under load, which took a tenth of all processor time. The
// setting is read by each collection anew, so that it may be made while the process runs.

import { setFlagsFromString } from "node:v8";

/** Per cent of what is alive: some 60 MB, whatever is stored, as letters lie outside the heap. */
const garbagePercent = 400;

export function letGarbageGather(): void {
  setFlagsFromString(`--heap-growing-percent=${garbagePercent}`);
}
