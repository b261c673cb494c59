/*
 * What actions may say, free of zod: the API's schemas and the forms of nodes judge by it and use the same words.
 */

/** One line of a header: what it says must not begin another one. */
export const ONE_LINE = /^[^\r\n\0]*$/;
/** An address of the web. */
export const WEB_PROTOCOL = /^https?$/;
/** The name of a header. */
export const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
/** What HTTP can carry as the value of a header. */
export const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Headers that the platform sets itself, or that would change how the request is framed. */
export const OWN_HEADERS =
  /^(host|connection|content-length|content-type|transfer-encoding|te|upgrade|trailer|expect|keep-alive|proxy-.*|x-insa-.*|webhook-.*)$/i;
/** The name of a command. */
export const COMMAND_NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/;

/** What the API shows instead of the value of a header of a stored rule; sent back, it stands for the value that is stored. */
export const MASKED_HEADER = '********';

/** How long and how many things may be. */
export const ACTION_LIMITS = {
  recipients: 100,
  subject: 200,
  text: 5_000,
  url: 2_000,
  headers: 20,
  headerValue: 4_000,
  topic: 500,
  payload: 50_000,
  timeoutSeconds: 3_600,
} as const;

/** What is wrong, in words. */
export const ACTION_WORDS = {
  address: 'Enter an address such as ops@example.com.',
  noAddress: 'Enter at least one address, such as ops@example.com.',
  oneLine: 'It has a line break, which a header must not have; write it in one line.',
  protocol: 'Enter an address that begins with https:// or http://.',
  login: 'It has a user name or password; leave them out and use a header or the signature.',
  headerName: 'The name of a header has letters, digits and - only.',
  headerValue: 'It has characters that a header cannot carry; use letters of Latin-1.',
  headers: 'It has more than 20 headers; leave some out.',
  ownHeader: 'It sets a header that the platform sets itself (Host, Content-*, X-INSA-*, Webhook-*); leave it out.',
  commandName: 'The name of a command has 1-100 letters, digits and . _ : -, and starts with a letter or digit.',
} as const;

/** True for an address with a user name or password in it. */
export function hasLogin(url: string): boolean {
  return /^https?:\/\/[^/?#]*@/i.test(url);
}

/** What is wrong with headers, or undefined when nothing is. */
export function headersProblem(headers: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(headers);
  if (entries.length > ACTION_LIMITS.headers) return ACTION_WORDS.headers;
  for (const [name, value] of entries) {
    if (!HEADER_NAME.test(name)) return `"${name}": ${ACTION_WORDS.headerName}`;
    if (OWN_HEADERS.test(name)) return `"${name}": ${ACTION_WORDS.ownHeader}`;
    if (!ONE_LINE.test(value)) return `"${name}": ${ACTION_WORDS.oneLine}`;
    if (!HEADER_VALUE.test(value)) return `"${name}": ${ACTION_WORDS.headerValue}`;
    if (value.length > ACTION_LIMITS.headerValue) {
      return `"${name}": It has ${String(value.length)} characters; at most ${String(ACTION_LIMITS.headerValue)} are allowed, so shorten it.`;
    }
  }
  return undefined;
}
