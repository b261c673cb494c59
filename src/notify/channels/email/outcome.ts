import type { Outcome } from '../../types.ts';
import { oneLine } from './content.ts';

/** What nodemailer says of a failure, as far as it is looked at. */
interface SmtpFailure extends Error {
  code?: string;
  responseCode?: number;
  response?: string;
  command?: string;
  rejectedErrors?: readonly SmtpFailure[];
}

/** What nodemailer says of a message that was taken. */
export interface SmtpSuccess {
  response: string;
  rejected: readonly string[];
  rejectedErrors?: readonly { recipient?: string | undefined; response?: string | undefined }[] | undefined;
}

/** Failures of the message itself or of the settings: the next try would fail as this one. */
const HOPELESS = new Set(['EENVELOPE', 'EMESSAGE', 'ECONFIG', 'ENOAUTH', 'EFILEACCESS', 'EURLACCESS', 'EMAXRECIPIENTS']);

/** Delivered; recipients that the server refused are named with its answer. */
export function outcomeOfSuccess({ response, rejected, rejectedErrors = [] }: SmtpSuccess): Outcome {
  if (rejected.length === 0) return { delivered: true, reason: oneLine(response) };
  const refused = rejected.map((address) => {
    const answer = rejectedErrors.find(({ recipient }) => recipient === address)?.response;
    return answer === undefined ? address : `${address} (${oneLine(answer, 120)})`;
  });
  return { delivered: true, reason: oneLine(`Refused: ${refused.join(', ')}. For the others: ${response}`) };
}

/**
 * What a failure means (RFC 5321, 4.2.1): answers 4xx and 503, time-outs and lost connections are worth another try, 5xx are not. `server` is
 * `host:port`, for the reason.
 */
export function outcomeOfFailure(error: unknown, server: string): Outcome {
  const failure: SmtpFailure = error instanceof Error ? error : new Error(String(error));
  return { delivered: false, retryable: isRetryable(failure), reason: oneLine(reasonOf(failure, server)) };
}

function isRetryable({ code, responseCode, rejectedErrors = [] }: SmtpFailure): boolean {
  const codes = rejectedErrors.flatMap((one) => one.responseCode ?? []);
  const answers = codes.length > 0 ? codes : responseCode === undefined ? [] : [responseCode];
  // Every recipient was refused: as long as one of them is refused for now only, it is tried again.
  if (answers.length > 0) return answers.some((answer) => answer < 500 || answer === 503);
  return code === undefined || !HOPELESS.has(code);
}

/** What nodemailer says when a connection of its pool closes while a message is under way. */
const CLOSED_UNDER_WAY = /^Reached maximum number of retries/;

function reasonOf({ code, command, message, response, rejectedErrors = [] }: SmtpFailure, server: string): string {
  const answer = response === undefined ? message : response;
  if (response === undefined && CLOSED_UNDER_WAY.test(message)) {
    return `The connection with the mail server ${server} closed before the server had answered to the message, or to one of its recipients.`;
  }
  switch (code) {
    case 'EAUTH':
      return `The mail server ${server} refused the login: ${answer}; check user and password in SMTP_URL.`;
    case 'ETIMEDOUT':
      return `The mail server ${server} did not answer in time: ${message}.`;
    case 'ETLS':
      return `There is no secure connection with the mail server ${server}: ${message}; check its certificate, and SMTP_URL.`;
    case 'ECONNECTION':
    case 'ESOCKET':
    case 'EDNS':
      return response === undefined
        ? `The connection with the mail server ${server} failed: ${message}.`
        : `The mail server ${server} closed: ${answer}`;
    default:
      if (rejectedErrors.length > 0) {
        return `All recipients were refused: ${rejectedErrors.map((one) => one.response ?? one.message).join('; ')}`;
      }
      return response === undefined ? message : `The mail server ${server} answered ${command ?? 'the message'} with: ${answer}`;
  }
}
