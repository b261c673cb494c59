import type { AuditLog } from '../../../auth/audit.ts';
import { emailTestResultSchema, emailTestSchema } from '../../../contracts/email-test.ts';
import type { EmailTest, EmailTestResult } from '../../../contracts/email-test.ts';
import { defineRoute, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { recordDone } from '../shared.ts';

/** Sends one e-mail now and tells the conversation with the mail server. */
export interface EmailTests {
  test(tenantId: string, test: EmailTest): Promise<EmailTestResult>;
}

/** Test messages by e-mail. */
export function testEmailRoute({ emailTests, audit }: { emailTests: EmailTests; audit: AuditLog }): Route {
  return defineRoute({
    method: 'post',
    path: '/notifications/test/email',
    permission: 'notifications:write',
    rate: 'tests',
    tag: 'notifications',
    summary: 'Send a test e-mail',
    description:
      'Sends an e-mail now, past the queue, and answers what was said with the mail server (passwords hidden): to one `recipient` that e-mail works, or to all `recipients` an example alert with the subject and text of an action. 200 also when it could not be sent: `delivered` and `reason` tell.',
    body: emailTestSchema,
    responses: { 200: { description: 'What came of it', schema: emailTestResultSchema } },
    handler: async (request) => {
      const { recipient, recipients = [] } = request.body;
      const result = await emailTests.test(request.caller.principal.tenantId, request.body);
      const target = (recipient ?? recipients.join(', ')).slice(0, 500);
      const details = { delivered: result.delivered, reason: result.reason };
      await recordDone(audit, request, { action: 'notification.test_email', target, details });
      return ok(result);
    },
  });
}
