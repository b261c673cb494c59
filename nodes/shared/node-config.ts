import type * as z from 'zod/mini';
import { tripleBraceProblem } from '../../src/contracts/template-terms.ts';

/** Fields of a node as the flow file holds them: what the form wrote, of any age. */
export type StoredFields = Readonly<Record<string, unknown>>;

/** The one file that runtime and editor of a node share says this about its configuration. */
export interface NodeConfig<Config> {
  /** `iiot-<kind>`. */
  type: `iiot-${string}`;
  /** Raised when the meaning or the name of a field changes; kept in each node as `configVersion`. */
  version: number;
  /** Every field of the form with the value that a new node gets. */
  defaults: Readonly<Record<string, string | number | boolean>>;
  schema: z.ZodMiniType<Config>;
  /** Fields that are texts with {{fields}} in them, and what each is called when something is wrong: `{ text: 'text' }`. */
  texts?: Readonly<Record<string, string>>;
  /**
   * Fields that stand encrypted beside the flows, and the name of the credential of each. One that an older node has in the flow itself is used until
   * its form is saved.
   */
  secrets?: Readonly<Record<string, string>>;
  /** `migrations[n]` turns the fields of version n into those of n + 1. */
  migrations?: Readonly<Record<number, (fields: StoredFields) => StoredFields>>;
}

/** One field and what is wrong with it, in one sentence. */
export interface FieldProblem {
  field: string;
  message: string;
}

export type ConfigResult<Config> = { ok: true; config: Config } | { ok: false; problems: FieldProblem[] };

/** States the shape of a node's configuration; only there so that `Config` is inferred. */
export function nodeConfig<Config>(definition: NodeConfig<Config>): NodeConfig<Config> {
  return definition;
}

/** Brings stored fields to the current version, then checks them by the schema. */
export function readConfig<Config>(definition: NodeConfig<Config>, stored: StoredFields): ConfigResult<Config> {
  const parsed = definition.schema.safeParse(migrate(definition, stored));
  if (parsed.success) return { ok: true, config: parsed.data };
  return {
    ok: false,
    problems: parsed.error.issues.map((issue) => ({ field: issue.path.map(String).join('.'), message: issue.message })),
  };
}

/** The stored fields with those of its secrets that are kept as credentials. */
export function withSecrets<Config>(
  { secrets = {} }: NodeConfig<Config>,
  stored: StoredFields,
  credentials: StoredFields | undefined,
): StoredFields {
  const kept = Object.entries(secrets).flatMap(([field, name]) => {
    const value = credentials?.[name];
    return typeof value === 'string' && value !== '' ? [[field, value] as const] : [];
  });
  return { ...stored, ...Object.fromEntries(kept) };
}

/** What the form says of fields beside what their schema says: nodes that were saved so before run all the same. */
export function problemsWhenSaved<Config>({ texts = {} }: NodeConfig<Config>, fields: StoredFields): FieldProblem[] {
  return Object.entries(texts).flatMap(([field, what]) => {
    const text = fields[field];
    const message = typeof text === 'string' ? tripleBraceProblem(text, what) : undefined;
    return message === undefined ? [] : [{ field, message }];
  });
}

/** The stored fields as the current version names them. Fields that are absent (an older node) get their default. */
export function migrate<Config>(definition: NodeConfig<Config>, stored: StoredFields): StoredFields {
  const storedVersion = stored['configVersion'];
  let fields = stored;
  for (let version = typeof storedVersion === 'number' ? storedVersion : 1; version < definition.version; version += 1) {
    fields = definition.migrations?.[version]?.(fields) ?? fields;
  }
  return { ...definition.defaults, ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) };
}
