import { z } from 'zod';

/** How many requests an hour a key may make; null: no limit of its own. */
export const hourlyLimitSchema = z
  .int()
  .min(1)
  .max(10_000_000)
  .nullable()
  .meta({ description: 'Requests an hour over HTTP; null: no limit of its own' });

/** What every key is listed with beside its name and times. */
export const keyFieldsSchema = z.object({
  hourly_limit: z.int().nullable(),
  created_by: z.string().nullable().meta({ description: 'Who issued it; null: the platform itself' }),
  replaced_by: z.uuid().nullable().meta({ description: 'The key that took its place when it was rotated' }),
});

/** The longest time that an old key goes on working beside the new one: a week. */
const MAX_OVERLAP_SECONDS = 604_800;
const USUAL_OVERLAP_SECONDS = 86_400;

/** How a key is rotated. */
export const rotateKeySchema = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(MAX_OVERLAP_SECONDS)
      .default(USUAL_OVERLAP_SECONDS)
      .meta({ description: 'How long the old key goes on working; 0 ends it at once' }),
    expires_at: z.iso
      .datetime({ offset: true })
      .optional()
      .meta({ description: 'When the new key ends; left out: it lives as long as the old one was meant to' }),
  })
  .meta({ id: 'RotateKey' });

/** The new key, shown this once, and when the old one ends. */
export const rotatedKeySchema = z
  .object({
    id: z.uuid(),
    key: z.string(),
    prefix: z.string(),
    expires_at: z.string().nullable(),
    replaces: z.uuid().meta({ description: 'The old key' }),
    replaced_expires_at: z.string().meta({ description: 'When the old key ends' }),
  })
  .meta({ id: 'RotatedKey' });
