import type { AuthoredRule, RuleTransition } from '../../src/contracts/rules.ts';
import { AppError } from '../../src/core/errors.ts';
import type { RuleSession } from '../../src/engine/types.ts';
import { serveCatalog } from '../shared/catalog-routes.ts';
import { defineNode } from '../shared/define-node.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { ruleStatus } from '../shared/rule-status.ts';
import { ruleInWords, thresholdRuleConfig } from './threshold-rule.config.ts';
import type { ThresholdRuleConfig } from './threshold-rule.config.ts';

/** Registers `iiot-threshold-rule`, which judges stored telemetry against a limit, per device. */
export default function register(RED: PlatformRED): void {
  serveCatalog(RED);
  defineNode(RED, {
    config: thresholdRuleConfig,
    start: async (context) => {
      const { config, services } = context;
      const session = await services.rules.open({
        nodeId: context.id,
        tenantId: services.tenantId,
        rule: ruleOf(config),
        onTransition: (transition) => {
          context.send(outputsOf(transition));
        },
        onError: (error) => {
          context.error(error);
        },
      });
      return runningRule(session, config);
    },
  });
}

function runningRule(session: RuleSession, config: ThresholdRuleConfig) {
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
    status: () => ruleStatus(session.summary(), config),
    close: (removed: boolean) => session.close(removed),
  };
}

/** The rule as the engine runs it; blank fields of the form are left out. */
function ruleOf(config: ThresholdRuleConfig): AuthoredRule {
  const { deviceId, deviceType, location, key, operator, value, clearValue, durationSeconds } = config;
  return {
    name: config.name === '' ? ruleInWords(config) : config.name,
    rule_type: 'threshold',
    scope: {
      ...(deviceId === '' ? {} : { device_id: deviceId }),
      ...(deviceType === '' ? {} : { device_type: deviceType }),
      ...(location === '' ? {} : { location }),
    },
    conditions: {
      key,
      operator,
      value,
      ...(durationSeconds === undefined ? {} : { duration_seconds: durationSeconds }),
      ...(clearValue === undefined ? {} : { clear_value: clearValue }),
    },
    severity: config.severity,
    message: config.message,
  };
}

/** Output 1: raised and repeated. Output 2: cleared. */
function outputsOf(transition: RuleTransition): (object | null)[] {
  const { rule_name: topic, message: payload, device_id } = transition;
  const message = { topic, payload, device: { device_id }, alert: transition };
  return transition.kind === 'cleared' ? [null, message] : [message, null];
}
