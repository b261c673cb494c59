import { AppError } from '../../src/core/errors.ts';
import { ActionQueue } from '../shared/action-queue.ts';
import { defineNode } from '../shared/define-node.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { actionsConfig } from './actions.config.ts';

/** Registers `iiot-actions`, which carries out the actions of the stored rule that raised an alert. */
export default function register(RED: PlatformRED): void {
  defineNode(RED, {
    config: actionsConfig,
    start: (context) => {
      const { services } = context;
      return new ActionQueue(context, async ({ alert }) => {
        const version = { tenantId: services.tenantId, ruleId: alert.rule_id, version: alert.rule_version };
        const { actions, problems } = await services.ruleActions.of(version);
        if (problems.length > 0) {
          const which = `The rule "${alert.rule_name}" has actions that cannot be carried out; put them right and save the rule.`;
          context.error(new AppError('INVALID_CONFIG', `${which} ${problems.join(' ')}`));
        }
        return actions.map(({ action, index }) => ({ action, place: index }));
      });
    },
  });
}
