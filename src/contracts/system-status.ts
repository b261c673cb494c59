import { z } from 'zod';

/** How a part of the platform is: well, running with something to look at, not working, or not set up. */
export const PART_STATES = ['ok', 'attention', 'failed', 'off'] as const;

const part = z.object({
  state: z.enum(PART_STATES).meta({ description: '`attention`: it works, and somebody should look; `off`: not set up' }),
  since: z.string().nullable().meta({ description: 'Since when it is so, as far as this process has seen it' }),
  detail: z.string().nullable().meta({ description: 'What is the matter, for a person; null when nothing is' }),
});
const figure = z.int().nullable();

/** What the platform is doing and how its parts are. Figures that the caller may not see, or that are not known, are null. */
export const systemStatusSchema = z
  .object({
    status: z.enum(['healthy', 'degraded', 'unhealthy']).meta({ description: 'As in `/health`' }),
    timestamp: z.string(),
    messages_per_second: z.number().nullable().meta({ description: 'Stored messages over the last 10 seconds; needs `telemetry:read`' }),
    rules_active: figure.meta({ description: 'Rules that judge; needs `rules:read`' }),
    database: part,
    broker: part.extend({ clients: figure.meta({ description: 'MQTT connections that are open' }) }),
    flows: part,
    notifications: part.extend({
      waiting: figure.meta({ description: 'Still to be delivered' }),
      failed: figure.meta({ description: 'Failed in the last 24 hours and not tried again' }),
    }),
    email: part.extend({
      last_error: z
        .object({ at: z.string(), reason: z.string() })
        .nullable()
        .meta({ description: 'The last e-mail that could not be delivered in the last 24 hours; null when a later one was' }),
    }),
    disk: part.extend({ free_bytes: figure.meta({ description: 'Room that is left where data grows' }) }),
  })
  .meta({ id: 'SystemStatus' });
export type SystemStatus = z.infer<typeof systemStatusSchema>;
