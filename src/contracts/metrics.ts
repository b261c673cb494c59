/** Where telemetry comes from, as metrics name it: the two sources, messages that only a flow knows (stock nodes), and stored past. */
export const TELEMETRY_SOURCES = ['mqtt', 'http', 'flow', 'history'] as const;
export type TelemetrySource = (typeof TELEMETRY_SOURCES)[number];

/** What became of a message: `duplicate` when all its readings were stored before, `unavailable` when it was not acknowledged. */
export const MESSAGE_OUTCOMES = ['stored', 'duplicate', 'rejected', 'discarded', 'unavailable'] as const;
export type MessageOutcome = (typeof MESSAGE_OUTCOMES)[number];

/** What became of a reading in a message that was acknowledged. */
export const POINT_OUTCOMES = ['stored', 'duplicate', 'rejected'] as const;
export type PointOutcome = (typeof POINT_OUTCOMES)[number];

/** Where a rule lives: in a node of a flow, or in the rule book. */
export const RULE_ORIGINS = ['wired', 'stored'] as const;
export type RuleOrigin = (typeof RULE_ORIGINS)[number];

/** The two pools of database connections: the platform's own, and the one that answers requests. */
export const DATABASE_POOLS = ['system', 'api'] as const;
export type DatabasePool = (typeof DATABASE_POOLS)[number];

/** The parts whose health is shown. */
export const HEALTH_PARTS = ['database', 'broker', 'flows', 'disk', 'redis'] as const;
export type HealthPart = (typeof HEALTH_PARTS)[number];
