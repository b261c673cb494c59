import { connectionSchema } from '../../../contracts/connection.ts';
import type { Connection } from '../../../contracts/connection.ts';
import { defineRoute } from '../../route.ts';
import type { Route } from '../../route.ts';

/** Where devices connect: what a person must know to set one up. */
export function connectionRoutes({ connection }: { connection: Connection }): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/connection',
      permission: 'devices:read',
      tag: 'devices',
      summary: 'Where devices connect',
      responses: { 200: { description: 'Ports and topic root of the MQTT broker', schema: connectionSchema } },
      handler: () => Promise.resolve({ status: 200, body: connection }),
    }),
  ];
}
