// The compaction thread's first file: a worker thread cannot read TypeScript by itself.
// All work is in compactionWorker.ts.
import "../register.js";

await import("./compactionWorker.ts");
