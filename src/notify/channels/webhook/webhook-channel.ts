import type { Clock } from '../../../core/clock.ts';
import { AppError, messageOf } from '../../../core/errors.ts';
import type { Logger } from '../../../core/logger.ts';
import type { Channel, Delivery, Outcome } from '../../types.ts';
import { openedContent } from '../../webhooks/header-secrets.ts';
import type { HeaderSecrets } from '../../webhooks/header-secrets.ts';
import { judge } from './answer.ts';
import type { GuardedHttp, HttpOutcome } from './guarded-http.ts';
import { webhookBody, webhookContentOf } from './payload.ts';
import { signatureHeaders } from './signature.ts';

/** How requests to a URL are signed, and whether any are sent. */
export interface EndpointState {
  /** The one in force first. */
  secrets: readonly string[];
  /** Why nothing is sent to it; undefined when it is enabled. */
  disabledReason: string | undefined;
}

/** What is known of the URLs that webhooks go to. */
export interface WebhookEndpoints {
  /** Of a URL that nobody registered too: the installation's own secret. Rejects with errors of the database. */
  stateOf(tenantId: string, url: string): Promise<EndpointState>;
  /** Sends nothing to a URL from now on, until a person enables it. */
  disable(tenantId: string, url: string, reason: string): Promise<void>;
}

/** What the channel needs. */
export interface WebhookChannelDeps {
  http: GuardedHttp;
  endpoints: WebhookEndpoints;
  /** Opens the values of headers. */
  secrets: Pick<HeaderSecrets, 'open'>;
  clock: Clock;
  logger: Logger;
}

/** A request as it is sent, for the ledger of a test as for a delivery. */
export interface SentWebhook {
  headers: Record<string, string>;
  body: string;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * Three quick tries, then the schedule of Standard Webhooks (5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h); the last try is made three days after
 * the first one.
 */
export const WEBHOOK_RETRY_DELAYS_MS: readonly number[] = [
  SECOND_MS,
  2 * SECOND_MS,
  4 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  20 * HOUR_MS + 24 * MINUTE_MS + 53 * SECOND_MS,
];

/** Sends alerts to URLs: signed, guarded, one request per second and URL. */
export class WebhookChannel implements Channel {
  readonly name = 'webhook';
  readonly atOnce = 100;
  readonly retryDelaysMs = WEBHOOK_RETRY_DELAYS_MS;
  readonly laneIntervalMs = SECOND_MS;
  private readonly deps: WebhookChannelDeps;
  private readonly logger: Logger;

  constructor(deps: WebhookChannelDeps) {
    this.deps = deps;
    this.logger = deps.logger.child({ part: 'webhook' });
  }

  laneOf({ recipient }: Delivery): string {
    return URL.canParse(recipient) ? new URL(recipient).href : recipient;
  }

  async send(delivery: Delivery, signal: AbortSignal): Promise<Outcome> {
    try {
      return await this.attempt(delivery, signal);
    } catch (error) {
      if (error instanceof AppError && error.code === 'INVALID_CONFIG')
        return { delivered: false, retryable: false, reason: error.message };
      // Of the database: the receiver was not at fault, and may not even have been asked.
      this.logger.warn({ delivery: delivery.id, reason: messageOf(error) }, 'A webhook could not be prepared.');
      return { delivered: false, retryable: true, reason: 'What is known of the endpoint could not be read from the database.' };
    }
  }

  private async attempt(delivery: Delivery, signal: AbortSignal): Promise<Outcome> {
    const { http, endpoints, clock, secrets } = this.deps;
    const content = webhookContentOf(openedContent(secrets, delivery.tenantId, delivery.content));
    if (content === undefined) return { delivered: false, retryable: false, reason: 'What was queued is no webhook of this version.' };
    const { url, headers: own = {} } = content.action;
    const state = await endpoints.stateOf(delivery.tenantId, url);
    if (state.disabledReason !== undefined) return { delivered: false, retryable: false, reason: disabled(state.disabledReason) };
    const sent = sentWebhook(
      delivery,
      { body: webhookBody(delivery, content), headers: own },
      { secrets: state.secrets, nowMs: clock.nowMs() },
    );
    const result = await http.post(url, { ...sent, signal });
    const { outcome, gone } = judge(result, clock.nowMs(), own);
    if (gone) await this.disable(delivery, url, result);
    return outcome;
  }

  /** The outcome stands whether it can be recorded or not; the next delivery would be told 410 again. */
  private async disable({ tenantId, id }: Delivery, url: string, result: HttpOutcome): Promise<void> {
    const status = result.kind === 'answered' ? result.answer.status : 0;
    try {
      await this.deps.endpoints.disable(tenantId, url, `it answered HTTP ${String(status)} to delivery ${id}`);
    } catch (error) {
      this.logger.warn({ delivery: id, reason: messageOf(error) }, 'An endpoint that is gone could not be disabled.');
    }
  }
}

/** A request with everything that is added to what its action says. */
export function sentWebhook(
  { id }: Pick<Delivery, 'id'>,
  { body, headers }: { body: string; headers: Readonly<Record<string, string>> },
  { secrets, nowMs }: { secrets: readonly string[]; nowMs: number },
): SentWebhook {
  const signed = signatureHeaders({ id, timestampSeconds: Math.floor(nowMs / SECOND_MS), body, secrets });
  const hasAgent = Object.keys(headers).some((name) => name.toLowerCase() === 'user-agent');
  const agent = hasAgent ? {} : { 'User-Agent': 'insa-iiot' };
  return { body, headers: { ...agent, ...headers, 'Content-Type': 'application/json', ...signed } };
}

/** What a person reads of a delivery to an endpoint that is switched off. */
export function disabled(reason: string): string {
  return `The endpoint is disabled: ${reason}. Enable it with PATCH /api/v1/webhooks/{id} {"enabled": true}, then try this again.`.slice(
    0,
    500,
  );
}
