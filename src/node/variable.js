// Sets a variable of the environment, or takes it away, in this thread or (where hooks of Node's
// module loader begin) in the one that reads modules for it. Plain JavaScript, as what it serves.

/** @param {{ readonly name: string, readonly value: string | undefined }} variable */
export function putVariable({ name, value }) {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

export { putVariable as initialize };
