import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { buildConnector, Client } from 'undici';
import type { Dispatcher } from 'undici';
import { messageOf } from '../../../core/errors.ts';
import type { AddressGuard } from './address-guard.ts';
import type { GuardedHttp, HttpAnswer, HttpOutcome, HttpRequest } from './guarded-http.ts';

/** Every address of a name, as the machine's resolver has it. Rejects with the error of `node:dns`. */
export type Resolver = (hostname: string) => Promise<readonly string[]>;

/** What a guarded sender needs. */
export interface GuardedFetchOptions {
  resolve: Resolver;
  refusalOf: AddressGuard;
  /** For name, connection, headers and body together, milliseconds; 10,000 unless given. */
  timeoutMs?: number;
  /** Certificates (PEM) to trust in the place of the usual ones. */
  ca?: string;
}

const TIMEOUT_MS = 10_000;
const MAX_REQUEST_BYTES = 1_048_576;
const MAX_ANSWER_BYTES = 65_536;

/** The guard said no; nothing was sent. */
class Refusal extends Error {}

/** How far a request has come. */
interface Progress {
  stage: string;
  addresses: readonly string[];
  connectedTo: string;
}

/**
 * Makes the sender. Each request resolves the name once, refuses when a single address of it is not to be connected to, connects to one of the
 * very addresses that were checked (there is no second look-up that could answer otherwise), checks the address of the connection again, and
 * keeps no connection for the next one.
 */
export function createGuardedHttp(options: GuardedFetchOptions): GuardedHttp {
  return { post: (url, request) => post(options, url, request) };
}

/** Says why nothing would be sent to a URL; undefined when it would. Connects to nothing; rejects when the name cannot be resolved. */
export async function urlRefusal(options: Pick<GuardedFetchOptions, 'resolve' | 'refusalOf'>, url: string): Promise<string | undefined> {
  try {
    const target = targetOf(url);
    assertAllowed(options.refusalOf, target, await resolved(options.resolve, target, new AbortController().signal));
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

async function post(options: GuardedFetchOptions, url: string, request: HttpRequest): Promise<HttpOutcome> {
  const { timeoutMs = TIMEOUT_MS } = options;
  const progress: Progress = { stage: 'resolving its name', addresses: [], connectedTo: '' };
  const ending = endingOf(timeoutMs, request.signal);
  try {
    const target = targetOf(url);
    assertSize(request.body);
    progress.addresses = await resolved(options.resolve, target, ending.signal);
    assertAllowed(options.refusalOf, target, progress.addresses);
    progress.stage = 'connecting';
    const answer = await exchange({ options, target, progress, signal: ending.signal }, request);
    return { kind: 'answered', answer, addresses: progress.addresses, connectedTo: progress.connectedTo };
  } catch (error) {
    const { addresses, stage } = progress;
    if (error instanceof Refusal) return { kind: 'refused', reason: error.message, addresses };
    if (request.signal.aborted) return { kind: 'aborted', reason: 'The platform stopped before there was an answer.', addresses };
    if (ending.signal.aborted) {
      return {
        kind: 'timeout',
        reason: `There was no answer within ${String(timeoutMs / 1_000)} s; the time ended while ${stage}.`,
        addresses,
      };
    }
    return { kind: 'failed', reason: reasonOf(error), addresses };
  } finally {
    ending.done();
  }
}

/** A timer of our own: it must hold the process, and end with the request. */
function endingOf(timeoutMs: number, outer: AbortSignal): { signal: AbortSignal; done: () => void } {
  const controller = new AbortController();
  const end = () => controller.abort();
  const timer = setTimeout(end, timeoutMs);
  if (outer.aborted) end();
  outer.addEventListener('abort', end, { once: true });
  return {
    signal: controller.signal,
    done: () => {
      clearTimeout(timer);
      outer.removeEventListener('abort', end);
    },
  };
}

interface Target {
  url: URL;
  /** A name, or an address without brackets. */
  host: string;
  port: number;
}

/** The address as browsers read it, so that every notation of a number becomes the address that it means. */
function targetOf(text: string): Target {
  if (!URL.canParse(text)) throw new Refusal('The URL cannot be read; write it as https://host.example.com/path.');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new Refusal(`The URL begins with ${url.protocol}, and only https: and http: are sent to.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new Refusal('The URL has a user name or password; leave them out and use a header or the signature.');
  }
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  if (port === 0) throw new Refusal('The URL has port 0, which nothing listens on.');
  return { url, host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

function assertSize(body: string): void {
  const bytes = Buffer.byteLength(body);
  if (bytes <= MAX_REQUEST_BYTES) return;
  throw new Refusal(`The body has ${String(bytes)} bytes, more than the 1 MB that is sent; make it shorter.`);
}

async function resolved(resolve: Resolver, { host }: Target, signal: AbortSignal): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const addresses = await orEnd(resolve(host), signal);
  if (addresses.length === 0) throw new Error(`The name ${host} has no address.`);
  return addresses;
}

/** The system's resolver cannot be stopped, but nobody has to wait for it. */
function orEnd<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('ended'));
    if (signal.aborted) ended();
    signal.addEventListener('abort', ended, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', ended));
  });
}

/** One bad address of several is enough: which one would be taken is chance. */
function assertAllowed(refusalOf: AddressGuard, { host, port }: Target, addresses: readonly string[]): void {
  for (const address of addresses) {
    const refusal = refusalOf(address, port);
    if (refusal === undefined) continue;
    const named = isIP(host) === 0 ? `${host} resolves to ${address}, which` : address;
    throw new Refusal(`${named} ${refusal}.`);
  }
}

interface Exchange {
  options: GuardedFetchOptions;
  target: Target;
  progress: Progress;
  signal: AbortSignal;
}

async function exchange(context: Exchange, { headers, body }: HttpRequest): Promise<HttpAnswer> {
  const { url } = context.target;
  const client = new Client(url.origin, { connect: connectorOf(context), headersTimeout: 0, bodyTimeout: 0, maxHeaderSize: 16_384 });
  try {
    const answer = await client.request({
      path: `${url.pathname}${url.search}`,
      method: 'POST',
      headers: uncompressed(headers),
      body,
      signal: context.signal,
      reset: true,
    });
    return { status: answer.statusCode, headers: headersOf(answer.headers), ...(await beginningOf(answer.body)) };
  } finally {
    void client.destroy().catch(() => undefined); // Nothing waits for a connection that is not used again.
  }
}

/** What is compressed would be cut before it can be read. */
function uncompressed(headers: HttpRequest['headers']): Record<string, string> {
  const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'accept-encoding');
  return { ...Object.fromEntries(others), 'Accept-Encoding': 'identity' };
}

/** undici asks no look-up for an address that is written as a number, so that the connection itself is checked in the end. */
function connectorOf({ options, target, progress }: Exchange): buildConnector.connector {
  const { refusalOf, ca, timeoutMs = TIMEOUT_MS } = options;
  const connect = buildConnector({
    timeout: timeoutMs,
    allowH2: false,
    maxCachedSessions: 0,
    rejectUnauthorized: true,
    autoSelectFamily: true,
    lookup: pinned(progress.addresses),
    ...(ca === undefined ? {} : { ca }),
  });
  return (asked, callback) =>
    connect(asked, (error, socket) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      const { remoteAddress = '' } = socket;
      const refusal = refusalOf(remoteAddress, target.port);
      if (refusal === undefined) {
        progress.connectedTo = remoteAddress;
        progress.stage = 'waiting for the answer';
        callback(null, socket);
        return;
      }
      socket.destroy();
      callback(new Refusal(`The connection went to ${remoteAddress}, which ${refusal}.`), null);
    });
}

/** A look-up that knows the checked addresses and nothing else. */
function pinned(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, { all: wantsAll }, callback) => {
    const [first = { address: '', family: 0 }] = all;
    if (wantsAll === true) callback(null, all);
    else callback(null, first.address, first.family);
  };
}

/** What follows the headers is for reading only: a body that never ends, or breaks off, changes nothing about the status. */
async function beginningOf(body: Dispatcher.ResponseData['body']): Promise<Pick<HttpAnswer, 'body' | 'cut'>> {
  body.on('error', () => undefined); // The loop below says it; leaving the loop early is none.
  const chunks: Buffer[] = [];
  let bytes = 0;
  let cut = false;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes <= MAX_ANSWER_BYTES) continue;
      cut = true;
      break;
    }
  } catch {
    cut = true;
  }
  return { body: Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString('utf8'), cut };
}

function headersOf(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

/** What the codes of DNS, TCP, TLS and HTTP mean for whoever has to mend it. */
const REASONS: readonly [RegExp, string][] = [
  [/^ENOTFOUND$|^ENODATA$/, 'The name of the host is not known to DNS'],
  [/^EAI_|^ESERVFAIL$|^ETIMEOUT$/, 'DNS did not answer'],
  [/^ECONNREFUSED$/, 'Nothing listens there (connection refused)'],
  [/^ECONNRESET$|^EPIPE$|^UND_ERR_SOCKET$/, 'The receiver closed the connection without an answer'],
  [/^EHOSTUNREACH$|^ENETUNREACH$|^EADDRNOTAVAIL$/, 'There is no way to the address from here'],
  [/^ETIMEDOUT$|^UND_ERR_CONNECT_TIMEOUT$/, 'The address did not take the connection in time'],
  [/^CERT_HAS_EXPIRED$/, 'The certificate of the receiver has expired'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'The certificate of the receiver is for another name'],
  [/SELF_SIGNED|UNABLE_TO|^CERT_|^ERR_TLS|^ERR_SSL|^EPROTO$/, 'TLS could not be agreed, or the certificate is not trusted'],
  [/^UND_ERR_HEADERS_OVERFLOW$/, 'The headers of the answer are longer than 16 KB'],
  [/^HPE_/, 'What came back is no HTTP'],
];

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = REASONS.find(([pattern]) => pattern.test(code))?.[1];
  return known === undefined ? messageOf(error) : `${known} (${code}).`;
}
