import nodemailer from 'nodemailer';

/** How an SMTP server is reached and waited for. */
export interface SmtpSettings {
  /** `SMTP_URL`: `smtp://` (STARTTLS where offered) or `smtps://`, user and password in it; options of nodemailer in its query. */
  url: string;
  /** Connections at the same time. */
  maxConnections: number;
}

/** For connecting, for the greeting, and for each answer after that. The URL may say otherwise (`?socketTimeout=30000`). */
const WAIT_MS = 10_000;
/** Below what servers close idle connections after, so that no message meets one that is about to close. */
const IDLE_MS = 30_000;

/** What both the pool and the test by hand begin with; what the URL says in its query wins over it. */
export function smtpOptions(url: string) {
  return {
    url,
    connectionTimeout: WAIT_MS,
    greetingTimeout: WAIT_MS,
    socketTimeout: WAIT_MS,
    dnsTimeout: WAIT_MS,
    ...(needsTls(url) ? { requireTLS: true } : {}),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Connections that stay open for the next message. Never sends anything again by itself. */
export function smtpPool({ url, maxConnections }: SmtpSettings) {
  return nodemailer.createTransport({
    ...smtpOptions(url),
    pool: true,
    maxConnections,
    maxMessages: 100,
    maxRequeues: 0,
    idleTimeout: IDLE_MS,
  });
}

/** Host and port of a server, without user and password. */
export function serverOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port === '' ? (protocol === 'smtps:' ? '465' : '587') : port}`;
}

/** A password is not sent in the clear unless the URL says so (`requireTLS=false`, `ignoreTLS=true`). */
function needsTls(url: string): boolean {
  const { username, password, searchParams } = new URL(url);
  return (username !== '' || password !== '') && !['requireTLS', 'ignoreTLS', 'opportunisticTLS'].some((name) => searchParams.has(name));
}
