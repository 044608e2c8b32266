#!/usr/bin/env node
// Three servers, a client and a friendly bot on this machine.
// Everything is in the main it imports; it only makes Node read TypeScript first.
import "../src/node/unusedSignals.js";
import "../src/register.js";

const { main } = await import("../src/demo/main.ts");
await main(process.argv.slice(2));
