import { MASKED, withoutSecrets } from '../auth/secrets.ts';
import { MASKED_HEADER } from '../contracts/action-terms.ts';
import type { RuleInput } from '../contracts/stored-rules.ts';
import { AppError } from '../core/errors.ts';
import type { FieldError } from '../core/errors.ts';
import { isSealed, maskedAction, withHeaders } from '../notify/webhooks/header-secrets.ts';
import type { ActionHeader, HeaderSecrets } from '../notify/webhooks/header-secrets.ts';
import type { PlacedRule } from './refusals.ts';

/** Something with the actions of a rule in it, of whatever age. */
interface WithActions {
  actions?: readonly unknown[];
}

/** A rule, or a version of one, as it may be shown: without the values of headers, and without tokens and keys in the query of a URL. */
export function masked<Definition extends object>(definition: Definition): Definition {
  const { actions } = definition as WithActions;
  return Array.isArray(actions)
    ? { ...definition, actions: actions.map((action: unknown) => maskedUrl(maskedAction(action))) }
    : definition;
}

function maskedUrl(action: unknown): unknown {
  const url = urlOf(action);
  return url === undefined ? action : { ...(action as object), url: withoutSecrets(url) };
}

/** The URL of an action that has one, of whatever age. */
function urlOf(action: unknown): string | undefined {
  return typeof action === 'object' && action !== null && 'url' in action && typeof action.url === 'string' ? action.url : undefined;
}

/** The same as it is after a change, for the audit log: what is not the stored value of before is said to be changed. */
export function maskedAfter<Definition extends object>(definition: Definition, before: WithActions | undefined): Definition {
  const { actions } = definition as WithActions;
  if (!Array.isArray(actions)) return definition;
  const known = new Set((before?.actions ?? []).flatMap(storedValues));
  const mark = (value: string): string => (before === undefined || known.has(value) ? MASKED_HEADER : `${MASKED_HEADER} (changed)`);
  return { ...definition, actions: actions.map((action: unknown) => withHeaders(action, mark)) };
}

/** Who seals, for whom, and what is stored of the rule now (nothing of a new one). */
export interface Sealing {
  secrets: HeaderSecrets;
  tenantId: string;
  held: readonly unknown[];
}

/**
 * A rule as it is stored: the values of headers encrypted. A mask stands for the value that is stored for the same header of an action of the same type and URL:
 * with another URL it would be a way to have it sent to oneself. INVALID_REQUEST that names each mask behind which there is nothing.
 */
export function sealedRule({ input, prefix }: PlacedRule, { secrets, tenantId, held }: Sealing): RuleInput {
  const errors: FieldError[] = [];
  const actions = input.actions?.map((sent, index) => {
    const action = withKeptUrl(sent, { held, index, refuse: (message) => errors.push(message), prefix });
    return withHeaders(action, (value, header) => {
      const there = heldValues(held, { type: action.type, header });
      if (value === MASKED_HEADER) {
        const kept = keptValue(there, index, (text) => openedOrNothing(secrets, text, { tenantId, url: header.url }));
        if (kept !== undefined) return isSealed(kept) ? kept : secrets.seal(kept, { tenantId, url: header.url });
        errors.push(nothingToKeep(`${prefix}actions.${String(index)}.${header.field}`, header));
        return value;
      }
      // The same value stays as it is stored: what was sent unchanged must not make another version.
      const same = there.find(({ text }) => isSealed(text) && openedOrNothing(secrets, text, { tenantId, url: header.url }) === value);
      return same?.text ?? secrets.seal(value, { tenantId, url: header.url });
    });
  });
  const [first] = errors;
  if (first !== undefined) throw new AppError('INVALID_REQUEST', first.message, { errors: errors.slice(0, 50) });
  return actions === undefined ? input : { ...input, actions };
}

/**
 * An action whose URL was shown masked and came back so: with the URL that is stored, when an action of that type has one that is shown like it, the one in
 * the same place before others.
 */
function withKeptUrl<Sent extends NonNullable<RuleInput['actions']>[number]>(
  action: Sent,
  { held, index, refuse, prefix }: { held: readonly unknown[]; index: number; refuse: (error: FieldError) => void; prefix: string },
): Sent {
  const url = urlOf(action);
  if (url === undefined || !url.includes(MASKED)) return action;
  const kept = [held[index], ...held].flatMap((one) => {
    const stored = (one as { type?: unknown } | undefined)?.type === action.type ? urlOf(one) : undefined;
    return stored !== undefined && withoutSecrets(stored) === url ? [stored] : [];
  });
  if (kept[0] !== undefined) return { ...action, url: kept[0] };
  const field = `${prefix}actions.${String(index)}.url`;
  refuse({
    field,
    message: `"${field}" has "${MASKED}", which keeps what is stored of the same URL, and there is none; enter the whole URL.`,
  });
  return action;
}

interface HeldValue {
  index: number;
  text: string;
}

/** What is stored for a header of actions of that type and URL. */
function heldValues(held: readonly unknown[], { type, header }: { type: string; header: ActionHeader }): HeldValue[] {
  const values: HeldValue[] = [];
  for (const [index, action] of held.entries()) {
    if (typeof action !== 'object' || action === null || !('type' in action) || action.type !== type) continue;
    withHeaders(action, (text, { name, url }) => {
      if (url === header.url && name.toLowerCase() === header.name.toLowerCase()) values.push({ index, text });
      return text;
    });
  }
  return values;
}

/** That of the action in the same place; or, when actions were moved, the only one that there is. */
function keptValue(there: readonly HeldValue[], index: number, opened: (text: string) => string | undefined): string | undefined {
  const own = there.find((value) => value.index === index) ?? there[0];
  if (own === undefined || own.index === index) return own?.text;
  return new Set(there.map(({ text }) => opened(text) ?? text)).size === 1 ? own.text : undefined;
}

function openedOrNothing(secrets: HeaderSecrets, text: string, place: { tenantId: string; url: string }): string | undefined {
  try {
    return secrets.open(text, place);
  } catch {
    // Stored with a key that is lost: it equals nothing, and is kept as it is when it is not changed.
    return undefined;
  }
}

function nothingToKeep(field: string, { name, url }: ActionHeader): FieldError {
  const message = `"${field}" is "${MASKED_HEADER}", which keeps the stored value of the header "${name}", and there is none to keep for ${url}; a value is kept for the same URL only. Enter the value.`;
  return { field, message };
}

function storedValues(action: unknown): string[] {
  const values: string[] = [];
  withHeaders(action, (text) => {
    values.push(text);
    return text;
  });
  return values;
}
