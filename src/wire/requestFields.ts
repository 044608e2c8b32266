// What every request begins with: its number, and up to where the client holds all replies. Shared
// by the parts of the table; nothing else stands here.

export const requestFields = { request: "uint", received: "uint" } as const;
