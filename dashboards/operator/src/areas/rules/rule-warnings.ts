import type { Warning } from '../../api/health.ts';

/** The warnings about a rule: those that name a wired one, and those about the node of the stored rules, which is of all of them. */
export function warningsOf(rule: { origin: 'stored' | 'flow'; name: string; enabled: boolean }, warnings: readonly Warning[]): Warning[] {
  if (rule.origin === 'stored') return rule.enabled ? warnings.filter(isOfStoredRules) : [];
  return warnings.filter((warning) => isOfJudge(warning) && warning.params.is === 'rule' && warning.params.node.name === rule.name);
}

function isOfStoredRules(warning: Warning): boolean {
  return warning.code === 'stored_rules_idle' || (isOfJudge(warning) && warning.params.is === 'stored_rules');
}

function isOfJudge(warning: Warning): warning is Extract<Warning, { code: 'judges_nothing' | 'tells_nobody' }> {
  return warning.code === 'judges_nothing' || warning.code === 'tells_nobody';
}
