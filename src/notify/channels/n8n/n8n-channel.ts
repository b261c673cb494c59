import type { Clock } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import { messageFor, readAction, UNREADABLE } from '../../alert-content.ts';
import type { LinkTo } from '../../alert-content.ts';
import type { Channel, Delivery, Outcome } from '../../types.ts';
import { openedContent } from '../../webhooks/header-secrets.ts';
import type { HeaderSecrets } from '../../webhooks/header-secrets.ts';
import { judge } from '../webhook/answer.ts';
import type { GuardedHttp } from '../webhook/guarded-http.ts';
import { WEBHOOK_RETRY_DELAYS_MS } from '../webhook/webhook-channel.ts';

const GONE = 'the address of the workflow is gone; copy its production URL from n8n into the action.';

/** What the channel uses. */
export interface N8nChannelOptions {
  http: GuardedHttp;
  /** Opens the value of the header. */
  secrets: Pick<HeaderSecrets, 'open'>;
  clock: Clock;
  linkTo: LinkTo;
}

/**
 * Starts workflows of n8n by their webhook node: the alert as JSON, with the header of "Header Auth", through the same guard and with the same schedule as
 * webhooks. Not signed: n8n has nothing that would verify it.
 */
export class N8nChannel implements Channel {
  readonly name = 'n8n';
  readonly atOnce = 20;
  readonly retryDelaysMs = WEBHOOK_RETRY_DELAYS_MS;
  readonly laneIntervalMs = 1_000;
  private readonly options: N8nChannelOptions;

  constructor(options: N8nChannelOptions) {
    this.options = options;
  }

  laneOf({ recipient }: Delivery): string {
    return URL.canParse(recipient) ? new URL(recipient).href : recipient;
  }

  async send(delivery: Delivery, signal: AbortSignal): Promise<Outcome> {
    try {
      const content = openedContent(this.options.secrets, delivery.tenantId, delivery.content);
      return await this.attempt({ ...delivery, content }, signal);
    } catch (error) {
      if (error instanceof AppError) return { delivered: false, retryable: false, reason: error.message };
      throw error;
    }
  }

  private async attempt(delivery: Delivery, signal: AbortSignal): Promise<Outcome> {
    const { http, clock, linkTo } = this.options;
    const read = readAction(delivery, 'n8n', linkTo);
    if (read === undefined) return UNREADABLE;
    const { url, header } = read.action;
    const own = header === undefined ? {} : { [header.name]: header.value };
    const body = JSON.stringify(messageFor(delivery, read));
    const headers = { ...own, 'Content-Type': 'application/json', 'X-INSA-Delivery': delivery.id };
    return judge(await http.post(url, { headers, body, signal }), clock.nowMs(), own, GONE).outcome;
  }
}
