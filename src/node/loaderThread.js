// What runs beside tsx in the thread that reads modules for Nodes that have one: puts a variable of
// its environment back, and says at once what an import of ours means, which is asked for each
// import of each file. Plain JavaScript: it runs where nothing can read TypeScript yet.

/** @param {{ readonly name: string, readonly value: string | undefined }} variable */
export function putVariable({ name, value }) {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** As hooks of Node's module loader begin. */
export { putVariable as initialize };

/**
 * Our imports name their files in full; all others are the next hook's.
 * @type {import("node:module").ResolveHook}
 */
export function resolve(specifier, context, nextResolve) {
  const { parentURL } = context;
  if (parentURL === undefined || !ownImport.test(specifier)) {
    return nextResolve(specifier, context);
  }
  return { url: new URL(specifier, parentURL).href, format: "module", shortCircuit: true };
}

const ownImport = /^\.\.?\/.*\.ts$/;
