import { withoutSecrets } from '../../../auth/secrets.ts';
import type { Outcome } from '../../types.ts';
import type { HttpAnswer, HttpOutcome } from './guarded-http.ts';

/** No receiver may postpone an alarm for longer. */
const LONGEST_WAIT_MS = 24 * 3_600_000;
const LONGEST_REASON = 500;
const SHOWN_BODY = 200;
/** What goes away by itself: the receiver was too slow, too early or too busy. Every status from 500 on does so too. */
const PASSING = new Set([408, 425, 429]);

/** What came of a request to a webhook. `gone`: the receiver wants nothing any more (410). */
export interface Judged {
  outcome: Outcome;
  gone: boolean;
}

/**
 * What came of one attempt, by docs/webhooks.md: 2xx is delivered; 408, 425, 429, 5xx, time-outs and what failed on the way are tried again; what only
 * a person can mend (3xx, any other 4xx, an address that is refused) fails at once, so that it is seen at once. `sentHeaders` do not come back in a reason;
 * `goneWords` say what 410 means for the sender.
 */
export function judge(
  result: HttpOutcome,
  nowMs: number,
  sentHeaders: Readonly<Record<string, string>> = {},
  goneWords = 'the receiver wants nothing any more, so the endpoint is disabled.',
): Judged {
  switch (result.kind) {
    case 'answered':
      return judgeAnswer(result.answer, nowMs, { hidden: Object.values(sentHeaders), goneWords });
    case 'refused':
      return failed(result.reason);
    case 'timeout':
    case 'aborted':
    case 'failed':
      return { outcome: { delivered: false, retryable: true, reason: line(result.reason) }, gone: false };
  }
}

function judgeAnswer(answer: HttpAnswer, nowMs: number, { hidden, goneWords }: { hidden: readonly string[]; goneWords: string }): Judged {
  const { status, headers } = answer;
  const told = withoutValues(`HTTP ${String(status)}${shownBody(answer)}`, hidden);
  if (status >= 200 && status < 300) return { outcome: { delivered: true, reason: line(told) }, gone: false };
  if (status >= 300 && status < 400) {
    const goal = headers['location'] === undefined ? '' : ` to ${withoutValues(headers['location'].slice(0, 200), hidden)}`;
    return failed(`HTTP ${String(status)}: it redirects${goal}, and redirects are not followed; enter the address itself.`);
  }
  if (status === 410) return { ...failed(`${told} - ${goneWords}`), gone: true };
  if (status < 500 && !PASSING.has(status)) return failed(told);
  return {
    outcome: { delivered: false, retryable: true, reason: line(told), retryAfterMs: retryAfterMs(headers['retry-after'], nowMs) },
    gone: false,
  };
}

function failed(reason: string): Judged {
  return { outcome: { delivered: false, retryable: false, reason: line(reason) }, gone: false };
}

/** `Retry-After` as seconds or as a date (RFC 9110), from 0 to 24 h; undefined without one that can be read. */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const waitMs = /^\d{1,10}$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), LONGEST_WAIT_MS);
}

function shownBody({ body }: HttpAnswer): string {
  const text = line(body.slice(0, SHOWN_BODY));
  return text === '' ? '' : `: ${text}${body.length > SHOWN_BODY ? '…' : ''}`;
}

/** A text without what was sent along to authenticate: some receivers answer with everything they got. */
export function withoutValues(text: string, hidden: readonly string[]): string {
  return withoutSecrets(hidden.filter((value) => value.length >= 4).reduce((left, value) => left.replaceAll(value, '***'), text));
}

/** One line without control characters, at most 500 characters. */
function line(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_REASON)
    .replace(/[\ud800-\udbff]$/, '');
}
