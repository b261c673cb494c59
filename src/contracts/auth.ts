import { z } from 'zod';
import { hourlyLimitSchema, keyFieldsSchema } from './keys.ts';

/** What a person sends to log in. */
export const loginSchema = z
  .object({
    username: z.string().min(1).max(254).meta({ description: 'The user name or the e-mail address' }),
    password: z.string().min(1).max(1_000),
  })
  .strict()
  .meta({ id: 'Login' });

/** What a login or a refresh answers: an access token for 15 minutes and a refresh token for one use within 7 days. */
export const tokensSchema = z
  .object({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.int().meta({ description: 'Seconds until the access token expires' }),
    refresh_token: z.string(),
    must_change_password: z.boolean(),
  })
  .meta({ id: 'Tokens' });
export type Tokens = z.infer<typeof tokensSchema>;

/** What is sent to renew an access token; the refresh token is spent by it. */
export const refreshSchema = z.strictObject({ refresh_token: z.string().min(1).max(500) }).meta({ id: 'Refresh' });

/** Who the caller is, his roles (none for keys), and what they may do together; `role` is the strongest of them. */
export const meSchema = z
  .object({
    id: z.string(),
    username: z.string(),
    role: z.string(),
    roles: z.array(z.string()),
    tenant_id: z.string(),
    permissions: z.array(z.string()),
    must_change_password: z.boolean(),
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof meSchema>;

/** What a person sends to change the own password; the current one is asked for again. */
export const changePasswordSchema = z
  .strictObject({
    current_password: z.string().min(1).max(1_000),
    new_password: z.string().min(12, 'A password has at least 12 characters.').max(1_000),
  })
  .strict()
  .meta({ id: 'ChangePassword' });

/** A key for programs or gateways. `gateway` may publish for every device of the tenant; `program` uses the API. */
export const createApiKeySchema = z
  .object({
    name: z.string().min(1).max(100),
    kind: z.enum(['gateway', 'program']),
    permissions: z.array(z.string()).max(50).optional().meta({ description: 'For programs; default telemetry:write' }),
    auto_register: z.boolean().optional().meta({ description: 'For gateways: register devices seen for the first time' }),
    expires_at: z.iso.datetime({ offset: true }).optional(),
    hourly_limit: hourlyLimitSchema.optional(),
  })
  .strict()
  .meta({ id: 'CreateApiKey' });
export type CreateApiKey = z.infer<typeof createApiKeySchema>;

/** An API key as it is listed: never the secret. */
export const apiKeySchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    kind: z.enum(['gateway', 'program']),
    prefix: z.string(),
    permissions: z.array(z.string()),
    auto_register: z.boolean(),
    created_at: z.string(),
    expires_at: z.string().nullable(),
    last_used_at: z.string().nullable(),
    ...keyFieldsSchema.shape,
  })
  .meta({ id: 'ApiKey' });
