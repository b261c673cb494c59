import { systemStatusSchema } from '../../../contracts/system-status.ts';
import type { SystemStatusReport } from '../../ports.ts';
import { defineRoute } from '../../route.ts';
import type { Route } from '../../route.ts';

/** How the platform is, for the overview. */
export function systemRoutes({ systemStatus }: { systemStatus: SystemStatusReport }): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/system/status',
      permission: 'authenticated',
      tag: 'system',
      summary: 'What the platform is doing, and how its parts are',
      description:
        'Everybody sees how each part is, and since when. Figures (clients of the broker, notifications waiting and failed, the last error of ' +
        'e-mail, free disk) need `flows:read` or `settings:write`; for others they are null.',
      responses: { 200: { description: 'At most a second old', schema: systemStatusSchema } },
      handler: async ({ caller }) => ({ status: 200, body: await systemStatus.report(caller) }),
    }),
  ];
}
