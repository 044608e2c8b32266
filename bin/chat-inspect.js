#!/usr/bin/env node
// Prints any state that a server's folder holds, as JSON.
// Everything is in the main it imports; it only makes Node read TypeScript first.
import "../src/node/unusedSignals.js";
import "../src/register.js";

const { main } = await import("../src/server/inspect.ts");
await main(process.argv.slice(2));
