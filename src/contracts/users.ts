import { z } from 'zod';

/** Words that name something else where a user name stands (the audit log). */
const RESERVED_NAMES: ReadonlySet<string> = new Set(['unknown', 'reset-admin', 'grafana-reader']);

const usernameSchema = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,99}$/u,
    'A user name has 1-100 letters, digits and . _ @ + -, and starts with a letter or digit.',
  )
  .refine((name) => !RESERVED_NAMES.has(name.toLowerCase()), 'This word is reserved; choose another user name.')
  .meta({ description: 'Unique in the installation, whatever its case, and not the e-mail address of somebody else', examples: ['maria'] });
const emailSchema = z.email('An e-mail address looks like maria@example.com.').max(254);
const displayNameSchema = z.string().min(1).max(200);
const roleNamesSchema = z
  .array(z.string().min(1).max(100))
  .min(1, 'A person has at least one role.')
  .max(20)
  .meta({ description: 'Names of roles, as GET /roles lists them', examples: [['operator']] });
const newPasswordSchema = z
  .string()
  .min(12, 'A password has at least 12 characters.')
  .max(1_000)
  .meta({ description: 'Not a name of the person and not one of the commonest; left out: one is generated and shown once' });

/** A person as he is listed. */
export const userSchema = z
  .object({
    id: z.uuid(),
    username: z.string(),
    email: z.string().nullable(),
    display_name: z.string().nullable(),
    roles: z.array(z.string()),
    disabled: z.boolean(),
    must_change_password: z.boolean(),
    last_login_at: z.string().nullable(),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof userSchema>;

/** A new person. Whoever makes the account knows the password, so it has to be changed at the first login unless that is denied. */
export const createUserSchema = z
  .object({
    username: usernameSchema,
    email: emailSchema.nullable().optional(),
    display_name: displayNameSchema.nullable().optional(),
    roles: roleNamesSchema,
    password: newPasswordSchema.optional(),
    must_change_password: z.boolean().optional().meta({ description: 'Default true; always true for a generated password' }),
  })
  .strict()
  .meta({ id: 'CreateUser' });
export type CreateUser = z.infer<typeof createUserSchema>;

/** A person who was just made; `password` only when it was generated. */
export const createdUserSchema = userSchema
  .extend({ password: z.string().optional().meta({ description: 'The generated password, this once' }) })
  .meta({ id: 'CreatedUser' });

/** PUT replaces the record: an address or display name that is not sent becomes null, and the account is enabled. */
export const replaceUserSchema = z
  .object({
    username: usernameSchema,
    email: emailSchema.nullable().optional(),
    display_name: displayNameSchema.nullable().optional(),
    roles: roleNamesSchema,
    disabled: z.boolean().optional(),
  })
  .strict()
  .meta({ id: 'ReplaceUser' });
export type ReplaceUser = z.infer<typeof replaceUserSchema>;

/** PATCH changes the fields sent. */
export const patchUserSchema = replaceUserSchema.partial().strict().meta({ id: 'PatchUser' });
export type PatchUser = z.infer<typeof patchUserSchema>;

/** The roles that somebody has from now on; those that are not named are taken away. */
export const assignRolesSchema = z.object({ roles: roleNamesSchema }).strict().meta({ id: 'AssignRoles' });

/** A new password for somebody else; without one it is generated. */
export const resetPasswordSchema = z.object({ password: newPasswordSchema.optional() }).strict().meta({ id: 'ResetPassword' });

/** What a reset answers; `password` only when it was generated. */
export const passwordResetSchema = z
  .object({
    must_change_password: z.literal(true),
    password: z.string().optional().meta({ description: 'The generated password, this once' }),
  })
  .meta({ id: 'PasswordReset' });

const roleFields = {
  name: z
    .string()
    .regex(
      /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,59}$/u,
      'A role name has 1-60 letters, digits, spaces and . _ -, and starts with a letter or digit.',
    )
    .refine((name) => name.trim() === name, 'A role name does not end with a space.'),
  description: z.string().max(500),
  permissions: z
    .array(z.string().max(100))
    .min(1, 'A role has at least one permission.')
    .max(100)
    .meta({ description: 'Words of the table of permissions', examples: [['devices:read', 'telemetry:read']] }),
};

/** A role: built in, or made by an administrator. Permissions are those that this version knows. */
export const roleSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    description: z.string(),
    permissions: z.array(z.string()),
    built_in: z.boolean(),
    created_at: z.string().nullable().meta({ description: 'Null for built-in roles' }),
    updated_at: z.string().nullable(),
  })
  .meta({ id: 'Role' });
export type Role = z.infer<typeof roleSchema>;

/** A new role, or (PUT) the whole of one; a description that is not sent becomes empty. */
export const writeRoleSchema = z
  .object({ ...roleFields, description: roleFields.description.optional() })
  .strict()
  .meta({ id: 'WriteRole' });
export type WriteRole = z.infer<typeof writeRoleSchema>;

/** PATCH changes the fields sent. */
export const patchRoleSchema = z.object(roleFields).partial().strict().meta({ id: 'PatchRole' });
export type PatchRole = z.infer<typeof patchRoleSchema>;
