// The form of a sealed body: a tag that says for which keys it was sealed, a full stop, and what is
// sealed, in base64url. Nothing in it is ever escaped. To whom the tag belongs is decided in chat/.

const form = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

export function isSealedBody(body: string): boolean {
  return form.test(body);
}

/** Whether that is the tag it was sealed under. */
export function hasTag(body: string, tag: string): boolean {
  return body.startsWith(tag) && body.charCodeAt(tag.length) === fullStop;
}

const fullStop = 0x2e;
