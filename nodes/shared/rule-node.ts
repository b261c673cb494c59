import type { AuthoredRule, RuleTransition } from '../../src/contracts/rules.ts';
import { AppError } from '../../src/core/errors.ts';
import type { RuleSession } from '../../src/engine/types.ts';
import { serveCatalog } from './catalog-routes.ts';
import { defineNode } from './define-node.ts';
import type { NodeConfig } from './node-config.ts';
import type { PlatformRED } from './platform.ts';
import { ruleStatus } from './rule-status.ts';

/**
 * Registers a node that runs one rule: stored telemetry in, what the rule decided out. `ruleOf` makes the rule
 * from the checked fields, `unitOf` the unit of what is compared.
 */
export function defineRuleNode<Config extends { deviceId: string }>(
  RED: PlatformRED,
  type: { config: NodeConfig<Config>; ruleOf: (config: Config) => AuthoredRule; unitOf: (config: Config) => string },
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
      return runningRule(session, { deviceId: config.deviceId, unit: type.unitOf(config) });
    },
  });
}

function runningRule(session: RuleSession, shown: { deviceId: string; unit: string }) {
  return {
    input: (message: { telemetry?: Parameters<RuleSession['judge']>[0] }, done: (error?: Error) => void): void => {
      if (message.telemetry === undefined) {
        done(
          new AppError('INVALID_REQUEST', 'The message has no msg.telemetry, so it is not stored; wire this node behind an ingest node.'),
        );
        return;
      }
      session.judge(message.telemetry);
      done();
    },
    status: () => ruleStatus(session.summary(), shown),
    close: (removed: boolean) => session.close(removed),
  };
}

/** Output 1: raised and repeated. Output 2: cleared. */
function outputsOf(transition: RuleTransition): (object | null)[] {
  const { rule_name: topic, message: payload, device_id } = transition;
  const message = { topic, payload, device: { device_id }, alert: transition };
  return transition.kind === 'cleared' ? [null, message] : [message, null];
}
