import { z } from 'zod';
import { platformWarningSchema } from './warnings.ts';

/** The body of every error: RFC 9457 with a stable `code`. What a code has to say beyond that are members of their own, such as `permission`. */
export const problemSchema = z
  .looseObject({
    type: z.string().meta({ description: 'Where the code is explained', examples: ['/api/v1/docs/errors#NOT_FOUND'] }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'Stable; what a program decides by', examples: ['NOT_FOUND'] }),
    detail: z.string().meta({ description: 'The thing, the value, the rule it broke and the next step, for a person' }),
    remedy: z.string().meta({ description: 'What helps, mostly the same for every problem of the code' }),
    instance: z.string().optional().meta({ description: 'The path that was asked for' }),
    request_id: z.string().optional().meta({ description: 'As in the header `X-Request-Id` and in the log' }),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'What is wrong with which field' }),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problemSchema>;

/** Lists: `limit` 50 unless given, at most 500; `cursor` as the last answer gave it. Query strings arrive as text. */
export const pageQuerySchema = z.object({
  limit: z
    .string()
    .refine((text) => /^\d+$/.test(text), 'A limit is a whole number from 1 to 500.')
    .transform(Number)
    .pipe(z.int().min(1).max(500))
    .optional()
    .meta({ override: { type: 'integer', minimum: 1, maximum: 500, default: 50 }, description: 'How many at most' }),
  cursor: z.string().max(500).optional().meta({ description: '`next_cursor` of the last answer' }),
});

/** The shape of every list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next_cursor: z.string().nullable() });
}

/** One page of a list; `next_cursor` is null on the last one and the `cursor` of the next request otherwise. */
export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

/** One word per part of the system; `ok` when it is well. */
export const healthSchema = z
  .object({
    status: z.enum(['healthy', 'degraded', 'unhealthy']),
    version: z.string(),
    timestamp: z.string(),
    database: z.string(),
    isolation: z.string(),
    broker: z.string(),
    flows: z.string(),
    disk: z.string(),
    redis: z.string().meta({ description: 'Where limits are counted: `not used` (in this process), `ok`, or that it is away' }),
    warnings: z.array(z.string()),
    warning_details: z.array(platformWarningSchema).meta({ description: 'The same as data, in the same order' }),
  })
  .meta({ id: 'Health' });
export type Health = z.infer<typeof healthSchema>;
