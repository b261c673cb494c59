import { accessSync, constants, statSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

/**
 * The shapes a variable's text may have. Each answers the typed value, or says in half a sentence what the text must be:
 * the message is read as "MQTT_PORT is "70000", but must be <message>".
 */

/** A TCP port; 0 has the meaning given. */
export function port(zeroMeans: string): z.ZodType<number, string> {
  return wholeNumber(0, 65_535, `a port from 0 to 65535 (0 ${zeroMeans})`);
}

/** A whole number within limits, written in decimal digits alone. */
export function wholeNumber(
  min: number,
  max: number,
  what = `a whole number from ${String(min)} to ${String(max)}`,
): z.ZodType<number, string> {
  return shape(what, (text) => {
    const value = Number(text);
    return /^\d{1,15}$/.test(text) && value >= min && value <= max ? value : undefined;
  });
}

/** `true` or `false`, in any case. */
export const switchValue: z.ZodType<boolean, string> = shape('true or false', (text) => {
  const known: Record<string, boolean> = { true: true, false: false, '1': true, '0': false };
  return known[text.toLowerCase()];
});

/** One of a few words. */
export function oneOf<const Word extends string>(words: readonly Word[]): z.ZodType<Word, string> {
  return shape(`one of ${words.join(', ')}`, (text) => words.find((word) => word === text.toLowerCase()));
}

/** Text of one line whose whole matches. */
export function matching(pattern: RegExp, what: string): z.ZodType<string, string> {
  return shape(what, (text) => (pattern.test(text) ? text : undefined));
}

/** Text of at least `bytes` bytes in UTF-8. */
export function atLeastBytes(bytes: number): z.ZodType<string, string> {
  return shape(`at least ${String(bytes)} bytes long`, (text) => (Buffer.byteLength(text) >= bytes ? text : undefined));
}

/** An address with one of the schemes (without colon). */
export function urlOf(schemes: readonly string[], example: string): z.ZodType<string, string> {
  const starts = schemes.map((scheme) => `${scheme}://`);
  return shape(`an address that starts with ${starts.join(' or ')}, for example ${example}`, (text) => {
    const start = starts.find((candidate) => text.toLowerCase().startsWith(candidate));
    if (start === undefined || /\s/.test(text)) return undefined;
    // A database may be reached by its socket, with no host in the address at all; URL then needs one to judge the rest.
    return URL.canParse(text) || URL.canParse(text.replace(/^([a-z]+:\/\/[^/?#]*@?)([/?#]|$)/i, '$1localhost$2')) ? text : undefined;
  });
}

/** The base of links to this installation, without a slash at its end. */
export const publicUrl: z.ZodType<string, string> = shape(
  'an address such as https://iot.example.com, without user, query or fragment',
  (text) => {
    if (!URL.canParse(text)) return undefined;
    const url = new URL(text);
    const isPlain = (url.protocol === 'http:' || url.protocol === 'https:') && url.search === '' && url.hash === '' && url.username === '';
    return isPlain ? url.href.replace(/\/+$/, '') : undefined;
  },
);

/** A host name or IP address to listen on. */
export const listenAddress: z.ZodType<string, string> = shape('an IP address or host name to listen on', (text) =>
  isIP(text) !== 0 || /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/.test(text)
    ? text
    : undefined,
);

/** Networks or single addresses, separated by commas. */
export const networks: z.ZodType<readonly string[], string> = listOf(
  'IP addresses or networks such as 10.0.0.0/8, separated by commas',
  isNetwork,
);

const PROXY_NAMES = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** Proxies as Express takes them: addresses, networks, or its names for ranges. */
export const proxies: z.ZodType<readonly string[], string> = listOf(
  'IP addresses or networks of proxies, or loopback, linklocal, uniquelocal, separated by commas',
  (entry) => PROXY_NAMES.has(entry) || isNetwork(entry),
);

const MAIL_ADDRESS = /^[^\s@<>,]+@[^\s@<>,]+$/;

/** An e-mail address, alone or after a name: `Plant <plant@example.com>`. */
export const mailbox: z.ZodType<string, string> = shape('an e-mail address, for example "Plant <plant@example.com>"', (text) => {
  const bare = /^[^<>,@]*<([^<>]+)>$/.exec(text)?.[1] ?? text;
  return MAIL_ADDRESS.test(bare) ? text : undefined;
});

/** E-mail addresses, separated by commas. */
export const mailAddresses: z.ZodType<readonly string[], string> = listOf('e-mail addresses, separated by commas', (entry) =>
  MAIL_ADDRESS.test(entry),
);

/** A file that exists and that this process may read. */
export const readableFile: z.ZodType<string, string> = shape('the path of a file that can be read', (text) => {
  try {
    accessSync(text, constants.R_OK);
    return statSync(text).isFile() ? text : undefined;
  } catch {
    return undefined;
  }
});

/** The path of a folder, which need not exist yet. */
export const folder: z.ZodType<string, string> = shape('the path of a folder', (text) => (text.includes('\0') ? undefined : text));

function shape<Value>(what: string, read: (text: string) => Value | undefined): z.ZodType<Value, string> {
  return z.string().transform((text, context): Value => {
    const value = read(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: what });
    return z.NEVER;
  });
}

function listOf(what: string, isEntry: (entry: string) => boolean): z.ZodType<readonly string[], string> {
  return shape(what, (text) => {
    const entries = text.split(',').map((entry) => entry.trim());
    return entries.every(isEntry) ? entries : undefined;
  });
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128)) return false;
  new BlockList().addSubnet(address, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
  return true;
}
