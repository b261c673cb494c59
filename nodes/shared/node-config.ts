import type * as z from 'zod/mini';

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

/** The stored fields as the current version names them. Fields that are absent (an older node) get their default. */
export function migrate<Config>(definition: NodeConfig<Config>, stored: StoredFields): StoredFields {
  const storedVersion = stored['configVersion'];
  let fields = stored;
  for (let version = typeof storedVersion === 'number' ? storedVersion : 1; version < definition.version; version += 1) {
    fields = definition.migrations?.[version]?.(fields) ?? fields;
  }
  return { ...definition.defaults, ...fields };
}
