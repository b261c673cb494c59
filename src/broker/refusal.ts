/** Why a packet, a login or a connection was refused. Stable words: they are counted and shown. */
export const REFUSAL_REASONS = [
  'not_mqtt',
  'unsupported_version',
  'malformed_packet',
  'packet_too_large',
  'connect_timeout',
  'not_open',
  'bad_credentials',
  'bad_certificate',
  'bad_client_id',
  'login_unavailable',
  'foreign_will',
  'foreign_topic',
  'bad_topic',
  'foreign_filter',
  'too_many_subscriptions',
  'bad_status',
  'refused_by_platform',
  'unavailable',
  'keepalive_timeout',
  'slow_client',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Ends a connection, with the reason that is counted. */
export class MqttRefusal extends Error {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string) {
    super(message);
    this.name = 'MqttRefusal';
    this.reason = reason;
  }
}

/** How often each reason occurred since the start. */
export type RefusalCounts = Record<RefusalReason, number>;

/** All reasons at zero. */
export function noRefusals(): RefusalCounts {
  return Object.fromEntries(REFUSAL_REASONS.map((reason) => [reason, 0])) as RefusalCounts;
}
