import type { AuditLog } from '../../../auth/audit.ts';
import { changesOf } from '../../../auth/audit-changes.ts';
import { AppError } from '../../../core/errors.ts';
import type { DeviceService } from '../../../devices/device-service.ts';
import type { DemoPlant } from '../../ports.ts';
import { defineRoute, noContent } from '../../route.ts';
import type { Route } from '../../route.ts';
import { recordDone } from '../shared.ts';

/** What removing the demo plant uses. */
export interface DemoRoutesDeps {
  demo: DemoPlant;
  audit: AuditLog;
  /** Whose demo plant it is; others have none. */
  tenantId: string;
  devices: Pick<DeviceService, 'idsOfOrigin'>;
}

/** The demo plant: one request removes it. */
export function demoRoutes({ demo, audit, devices, tenantId: own }: DemoRoutesDeps): Route[] {
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
        const { tenantId } = request.caller.principal;
        if (tenantId !== own || !(await demo.isInstalled()))
          throw new AppError('NOT_FOUND', 'There is no demo plant in this installation; nothing was removed.');
        const ids = await devices.idsOfOrigin(tenantId, 'demo');
        await demo.remove();
        const details = { ...changesOf({ devices: ids }, undefined) };
        await recordDone(audit, request, { action: 'demo.remove', target: 'demo', details });
        return noContent;
      },
    }),
  ];
}
