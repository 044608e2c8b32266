#!/usr/bin/env node
// One server of the chat.
// Everything is in the main it imports; it only makes Node read TypeScript first.
import "../src/node/unusedSignals.js";
import "../src/register.js";

const { main } = await import("../src/server/main.ts");
await main(process.argv.slice(2));
