// Lets this thread import TypeScript, through the tsx of this very package; starts no second Node.
// tsx keeps what it has transpiled in the temporary folder, without asking whose that is: while it
// loads, and no longer, the temporary folder is one that nobody else can write to. Without such a
// folder nothing is kept. Plain JavaScript: it runs before anything can read TypeScript.

import module from "node:module";
import * as zlib from "node:zlib";
import { putVariable } from "./node/loaderThread.js";
import { ownedFolder } from "./node/ownedFolder.js";

if (!("crc32" in zlib)) {
  console.error(`Node ${process.versions.node} is too old: install Node 20.15 or newer.`);
  process.exit(1);
}

const folder = ownedFolder();
const wanted =
  folder === null ? { name: "TSX_DISABLE_CACHE", value: "1" } : { name: "TMPDIR", value: folder };
const before = { name: wanted.name, value: process.env[wanted.name] };

// Newer Nodes need no thread of their own for reading modules.
const { register: startThread } = module;
let inThread = false;
module.register = (...wishes) => {
  inThread = true;
  return startThread(...wishes);
};
putVariable(wanted);
try {
  const { register } = await import("tsx/esm/api");
  register({ tsconfig: false });
} finally {
  putVariable(before);
  module.register = startThread;
}
// It has begun with a copy of the variables.
if (inThread) startThread("./node/loaderThread.js", { parentURL: import.meta.url, data: before });
