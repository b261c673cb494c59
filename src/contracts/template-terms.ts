/** Names that a message template may use, as the editor offers them. */
export const MESSAGE_FIELDS = ['device.name', 'device.id', 'key', 'value', 'unit', 'threshold', 'severity', 'rule.name'] as const;

/** Names that texts of actions (subjects, bodies, topics, parameters) may use beside those: the alert that they tell of. */
export const ACTION_FIELDS = [
  ...MESSAGE_FIELDS,
  'message',
  'alert.id',
  'alert.status',
  'alert.occurrences',
  'alert.raised_at',
  'alert.resolved_by',
  'device.location',
  'device.type',
  'link',
] as const;

/** Everything between two pairs of braces; not greedy and bounded, so that no text can make it slow. */
const BRACES = /\{\{([^{}]{0,200})\}\}/g;

/**
 * Why a message template cannot be used, or undefined when it can: it takes values by name, no code, no patterns, no helpers. The same words
 * in the API and in the forms of nodes.
 */
export function templateProblem(template: string, what = 'message', fields: readonly string[] = MESSAGE_FIELDS): string | undefined {
  for (const [whole, inner = ''] of template.matchAll(BRACES)) {
    if (!fields.includes(inner.trim())) {
      return `The ${what} has ${whole}, which is no field; a ${what} takes values only, so use ${fields.map((field) => `{{${field}}}`).join(', ')}.`;
    }
  }
  // What is left of braces after all fields are taken out does not pair up.
  return /\{\{|\}\}/.test(template.replace(BRACES, ''))
    ? `The ${what} has braces that do not pair up; write fields as {{value}} and leave other double braces out.`
    : undefined;
}

/**
 * Why a text with fields is not what its author means, or undefined. Three braces leave one on each side of the value; what was stored so is still carried
 * out, so this is asked only when something is saved.
 */
export function tripleBraceProblem(template: string, what = 'message'): string | undefined {
  const [whole] = /\{{3,}[^{}]{0,200}\}{2,}|\{{2,}[^{}]{0,200}\}{3,}/.exec(template) ?? [];
  return whole === undefined ? undefined : `The ${what} has ${whole}, with more than two braces; write fields as {{value}}.`;
}
