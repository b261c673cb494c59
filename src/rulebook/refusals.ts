import type { RuleInput } from '../contracts/stored-rules.ts';
import { unknownDeviceProblem } from '../contracts/rule-terms.ts';
import { AppError } from '../core/errors.ts';
import type { FieldError } from '../core/errors.ts';
import type { Queryable } from '../storage/database.ts';
import { registeredDevices } from '../storage/repositories/rulebook.ts';
import type { RuleRow } from '../storage/repositories/rulebook.ts';
import { devicesNamedIn } from './definition.ts';
import { editorUrlOf } from './view.ts';

/** INVALID_REQUEST for one field. */
export function invalidField(field: string, message: string): AppError {
  return new AppError('INVALID_REQUEST', message, { errors: [{ field, message }] });
}

/** NOT_FOUND for a rule; `removedAt` when there was one. */
export function noRule(ruleId: string, removedAt?: string): AppError {
  const message =
    removedAt === undefined
      ? `There is no rule ${ruleId}. GET /api/v1/rules lists those that exist.`
      : `The rule ${ruleId} was deleted at ${removedAt}. GET /api/v1/rules/${ruleId}/versions still tells what it said; create it anew if you need it.`;
  return new AppError('NOT_FOUND', message);
}

/** CONFLICT for a rule that is a node: it is changed in the editor. */
export function changedInTheEditor({ rule_id: id, node_id: nodeId, definition }: RuleRow): AppError {
  const editorUrl = nodeId === null ? '/editor/' : editorUrlOf(nodeId);
  return new AppError(
    'CONFLICT',
    `The rule "${definition.name}" is a node on the canvas and is changed there, not here. Open ${editorUrl}, change the node and deploy.`,
    { details: { id, origin: 'flow', node_id: nodeId, editor_url: editorUrl } },
  );
}

/** CONFLICT for an edit of a version that is not the present one any more. */
export function changedMeanwhile({ rule_id: id, version, definition, updated_by: by }: RuleRow, expected: number): AppError {
  return new AppError(
    'CONFLICT',
    `The rule "${definition.name}" is version ${String(version)} by now${by === null ? '' : ` (${by} changed it)`}, and your change was made from version ${String(expected)}. Read it again and repeat the change.`,
    { details: { id, expected_version: expected, current_version: version } },
  );
}

/** A rule and where it stands in the body of the request: blank, or a prefix such as `rules.3.`. */
export interface PlacedRule {
  prefix: string;
  input: RuleInput;
}

/** Fails with INVALID_REQUEST that names each field with a device that is not registered. */
export async function assertDevicesExist(tx: Queryable, tenantId: string, rules: readonly PlacedRule[]): Promise<void> {
  const named = rules.flatMap(({ prefix, input }) =>
    devicesNamedIn(input).map(({ field, deviceId }) => ({ field: prefix + field, deviceId })),
  );
  const known = await registeredDevices(tx, tenantId, [...new Set(named.map(({ deviceId }) => deviceId))]);
  const errors = named
    .filter(({ deviceId }) => !known.has(deviceId))
    .map(({ field, deviceId }): FieldError => {
      const message = unknownDeviceProblem(deviceId);
      return { field, message: `"${field}" is "${deviceId}". ${message}` };
    });
  const [first] = errors;
  if (first === undefined) return;
  const more = errors.length > 1 ? ` (and ${String(errors.length - 1)} more)` : '';
  throw new AppError('INVALID_REQUEST', `${first.message}${more}`, { errors: errors.slice(0, 50) });
}
