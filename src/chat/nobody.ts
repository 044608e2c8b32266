// Listeners for who applies records and tells nobody: the worker that builds images, and whoever
// lives a lost branch through once more. They do nothing.

import type { ChatEvents } from "./contract.ts";

export const nobody: ChatEvents = {
  isOpen: false,
  mail: () => undefined,
  isTold: () => false,
  status: () => undefined,
  unopened: () => undefined,
  groupNote: () => undefined,
  sessionEnded: () => undefined,
};
