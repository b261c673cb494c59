/*
 * What the platform warns of is told in sentences (`src/app/flow-warnings.ts`); those about a wired rule name it, those about the node of the
 * stored rules are of all of them.
 */

/** The warnings about a rule. */
export function warningsOf(rule: { origin: 'stored' | 'flow'; name: string; enabled: boolean }, warnings: readonly string[]): string[] {
  if (rule.origin === 'flow') return warnings.filter((text) => text.startsWith(`The rule "${rule.name}" on "`));
  if (!rule.enabled) return [];
  return warnings.filter((text) => /^\d+ stored rules? judges? nothing:/.test(text));
}
