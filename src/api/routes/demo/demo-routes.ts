import type { AuditLog } from '../../../auth/audit.ts';
import { AppError } from '../../../core/errors.ts';
import type { DemoPlant } from '../../ports.ts';
import { defineRoute, noContent } from '../../route.ts';
import type { Route } from '../../route.ts';
import { recordDone } from '../shared.ts';

/** The demo plant: one request removes it. */
export function demoRoutes({ demo, audit }: { demo: DemoPlant; audit: AuditLog }): Route[] {
  return [
    defineRoute({
      method: 'delete',
      path: '/demo',
      permission: 'settings:write',
      tag: 'settings',
      summary: 'Remove the demo plant',
      description: 'With its devices, keys, telemetry and its tab in the editor.',
      responses: { 204: { description: 'Removed' } },
      problems: ['NOT_FOUND'],
      handler: async (request) => {
        if (!(await demo.isInstalled()))
          throw new AppError('NOT_FOUND', 'There is no demo plant in this installation; nothing was removed.');
        await demo.remove();
        await recordDone(audit, request, { action: 'demo.remove', target: 'demo' });
        return noContent;
      },
    }),
  ];
}
