import { DEFAULT_LATENESS_SECONDS } from '../contracts/rule-terms.ts';
import type { RuleView } from '../contracts/stored-rules.ts';
import type { RuleRow } from '../storage/repositories/rulebook.ts';
import { masked } from './header-values.ts';

/** Where the editor opens a node, with its dialog; a path on the same server. */
export function editorUrlOf(nodeId: string): string {
  return `/editor/#node/${encodeURIComponent(nodeId)}/edit`;
}

/** A rule as the API gives it; values of headers are masked. */
export function ruleViewOf(row: RuleRow): RuleView {
  const definition = masked(row.definition);
  return {
    id: row.rule_id,
    origin: row.origin,
    node_id: row.node_id,
    editor_url: row.node_id === null ? null : editorUrlOf(row.node_id),
    version: row.version,
    name: definition.name,
    rule_type: definition.rule_type,
    scope: definition.scope,
    conditions: definition.conditions,
    severity: definition.severity,
    message: definition.message,
    actions: definition.actions ?? [],
    active: definition.active ?? null,
    cooldown_seconds: definition.cooldown_seconds ?? 0,
    min_quality: definition.min_quality ?? 0,
    lateness_seconds: definition.lateness_seconds ?? DEFAULT_LATENESS_SECONDS,
    priority: row.priority,
    enabled: row.enabled,
    trigger_count: row.trigger_count,
    last_triggered: row.last_triggered,
    created_at: row.created_at,
    updated_at: row.updated_at,
    updated_by: row.updated_by,
  };
}
