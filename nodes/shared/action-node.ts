import { actionSchema } from '../../src/contracts/actions.ts';
import type { Action } from '../../src/contracts/actions.ts';
import { AppError } from '../../src/core/errors.ts';
import { ActionQueue } from './action-queue.ts';
import { serveCatalog } from './catalog-routes.ts';
import { defineNode } from './define-node.ts';
import type { NodeDefinition } from './define-node.ts';
import type { PlatformRED } from './platform.ts';

/** Registers a node that does one thing about every alert that comes in. `actionOf` makes the action of the checked fields; what is undefined in it is left out. */
export function defineActionNode<Config>(
  RED: PlatformRED,
  type: Pick<NodeDefinition<Config>, 'config' | 'editorSettings'> & { actionOf: (config: Config) => { type: Action['type'] } },
): void {
  serveCatalog(RED);
  defineNode(RED, {
    config: type.config,
    editorSettings: type.editorSettings ?? {},
    start: (context) => {
      const action = checkedAction(type.actionOf(context.config));
      return new ActionQueue(context, () => [{ action }]);
    },
  });
}

/** As the API would take it: the form judges by the same terms, and what it missed must not be queued. */
function checkedAction(action: object): Action {
  const parsed = actionSchema.safeParse(Object.fromEntries(Object.entries(action).filter(([, value]) => value !== undefined)));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  throw new AppError('INVALID_CONFIG', problems.join(' '));
}
