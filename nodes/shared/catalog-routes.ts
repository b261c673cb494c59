import type { PlatformRED } from './platform.ts';

/** Editors on which the routes are mounted already: every rule node asks for them, one mounts them. */
const served = new WeakSet<object>();

/**
 * What the pickers of device and key ask, under the editor's own address and behind its login: GET `insa/devices?key=` (blank: every device)
 * and GET `insa/keys?device_id=` (blank: the keys of every device).
 */
export function serveCatalog(RED: PlatformRED): void {
  const { insa: services } = RED.settings;
  if (services === undefined || served.has(RED.httpAdmin)) return;
  served.add(RED.httpAdmin);
  const { catalog, tenantId } = services;
  const mayRead = RED.auth.needsPermission('insa.read');
  RED.httpAdmin.get('/insa/devices', mayRead, (request, response, next) => {
    catalog.devices(tenantId, given(request.query['key'])).then((devices) => response.json(devices), next);
  });
  RED.httpAdmin.get('/insa/keys', mayRead, (request, response, next) => {
    catalog.keys(tenantId, given(request.query['device_id'])).then((keys) => response.json(keys), next);
  });
}

function given(parameter: unknown): string | undefined {
  return typeof parameter === 'string' && parameter !== '' ? parameter : undefined;
}
