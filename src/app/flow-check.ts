import type { Logger } from '../core/logger.ts';
import { messageOf } from '../core/errors.ts';
import type { StoredRuleChanges } from '../engine/types.ts';
import type { PlatformWarning } from '../contracts/warnings.ts';
import { flowWarnings } from './flow-warnings.ts';
import type { FlowNode } from './node-red/flow-files.ts';

/** What the check looks at. */
export interface FlowCheckOptions {
  /** The flows as they are deployed now. */
  flows: () => Promise<readonly FlowNode[]>;
  enabledStoredRules: () => Promise<number>;
  logger: Logger;
}

/** Keeps what is wired so that nothing happens, as of the last deploy or change of a stored rule; what is new about it is logged. */
export class FlowCheck {
  private readonly options: FlowCheckOptions;
  private current: readonly PlatformWarning[] = [];

  constructor(options: FlowCheckOptions) {
    this.options = options;
  }

  get warnings(): readonly PlatformWarning[] {
    return this.current;
  }

  /** The same changes, and a look after each: a rule that is stored and judged by no node is worth a warning. */
  after(changes: StoredRuleChanges): StoredRuleChanges {
    return {
      storedRuleChanged: async (tenantId, ruleId, runningState) => {
        await changes.storedRuleChanged(tenantId, ruleId, runningState);
        void this.look();
      },
    };
  }

  /** Looks again. Never rejects: while the database is away, what is known stays. */
  async look(): Promise<void> {
    const { flows, enabledStoredRules, logger } = this.options;
    try {
      const before = new Set(this.current.map(({ text }) => text));
      this.current = flowWarnings(await flows(), await enabledStoredRules());
      for (const { text } of this.current) if (!before.has(text)) logger.warn({ part: 'flows' }, text);
    } catch (error) {
      logger.warn({ part: 'flows', error: messageOf(error) }, 'The flows could not be checked for what is wired to nothing.');
    }
  }
}
