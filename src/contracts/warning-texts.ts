import type { PlatformWarning, WarningFacts, WarnedNode } from './warnings.ts';

/*
 * What the platform warns of, in English for logs and programs. The web app writes its own sentences from the same facts.
 */

/** A warning with its sentence and the place in the web app where it is mended. */
export function platformWarning(facts: WarningFacts): PlatformWarning {
  return { ...facts, place: placeOf(facts), text: textOf(facts) };
}

const CARRIED = { mqtt: 'telemetry over MQTT', http: 'telemetry over HTTP' } as const;

function placeOf(warning: WarningFacts): string | null {
  switch (warning.code) {
    case 'accounts_differ':
      return `/devices/${encodeURIComponent(warning.params.device)}`;
    case 'judging_lags':
      return null;
    case 'notifications_failed':
      return '/administration/notifications?status=failed';
    case 'isolation_by_query':
    case 'redis_away':
      return null;
    default:
      return '/editor/';
  }
}

function textOf(warning: WarningFacts): string {
  switch (warning.code) {
    case 'outlet_missing': {
      const { type, carries } = warning.params;
      return `No ${type} node is deployed: ${CARRIED[carries]} is refused. Place one and wire it to an ingest node.`;
    }
    case 'outlet_not_stored': {
      const { node, carries } = warning.params;
      return `The node ${named(node)} reaches no ingest node: ${CARRIED[carries]} is not stored. Wire it to one and deploy.`;
    }
    case 'several_nodes': {
      const { type, active, idle } = warning.params;
      return `Several ${type} nodes are deployed; only ${named(active)} takes part, not ${idle.map(named).join(', ')}. Remove what is too many.`;
    }
    case 'stored_rules_idle': {
      const { count, type } = warning.params;
      const rules = count === 1 ? '1 stored rule judges' : `${String(count)} stored rules judge`;
      return `${rules} nothing: no ${type} node is deployed. Place one between an ingest node and an alert node and deploy.`;
    }
    case 'judges_nothing':
      return `${judge(warning.params)} is reached by no ingest node: it judges no reading. Wire the first output of one to it and deploy.`;
    case 'tells_nobody':
      return `${judge(warning.params)} reaches no alert node: nobody is told of what it decides. Wire it to one and deploy.`;
    case 'notifications_failed': {
      const { count, channel, at } = warning.params;
      const what = count === 1 ? '1 notification' : `${String(count)} notifications`;
      const where = 'see Administration, Notifications (/administration/notifications?status=failed)';
      return `${what} failed in the last 24 hours, the last by the channel "${channel}" at ${at}; ${where}`;
    }
    case 'accounts_differ': {
      const { count, device } = warning.params;
      const whose =
        count === 1 ? `The account of the device "${device}" does` : `The accounts of ${String(count)} devices ("${device}" among them) do`;
      return `${whose} not agree with the stored readings. The log names each device with its hour or day: keep it, and tell the developers.`;
    }
    case 'judging_lags':
      return `Rules have not judged what was stored ${String(warning.params.seconds)} s ago. Look at the flows and the log; after a deploy it should pass.`;
    case 'isolation_by_query':
      return 'The database user may not create roles: tenants are kept apart by queries alone. Grant CREATEROLE and restart.';
    case 'redis_away':
      return 'Redis (REDIS_URL) cannot be used: everything goes on, slower, without cached answers; limits are counted in this process. Start it or see the log.';
  }
}

function named({ name, tab }: WarnedNode): string {
  return `"${name}" on "${tab ?? 'a subflow'}"`;
}

function judge({ node, is }: { node: WarnedNode; is: 'rule' | 'stored_rules' }): string {
  return `The ${is === 'rule' ? 'rule' : 'node'} ${named(node)}`;
}
