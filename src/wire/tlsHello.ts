// How TLS looks to whoever expects frames: a handshake record of TLS 1.x. No connection of ours
// begins with a ping of 768 bytes or more, which is what it would be here.
// It recognizes TLS, and speaks none.

const handshakeRecord = 0x16;
const majorVersion = 0x03;

export function looksLikeTls(chunk: Buffer): boolean {
  return chunk[0] === handshakeRecord && chunk[1] === majorVersion;
}
