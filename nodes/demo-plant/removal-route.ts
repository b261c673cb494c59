import { messageOf } from '../../src/core/errors.ts';
import type { PlatformRED } from '../shared/platform.ts';

/** Whoever the dispatcher let in, as Node-RED's login hands it on. */
interface Caller {
  role?: unknown;
}

/** POST `insa/demo/remove` under the editor's address: what the button does. Administrators only, as the same route of the API. */
export function serveRemoval(RED: PlatformRED): void {
  const { insa: services } = RED.settings;
  if (services === undefined) return;
  RED.httpAdmin.post('/insa/demo/remove', RED.auth.needsPermission('flows.write'), (request, response) => {
    const caller = request.user as Caller | undefined;
    if (caller?.role !== 'admin') {
      response.status(403).json({ detail: 'Removing the demo plant needs the permission settings:write; ask an administrator.' });
      return;
    }
    services.demo.remove().then(
      () => response.status(204).end(),
      (error: unknown) => {
        services.logger.error({ reason: messageOf(error) }, 'The demo plant could not be removed.');
        response.status(500).json({ detail: messageOf(error) });
      },
    );
  });
}
