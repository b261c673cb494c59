import { z } from 'zod';
import { allowedCommandsSchema } from './commands.ts';
import { keyFieldsSchema } from './keys.ts';
import { DEVICE_ID_PATTERN, LIMITS, RESERVED_DEVICE_IDS } from './limits.ts';
import { SERIES_KINDS } from './telemetry.ts';

/** What is known of a device: `unknown` until it has connected once, then what the broker saw or the device said itself. */
export const DEVICE_STATUSES = ['unknown', 'online', 'offline', 'error'] as const;
export type DeviceStatus = (typeof DEVICE_STATUSES)[number];

/** A device id that may be created. */
export const deviceIdSchema = z
  .string()
  .regex(DEVICE_ID_PATTERN, 'A device id has 1-128 letters, digits and . _ : -, and starts with a letter or digit.')
  .refine((id) => !RESERVED_DEVICE_IDS.has(id), 'This word is reserved (latest, aggregate, export, rejected); choose another id.')
  .meta({ description: 'Chosen by the user; unique in the installation', examples: ['pump-01'] });

/** What may be written of a device. */
export const deviceFieldsSchema = z.object({
  name: z.string().min(1).max(200),
  type: z.string().max(100),
  location: z.string().max(200),
  area: z.string().max(200),
  metadata: z.record(z.string(), z.unknown()),
  allowed_commands: allowedCommandsSchema,
  offline_seconds: z
    .int()
    .min(5)
    .max(2_592_000)
    .nullable()
    .meta({
      description: 'Silent for so long it is offline, and an alert says so; null: it is not watched',
      examples: [300],
    }),
});

/** A device as it is listed. `status_at` and `last_seen_at` are null until there was something. */
export const deviceSchema = z
  .object({
    device_id: z.string(),
    ...deviceFieldsSchema.shape,
    status: z.enum(DEVICE_STATUSES),
    status_at: z.string().nullable(),
    last_seen_at: z.string().nullable().meta({ description: 'When a message of this device was last stored' }),
    origin: z.enum(['user', 'gateway', 'certificate', 'demo']),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ id: 'Device' });
export type Device = z.infer<typeof deviceSchema>;

/** A new device; without `device_id` one is generated, and fields that are not sent are empty. */
export const createDeviceSchema = z
  .object({ device_id: deviceIdSchema.optional(), ...deviceFieldsSchema.partial().shape })
  .strict()
  .meta({ id: 'CreateDevice' });
export type CreateDevice = z.infer<typeof createDeviceSchema>;

/** PUT replaces the record: what is not sent becomes empty. */
export const replaceDeviceSchema = deviceFieldsSchema.partial().strict().meta({ id: 'ReplaceDevice' });
/** PATCH changes the fields sent. */
export const patchDeviceSchema = deviceFieldsSchema.partial().strict().meta({ id: 'PatchDevice' });
export type PatchDevice = z.infer<typeof patchDeviceSchema>;

/** A credential as it is listed: never the secret. */
export const credentialSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    prefix: z.string().meta({ description: 'The first characters of the key, to recognise it by' }),
    created_at: z.string(),
    expires_at: z.string().nullable(),
    last_used_at: z.string().nullable(),
    ...keyFieldsSchema.shape,
  })
  .meta({ id: 'Credential' });

/** The one time a key is shown. */
export const issuedCredentialSchema = z.object({ id: z.uuid(), key: z.string(), prefix: z.string() }).meta({ id: 'IssuedCredential' });

/** How one quantity is shown, and between which values it is expected. */
export const seriesSchema = z
  .object({
    key: z.string(),
    kind: z.enum(SERIES_KINDS),
    unit: z.string().nullable(),
    display_name: z.string().nullable(),
    decimals: z.int().nullable(),
    lower_limit: z.number().nullable(),
    upper_limit: z.number().nullable(),
    last_at: z.string().nullable().meta({ description: 'Time of the newest reading, six digits' }),
    usual_seconds: z.number().nullable().meta({
      description:
        'How far apart its readings usually are: the median of the newest nine, within a week of the last one; null with fewer than three',
    }),
  })
  .meta({ id: 'Series' });
export type SeriesItem = z.infer<typeof seriesSchema>;

/** What may be changed of a quantity; null removes, what is not sent stays. */
export const seriesChangeSchema = z
  .object({
    key: z.string().min(1).max(LIMITS.keyLength),
    display_name: z.string().min(1).max(200).nullable().optional(),
    unit: z.string().min(1).max(LIMITS.unitLength).optional().meta({
      description: 'Only where the series has none yet (or the same in another spelling): stored values are in the unit they have',
    }),
    decimals: z.int().min(0).max(10).nullable().optional(),
    lower_limit: z.number().nullable().optional(),
    upper_limit: z.number().nullable().optional(),
  })
  .strict()
  .meta({ id: 'SeriesChange' });
export type SeriesChange = z.infer<typeof seriesChangeSchema>;

/** PATCH /devices/{device_id}/series: all of it or nothing. */
export const patchSeriesSchema = z
  .object({ items: z.array(seriesChangeSchema).min(1).max(LIMITS.seriesPerDevice) })
  .strict()
  .meta({
    id: 'PatchSeries',
    examples: [{ items: [{ key: 'temperature', display_name: 'Bearing temperature', decimals: 1, lower_limit: -10, upper_limit: 80 }] }],
  });

/** What to do with a device of the file that exists already. */
export const EXISTING_DEVICES = ['refuse', 'skip', 'update'] as const;
export type ExistingDevices = (typeof EXISTING_DEVICES)[number];

/** What became of one row of an import; the key is shown this once, and null for devices that existed. */
export const importedDeviceSchema = z
  .object({
    line: z.int().meta({ description: 'Of the file, from 1' }),
    device_id: z.string(),
    name: z.string(),
    result: z.enum(['created', 'updated', 'skipped']),
    credential_id: z.uuid().nullable(),
    key: z.string().nullable(),
  })
  .meta({ id: 'ImportedDevice' });
export type ImportedDevice = z.infer<typeof importedDeviceSchema>;

/** The answer to POST /devices/import. */
export const deviceImportSchema = z
  .object({
    dry_run: z.boolean(),
    created: z.int(),
    updated: z.int(),
    skipped: z.int(),
    items: z.array(importedDeviceSchema),
  })
  .meta({ id: 'DeviceImport' });
export type DeviceImport = z.infer<typeof deviceImportSchema>;
