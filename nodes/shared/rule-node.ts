import type { AuthoredRule, RuleTransition } from '../../src/contracts/rules.ts';
import type { StoredTelemetry } from '../../src/contracts/telemetry.ts';
import { AppError } from '../../src/core/errors.ts';
import { serveCatalog } from './catalog-routes.ts';
import { defineNode } from './define-node.ts';
import type { NodeContext } from './define-node.ts';
import type { NodeConfig } from './node-config.ts';
import type { Done, FlowMessage, PlatformRED } from './platform.ts';
import type { StatusOf } from './rule-status.ts';

/**
 * Registers a node that runs one rule: stored telemetry in, what the rule decided out. `ruleOf` makes the rule from the checked fields,
 * `statusOf` what stands under the node.
 */
export function defineRuleNode<Config>(
  RED: PlatformRED,
  type: { config: NodeConfig<Config>; ruleOf: (config: Config) => AuthoredRule; statusOf: (context: NodeContext<Config>) => StatusOf },
): void {
  serveCatalog(RED);
  defineNode(RED, {
    config: type.config,
    start: async (context) => {
      const { config, services } = context;
      const session = await services.rules.open({
        nodeId: context.id,
        tenantId: services.tenantId,
        rule: type.ruleOf(config),
        onTransition: (transition) => {
          context.send(outputsOf(transition));
        },
        onError: (error) => {
          context.error(error);
        },
      });
      const statusOf = type.statusOf(context);
      return {
        input: judging(session),
        status: () => statusOf(session.summary()),
        close: (removed) => session.close(removed),
      };
    },
  });
}

/** The input of a node that judges: gives stored telemetry to the session, and refuses what was not stored. */
export function judging(session: { judge(telemetry: StoredTelemetry): void }): (message: FlowMessage, done: Done) => void {
  return (message, done) => {
    if (message.telemetry === undefined) {
      done(new AppError('INVALID_REQUEST', 'The message has no msg.telemetry, so it is not stored; wire this node behind an ingest node.'));
      return;
    }
    session.judge(message.telemetry);
    done();
  };
}

/**
 * What a node sends of a decision. Output 1: raised and repeated. Output 2: cleared, and corrected, for nobody must be woken by what is past.
 */
export function outputsOf(transition: RuleTransition): (object | null)[] {
  const { rule_name: topic, message: payload, device_id, request_id } = transition;
  const message = { topic, payload, request_id, device: { device_id }, alert: transition };
  switch (transition.kind) {
    case 'raised':
    case 'repeated':
      return [message, null];
    case 'cleared':
    case 'corrected':
      return [null, message];
  }
}
