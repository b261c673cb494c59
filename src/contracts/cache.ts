/** What answers are cached for: each region has its own life and its own figures. */
export const CACHE_REGIONS = ['devices', 'telemetry', 'rules', 'alerts', 'statistics', 'dashboards', 'permissions'] as const;
export type CacheRegion = (typeof CACHE_REGIONS)[number];

/**
 * What a cached answer can be made of: tables, and `history`, which stands for stored readings that changed other than by new ones (a past that was
 * imported, a device that was removed). A write to one of them ends every answer that names it.
 */
export const CACHE_SOURCES = [
  'devices',
  /** When devices were last heard, which is written every few seconds. */
  'devices.last_seen_at',
  'device_configs',
  'device_commands',
  'series',
  'rules',
  /** How often, and when last, rules raised an alert. */
  'rules.trigger_count',
  'rule_versions',
  'rule_states',
  'rule_transitions',
  'alerts',
  'alert_history',
  'notifications',
  'notification_attempts',
  'dashboards',
  'users',
  'roles',
  'history',
  /** By the device: readings that came long after their time. */
  'late_readings',
] as const;
export type CacheSource = (typeof CACHE_SOURCES)[number];
/** One row of a table (`rowOf`): it ends an answer when that row is written, or any of which nobody knows which. */
export type CacheRow = `${CacheSource}/${string}`;

/** Rows are told by their place among so many, so that what is remembered of them is bounded: two that share one end each other's answers. */
const PLACES = 4_096;

/** One row of a table as it is told of and read: the table, and the place of its id, which may be in any case. */
export function rowOf<Table extends string>(table: Table, id: string): `${Table}/${number}` {
  let place = 0;
  for (const letter of id.toLowerCase()) place = (place * 31 + (letter.codePointAt(0) ?? 0)) % PLACES;
  return `${table}/${place}`;
}

/** What happened in one region since the start. */
export interface CacheCounts {
  /** Answered from the cache. */
  hits: number;
  /** Answered by the database. */
  misses: number;
  /** Joined a question that was under way. */
  collapsed: number;
  /** Thrown out for want of room. */
  evictions: number;
  /** Redis failed to do what it was asked. */
  errors: number;
}

/** A question whose answer may be given again. */
export interface Question {
  region: CacheRegion;
  /** Whose answer it is; nobody else's is ever looked at. */
  tenantId: string;
  /** Everything else that decides the answer, the viewer too where answers depend on him. */
  key: string;
  /** What the answer is made of: a write to one of them ends it. */
  reads: readonly (CacheSource | CacheRow)[];
}

/** An answer, and how long ago it was made. */
export interface CachedAnswer {
  text: string;
  ageMs: number;
}

/** Where answers are asked for that may be given again. */
export interface Answers {
  /** The answer to a question; `make` is asked when it is not known, once for all who ask meanwhile. */
  answer(question: Question, make: () => Promise<string>): Promise<CachedAnswer>;
}
