import type { Clock } from '../../../core/clock.ts';
import { messageFor, readAction, UNREADABLE } from '../../alert-content.ts';
import type { LinkTo } from '../../alert-content.ts';
import type { Channel, Delivery, Outcome } from '../../types.ts';
import { judge } from '../webhook/answer.ts';
import type { GuardedHttp } from '../webhook/guarded-http.ts';
import { WEBHOOK_RETRY_DELAYS_MS } from '../webhook/webhook-channel.ts';

/** What the channel uses. */
export interface N8nChannelOptions {
  http: GuardedHttp;
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
    const { http, clock, linkTo } = this.options;
    const read = readAction(delivery, 'n8n', linkTo);
    if (read === undefined) return UNREADABLE;
    const { url, header } = read.action;
    const own = header === undefined ? {} : { [header.name]: header.value };
    const body = JSON.stringify(messageFor(delivery, read));
    const headers = { ...own, 'Content-Type': 'application/json', 'X-INSA-Delivery': delivery.id };
    return judge(await http.post(url, { headers, body, signal }), clock.nowMs(), own).outcome;
  }
}
