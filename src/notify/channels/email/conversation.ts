import { format } from 'node:util';
import type { EmailTestResult } from '../../../contracts/email-test.ts';
import { oneLine } from './content.ts';

type Line = EmailTestResult['conversation'][number];

const MOST_LINES = 300;
const LONGEST_LINE = 1_000;
const HIDDEN = '********';

/** Writes down what is said with an SMTP server. Passwords, and what is sent while logging in, are never in it. */
export class Conversation {
  /** As nodemailer takes loggers (bunyan). */
  readonly logger: Record<
    'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal',
    (entry: unknown, message?: unknown, ...values: unknown[]) => void
  >;
  private readonly said: Line[] = [];
  private readonly secrets: readonly string[];
  /** From AUTH until the server's last word on it. */
  private isLoggingIn = false;

  constructor(smtpUrl: string) {
    this.secrets = secretsOf(smtpUrl);
    const log = (entry: unknown, message: unknown, ...values: unknown[]) => this.hear(entry, format(message, ...values));
    this.logger = { trace: log, debug: log, info: log, warn: log, error: log, fatal: log };
  }

  /** Everything that was said so far. */
  lines(): Line[] {
    return [...this.said];
  }

  private hear(entry: unknown, text: string): void {
    const topic = typeof entry === 'object' && entry !== null && 'tnx' in entry ? entry.tnx : undefined;
    if (topic === 'client') for (const line of linesOf(text)) this.add('client', this.clientLine(line));
    if (topic === 'server') for (const line of linesOf(text)) this.add('server', this.serverLine(line));
    if (topic === 'network') this.add('connection', text);
  }

  private clientLine(line: string): string {
    const login = /^(AUTH\s+\S+)(.*)$/i.exec(line);
    if (login !== null) {
      this.isLoggingIn = true;
      return login[2] === '' ? line : `${login[1] ?? ''} ${HIDDEN}`;
    }
    return this.isLoggingIn ? HIDDEN : line;
  }

  private serverLine(line: string): string {
    if (this.isLoggingIn && !line.startsWith('334')) this.isLoggingIn = false;
    return line;
  }

  private add(from: Line['from'], text: string): void {
    if (this.said.length >= MOST_LINES) return;
    let hidden = text;
    for (const secret of this.secrets) hidden = hidden.replaceAll(secret, HIDDEN);
    this.said.push({ from, text: oneLine(hidden, LONGEST_LINE) });
  }
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}

/** The password in every form in which it may be sent or told. */
function secretsOf(smtpUrl: string): string[] {
  const { username, password } = new URL(smtpUrl);
  const [user, word] = [decodeURIComponent(username), decodeURIComponent(password)];
  if (word === '') return [];
  return [Buffer.from(`\0${user}\0${word}`).toString('base64'), Buffer.from(word).toString('base64'), password, word];
}
