// The bounds and timeouts of the demo alone: it starts servers as children, and plays on them. What
// the product itself keeps to stands in limits.ts.

/** How long a child server may take to stop in order. */
export const childStopMs = 3_000;
export const demoStartMs = 30_000;
export const demoStartTriesMax = 3;
/** Below the ephemeral range, where a connect to a dead port may reach itself. */
export const demoPortMin = 20_000;
export const demoPortMax = 32_000;
/** How long a command of the demo waits for what it caused. */
export const demoTakeoverShownMs = 1_000;
/** After `:start`: loading the program, catching up, and the wait for those that may know more. */
export const demoBackShownMs = 15_000;
export const botPauseMs = 300;
/** How often the bot looks for the keys of who has just come. */
export const greetingLooksMax = 20;
export const talkGapMs = 4;
export const quietMs = 30_000;
