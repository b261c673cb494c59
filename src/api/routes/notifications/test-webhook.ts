import type { AuditLog } from '../../../auth/audit.ts';
import { withoutSecrets } from '../../../auth/secrets.ts';
import { testWebhookResultSchema, testWebhookSchema } from '../../../contracts/webhooks.ts';
import type { WebhookTester } from '../../../notify/webhooks/webhook-tester.ts';
import { defineRoute, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { recordDone } from '../shared.ts';

/** What the test of a webhook uses. */
export interface TestWebhookDeps {
  webhookTester: WebhookTester;
  audit: AuditLog;
}

/** Sends a test event to a URL and shows the conversation. */
export function testWebhookRoute({ webhookTester, audit }: TestWebhookDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/notifications/test/webhook',
    permission: 'notifications:write',
    rate: 'tests',
    tag: 'notifications',
    summary: 'Send a test event to a URL now',
    description:
      'Guarded, signed and sent as deliveries are, once. 200 with the whole conversation whatever came of it: `delivered` says whether it was accepted.',
    body: testWebhookSchema,
    responses: { 200: { description: 'What was said by both sides', schema: testWebhookResultSchema } },
    handler: async (request) => {
      const { url } = request.body;
      const result = await webhookTester.test(request.caller.principal.tenantId, request.body);
      const details = { delivered: result.delivered, reason: result.reason, addresses: result.addresses };
      await recordDone(audit, request, { action: 'notification.test', target: withoutSecrets(url).slice(0, 500), details });
      return ok(result);
    },
  });
}
