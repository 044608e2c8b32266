#!/usr/bin/env node
// The chat in a terminal, or fed by a pipe.
// Everything is in the main it imports; it only makes Node read TypeScript first.
import "../src/node/unusedSignals.js";
import "../src/register.js";

const { main } = await import("../src/client/main.ts");
await main(process.argv.slice(2));
