// Lets this thread import TypeScript, through the tsx of this very package; starts no second Node.
// tsx's cache stays off: it runs code from a shared temporary folder without asking whose it is.
// Plain JavaScript, because it runs before anything can read TypeScript; decides nothing.
import * as zlib from "node:zlib";

if (!("crc32" in zlib)) {
  console.error(`Node ${process.versions.node} is too old: install Node 20.15 or newer.`);
  process.exit(1);
}
process.env["TSX_DISABLE_CACHE"] = "1";
const { register } = await import("tsx/esm/api");
register({ tsconfig: false });
