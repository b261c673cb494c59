import nodemailer from 'nodemailer';
import type { EmailTest, EmailTestResult } from '../../../contracts/email-test.ts';
import type { Clock } from '../../../core/clock.ts';
import type { NewId } from '../../../core/ids.ts';
import { exampleAlert } from '../../example-alert.ts';
import type { Delivery, Outcome } from '../../types.ts';
import { Conversation } from './conversation.ts';
import { notConfigured } from './email-channel.ts';
import type { EmailChannelOptions } from './email-channel.ts';
import { messageOfDelivery } from './message.ts';
import { outcomeOfFailure, outcomeOfSuccess } from './outcome.ts';
import { serverOf, smtpOptions } from './smtp.ts';
import { smtpUrlFault } from './smtp-url.ts';
import { EmailTemplates } from './templates.ts';

/** A test waits this long in all. */
const LONGEST_TEST_MS = 30_000;

/** What tests by hand are made with. */
export interface EmailTesterOptions extends EmailChannelOptions {
  clock: Clock;
  newId: NewId;
}

/** What came of it, and whom the server refused. */
type Handed = Outcome & { refused?: readonly string[] };

/** Sends an e-mail now, on a connection of its own, and tells every word of it. */
export class EmailTester {
  private readonly options: EmailTesterOptions;

  constructor(options: EmailTesterOptions) {
    this.options = options;
  }

  /** Sends the test, to all its recipients at once. Never rejects because of the mail server: that is what the answer tells. */
  async test(tenantId: string, test: EmailTest): Promise<EmailTestResult> {
    const { mail, clock, newId, logger } = this.options;
    const { smtpUrl, from } = mail;
    const beganMs = clock.nowMs();
    const result = (outcome: Handed, rest: Pick<EmailTestResult, 'message_id' | 'conversation'>): EmailTestResult => ({
      delivered: outcome.delivered,
      reason: outcome.reason,
      refused: [...(outcome.refused ?? [])],
      server: smtpUrl === undefined ? null : serverOf(smtpUrl),
      duration_ms: Math.max(0, Math.round(clock.nowMs() - beganMs)),
      ...rest,
    });
    if (smtpUrl === undefined || from === undefined) return result(notConfigured(mail), { message_id: null, conversation: [] });
    const fault = smtpUrlFault(smtpUrl);
    if (fault !== undefined) return result({ delivered: false, retryable: false, reason: fault }, { message_id: null, conversation: [] });
    const made = await messageOfDelivery(
      { id: newId(), attempt: 1, createdAtMs: beganMs, tenantId, dedupKey: '', channel: 'email', ...toldBy(test, beganMs) },
      {
        ...this.options,
        from,
        server: serverOf(smtpUrl),
        templates: new EmailTemplates({ ownFolder: this.options.templateFolder, logger }),
      },
    );
    // Whoever is on duty must not take the example for an alert.
    const message = test.recipient === undefined ? { ...made, subject: `Test: ${made.subject}` } : made;
    const conversation = new Conversation(smtpUrl);
    const outcome = await this.hand(message, smtpUrl, conversation);
    return result(outcome, { message_id: message.messageId, conversation: conversation.lines() });
  }

  private async hand(message: Awaited<ReturnType<typeof messageOfDelivery>>, smtpUrl: string, conversation: Conversation): Promise<Handed> {
    const transport = nodemailer.createTransport({ ...smtpOptions(smtpUrl), logger: conversation.logger, transactionLog: true });
    const late = AbortSignal.timeout(this.options.longestSendMs ?? LONGEST_TEST_MS);
    try {
      const sent = await transport.sendMail({ ...message, signal: late });
      return { ...outcomeOfSuccess(sent), refused: sent.rejected };
    } catch (error) {
      const server = serverOf(smtpUrl);
      if (!late.aborted) return { ...outcomeOfFailure(error, server), refused: refusedIn(error) };
      return { delivered: false, retryable: true, reason: `The mail server ${server} did not finish in time.` };
    } finally {
      transport.close();
    }
  }
}

/** The plain test, or an example alert. */
function toldBy(
  { recipient, recipients = [], subject, text, timezone }: EmailTest,
  atMs: number,
): Pick<Delivery, 'event' | 'recipient' | 'content' | 'alertId' | 'deviceId' | 'ruleId'> {
  const ofNothing = { alertId: null, deviceId: null, ruleId: null };
  if (recipient !== undefined) return { ...ofNothing, event: 'test', recipient, content: {} };
  const action = { type: 'email' as const, recipients, subject, text, timezone };
  return { ...ofNothing, event: 'raised', recipient: recipients.join(', '), content: exampleAlert(action, atMs) };
}

/** nodemailer names the refused recipients of a message that nobody got. */
function refusedIn(error: unknown): string[] {
  const rejected: unknown = error instanceof Error && 'rejected' in error ? error.rejected : undefined;
  return Array.isArray(rejected) ? rejected.filter((one) => typeof one === 'string') : [];
}
