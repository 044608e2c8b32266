// Two methods of Buffer that every Node has and its types leave out: the fastest ways between bytes
// and strings of one byte a character. Declarations alone; nothing here runs.

declare global {
  interface Buffer<TArrayBuffer extends ArrayBufferLike = ArrayBufferLike> {
    latin1Slice(start?: number, end?: number): string;
    latin1Write(text: string, offset?: number, length?: number): number;
  }
}

export {};
