import { MASKED, withoutSecrets } from '../../auth/secrets.ts';
import type { TestWebhook, TestWebhookResult } from '../../contracts/webhooks.ts';
import type { Clock } from '../../core/clock.ts';
import type { NewId } from '../../core/ids.ts';
import { judge, withoutValues } from '../channels/webhook/answer.ts';
import type { GuardedHttp, HttpOutcome } from '../channels/webhook/guarded-http.ts';
import { webhookBody } from '../channels/webhook/payload.ts';
import { sentWebhook } from '../channels/webhook/webhook-channel.ts';
import type { WebhookEndpoints } from '../channels/webhook/webhook-channel.ts';
import { exampleAlert } from '../example-alert.ts';

/** What a test is sent with. */
export interface WebhookTesterDeps {
  http: GuardedHttp;
  endpoints: Pick<WebhookEndpoints, 'stateOf'>;
  clock: Clock;
  newId: NewId;
}

const SHOWN_BODY = 4_000;

/** Sends test events to URLs, as deliveries are sent, and tells the whole conversation. */
export class WebhookTester {
  private readonly deps: WebhookTesterDeps;

  constructor(deps: WebhookTesterDeps) {
    this.deps = deps;
  }

  /** Sends one event `test` now, to a disabled endpoint too: so it can be seen whether it may be enabled again. Rejects with errors of the database. */
  async test(tenantId: string, { url, headers = {} }: TestWebhook): Promise<TestWebhookResult> {
    const { http, endpoints, clock, newId } = this.deps;
    const { secrets } = await endpoints.stateOf(tenantId, url);
    const startedAtMs = clock.nowMs();
    const id = newId();
    const body = webhookBody({ id, event: 'test', createdAtMs: startedAtMs }, exampleAlert({ type: 'webhook', url }, startedAtMs));
    const sent = sentWebhook({ id }, { body, headers }, { secrets, nowMs: startedAtMs });
    const result = await http.post(url, { ...sent, signal: new AbortController().signal });
    const endedAtMs = clock.nowMs();
    const { outcome } = judge(result, endedAtMs, headers);
    return {
      delivered: outcome.delivered,
      reason: outcome.reason,
      would_retry: !outcome.delivered && outcome.retryable,
      duration_ms: Math.max(0, endedAtMs - startedAtMs),
      addresses: [...result.addresses],
      connected_to: result.kind === 'answered' ? result.connectedTo : null,
      request: { line: lineOf(url), headers: shownHeaders(sent.headers, headers), body },
      response: responseOf(result, Object.values(headers)),
    };
  }
}

function lineOf(url: string): string {
  const { pathname, search } = new URL(url);
  return withoutSecrets(`POST ${pathname}${search} HTTP/1.1`);
}

/** What the caller sent may authenticate; what we add is no secret: a signature proves one body at one time. */
function shownHeaders(sent: Readonly<Record<string, string>>, own: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, Object.hasOwn(own, name) ? MASKED : value]));
}

function responseOf(result: HttpOutcome, hidden: readonly string[]): TestWebhookResult['response'] {
  if (result.kind !== 'answered') return null;
  const { status, headers, body, cut } = result.answer;
  return {
    status,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, withoutValues(value, hidden)])),
    body: withoutValues(body, hidden).slice(0, SHOWN_BODY),
    cut: cut || body.length > SHOWN_BODY,
  };
}
