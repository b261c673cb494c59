import { messageOf } from '../../../core/errors.ts';
import type { Channel, Delivery, Outcome } from '../../types.ts';
import type { AlertEmailDeps } from './alert-email.ts';
import { oneLine } from './content.ts';
import { messageOfDelivery, UnsendableError } from './message.ts';
import type { EmailMessage } from './message.ts';
import { outcomeOfFailure, outcomeOfSuccess } from './outcome.ts';
import type { ReportSource } from './report-email.ts';
import { serverOf, smtpPool } from './smtp.ts';
import { smtpUrlFault } from './smtp-url.ts';
import { EmailTemplates } from './templates.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Messages at the same time, each on a connection of its own. */
const AT_ONCE = 5;
/** A server that hangs at some recipients must not keep e-mails to the others waiting: a message that takes longer than this lets another one begin. */
const SLOW = { afterMs: SECOND, atMost: 20 };
/** Messages to one recipient at the same time. */
const PER_RECIPIENT = 2;
/** One try in all, from making the message to the server's last word: a server that lets drop a byte now and then is given up after this long. */
const LONGEST_SEND_MS = 60 * SECOND;

/** What the channel of e-mail is made of. */
export interface EmailChannelOptions extends AlertEmailDeps {
  /** `SMTP_URL` and `MAIL_FROM`; undefined: every e-mail fails at once with the variable to set. */
  mail: { smtpUrl: string | undefined; from: string | undefined };
  reports: ReportSource;
  /** Templates in place of the platform's, such as `DATA_DIR/templates/email`; need not exist. */
  templateFolder: string | undefined;
  /** How long one try may take in all, milliseconds; a minute unless given. */
  longestSendMs?: number;
}

/** E-mail over SMTP with a pool of connections. See docs/email.md for what becomes of what a server may answer. */
export class EmailChannel implements Channel {
  readonly name = 'email';
  readonly atOnce = AT_ONCE;
  readonly slow = SLOW;
  /** 23.7 hours in all. */
  readonly retryDelaysMs = [
    2 * SECOND,
    30 * SECOND,
    2 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    6 * HOUR,
    10 * HOUR,
  ] as const;

  private readonly options: EmailChannelOptions;
  private readonly templates: EmailTemplates;
  private pool: ReturnType<typeof smtpPool> | undefined;

  constructor(options: EmailChannelOptions) {
    this.options = options;
    const fault = options.mail.smtpUrl === undefined ? undefined : smtpUrlFault(options.mail.smtpUrl);
    if (fault !== undefined) options.logger.warn({ part: 'email' }, `E-mails will not be sent: ${fault}`);
    this.templates = new EmailTemplates({ ownFolder: options.templateFolder, logger: options.logger });
  }

  /** Two lanes for each recipient, told apart by the id, which is as good as chance. */
  laneOf({ id, recipient }: Delivery): string {
    return `${recipient.toLowerCase()} ${String(Number.parseInt(id.slice(-4), 16) % PER_RECIPIENT)}`;
  }

  async send(delivery: Delivery, signal: AbortSignal): Promise<Outcome> {
    const { smtpUrl, from } = this.options.mail;
    if (smtpUrl === undefined || from === undefined) return notConfigured(this.options.mail);
    const fault = smtpUrlFault(smtpUrl);
    if (fault !== undefined) return { delivered: false, retryable: false, reason: fault };
    const server = serverOf(smtpUrl);
    const longestMs = this.options.longestSendMs ?? LONGEST_SEND_MS;
    const late = AbortSignal.timeout(longestMs);
    const isLate = (what: string): Outcome => ({
      delivered: false,
      retryable: true,
      reason: `${what} within ${String(longestMs / SECOND)} s.`,
    });
    let message: EmailMessage | undefined;
    try {
      message = await before(late, messageOfDelivery(delivery, { ...this.options, templates: this.templates, from, server }));
    } catch (error) {
      const reason = oneLine(error instanceof UnsendableError ? error.message : `The e-mail could not be made: ${messageOf(error)}`);
      return { delivered: false, retryable: !(error instanceof UnsendableError), reason };
    }
    if (message === undefined) return isLate('The e-mail could not be made');
    const outcome = await this.handOver(message, { smtpUrl, server, signal, late });
    return outcome ?? isLate(`The mail server ${server} did not finish`);
  }

  /** Ends the connections; what is under way is given up. */
  close(): Promise<void> {
    this.pool?.close({ force: true });
    this.pool = undefined;
    return Promise.resolve();
  }

  /** Undefined when it was too late; the connection is closed then. */
  private async handOver(
    message: EmailMessage,
    to: { smtpUrl: string; server: string; signal: AbortSignal; late: AbortSignal },
  ): Promise<Outcome | undefined> {
    const { smtpUrl, server, signal, late } = to;
    this.pool ??= smtpPool({ url: smtpUrl, maxConnections: SLOW.atMost });
    try {
      const sent = await this.pool.sendMail({ ...message, signal: AbortSignal.any([signal, late]) });
      return outcomeOfSuccess(sent);
    } catch (error) {
      if (signal.aborted) return { delivered: false, retryable: true, reason: 'The platform stopped before the mail server had answered.' };
      return late.aborted ? undefined : outcomeOfFailure(error, server);
    }
  }
}

/** What work answers; undefined when that has not come by the end. */
async function before<Result>(end: AbortSignal, work: Promise<Result>): Promise<Result | undefined> {
  const ended = Promise.withResolvers<undefined>();
  const stop = (): void => ended.resolve(undefined);
  end.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, ended.promise]);
  } finally {
    end.removeEventListener('abort', stop);
    // Nobody looks at what comes later.
    work.catch(() => undefined);
  }
}

/** The outcome of an e-mail that cannot be sent because nobody said how; a person sets the variable and sends it again by hand. */
export function notConfigured(mail: { smtpUrl: string | undefined; from: string | undefined }): Outcome {
  const missing = [...(mail.smtpUrl === undefined ? ['SMTP_URL'] : []), ...(mail.from === undefined ? ['MAIL_FROM'] : [])];
  const plural = missing.length === 1 ? 'is' : 'are';
  const reason = `E-mail is not set up: ${missing.join(' and ')} ${plural} not set; set ${missing.length === 1 ? 'it' : 'them'}, for example ${missing
    .map((name) => (name === 'SMTP_URL' ? 'SMTP_URL=smtps://user:password@mail.example.com' : 'MAIL_FROM=plant@example.com'))
    .join(' and ')}, and start the platform again.`;
  return { delivered: false, retryable: false, reason };
}
