import type { RuleTransition } from '../../src/contracts/rules.ts';
import { AppError } from '../../src/core/errors.ts';
import { defineNode } from '../shared/define-node.ts';
import type { FlowMessage, PlatformRED } from '../shared/platform.ts';
import { AlertNode } from './alert-node.ts';
import { alertConfig } from './alert.config.ts';

/** Registers `iiot-alert`, which opens, repeats and clears alerts from what rule nodes decide. */
export default function register(RED: PlatformRED): void {
  defineNode(RED, {
    config: alertConfig,
    start: (context) => {
      const alerts = new AlertNode(context);
      void alerts.sendAgain();
      return {
        input: (message, done) => {
          const transition = transitionOf(message);
          if (transition === undefined) {
            done(new AppError('INVALID_REQUEST', 'The message has no transition in msg.alert; wire this node behind a rule node.'));
            return;
          }
          alerts.take(message, transition, done);
        },
        status: () => alerts.status(),
        close: () => alerts.close(),
      };
    },
  });
}

/** `msg.alert` as a rule node sent it; an alert that went through an alert node already is none. */
function transitionOf(message: FlowMessage): RuleTransition | undefined {
  const { alert } = message;
  return typeof alert === 'object' && 'kind' in alert && 'rule_id' in alert ? alert : undefined;
}
