// Signals that mean nothing to any program of ours, from its first moment on: without a listener
// SIGUSR1 opens Node's debugger to everybody on this machine, who reads all secrets there, and
// SIGUSR2 kills. Plain JavaScript: it runs before anything can read TypeScript. Worker threads get
// no signals. Whoever wishes for a debugger says so with --inspect.

for (const signal of ["SIGUSR1", "SIGUSR2"]) process.on(signal, () => {});
// One that came while Node itself began has opened it already, or does so in a moment.
if (process.features.inspector && !isDebuggerWanted()) {
  const { default: inspector } = await import("node:inspector");
  const closeOpened = () => {
    if (inspector.url() === undefined) return;
    inspector.close();
    process.stderr.write("Node's debugger, which a SIGUSR1 had opened, is closed again.\n");
  };
  closeOpened();
  setImmediate(closeOpened);
}

function isDebuggerWanted() {
  const given = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""];
  // An editor's debugger is brought along by what it has us require.
  return given.some((option) => /--inspect(?!-p)|--require|-r\b/.test(option));
}
