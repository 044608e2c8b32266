// Lets this thread import TypeScript, through the tsx of this very package; starts no second Node.
// tsx keeps what it has transpiled in the temporary folder, without asking whose that is: while it
// loads, and no longer, the temporary folder is one that nobody else can write to. Without such a
// folder nothing is kept. Plain JavaScript: it runs before anything can read TypeScript.

import module from "node:module";
import * as zlib from "node:zlib";
import { ownedFolder } from "./node/ownedFolder.js";
import { putVariable } from "./node/variable.js";

if (!("crc32" in zlib)) {
  console.error(`Node ${process.versions.node} is too old: install Node 20.15 or newer.`);
  process.exit(1);
}

/** @param {string} folder */
async function registerKeeping(folder) {
  const before = { name: "TMPDIR", value: process.env["TMPDIR"] };
  const { register: startThread } = module;
  let inThread = false;
  module.register = (...wishes) => {
    inThread = true;
    return startThread(...wishes);
  };
  putVariable({ name: "TMPDIR", value: folder });
  try {
    await registerTsx();
  } finally {
    putVariable(before);
    module.register = startThread;
  }
  // A thread of tsx has begun with a copy of the variables.
  if (inThread) startThread("./node/variable.js", { parentURL: import.meta.url, data: before });
}

async function registerTsx() {
  const { register } = await import("tsx/esm/api");
  register({ tsconfig: false });
}

const folder = ownedFolder();
if (folder !== null) {
  await registerKeeping(folder);
} else {
  process.env["TSX_DISABLE_CACHE"] = "1";
  await registerTsx();
}
