import * as z from 'zod/mini';
import { ACTION_LIMITS, ACTION_WORDS, hasLogin, headersProblem, ONE_LINE, WEB_PROTOCOL } from '../../src/contracts/action-terms.ts';
import { ACTION_FIELDS, templateProblem } from '../../src/contracts/template-terms.ts';
import { choice, optionalText, requiredText } from './fields.ts';
import { neverSentTo } from './web-address.ts';

/* Fields of action nodes. They judge as the API does (src/contracts/actions.ts), by the same terms and in the same words. */

/** What a node tells of; `both` unless chosen otherwise. */
export const TOLD_EVENTS = ['both', 'raised', 'resolved'] as const;

/** When the node acts. */
export const onField = choice('When', TOLD_EVENTS);

/** `on` of an action: undefined is both. */
export function eventsOf(on: (typeof TOLD_EVENTS)[number]): ('raised' | 'resolved')[] | undefined {
  return on === 'both' ? undefined : [on];
}

/** Blank: as the form of an action leaves it out. */
export function given<Value extends string | number>(value: Value | undefined): Value | undefined {
  return value === '' ? undefined : value;
}

/** A field whose value is judged further: `problemOf` says what is wrong with it. */
export function checked<Value>(field: z.ZodMiniType<Value>, problemOf: (value: Value) => string | undefined): z.ZodMiniType<Value> {
  return z.pipe(
    field,
    z.transform((value: Value, context) => {
      const problem = problemOf(value);
      // Other fields are checked all the same: all that is wrong shows at once.
      if (problem !== undefined) context.issues.push({ code: 'custom', input: value, message: problem, continue: true });
      return value;
    }),
  );
}

/** Text with fields such as {{value}}; may be blank. */
export function textField(what: string, longest: number): z.ZodMiniType<string> {
  return checked(optionalText(`The ${what}`, longest), (text) => templateProblem(text, what, ACTION_FIELDS));
}

/** The subject of an e-mail: text with fields in one line; may be blank. */
export const subjectField = checked(textField('subject', ACTION_LIMITS.subject), (subject) =>
  ONE_LINE.test(subject) ? undefined : ACTION_WORDS.oneLine,
);

const address = z.email();

/** Addresses with commas, semicolons or spaces between them; each once. */
export const recipientsField = z.pipe(
  z.unknown(),
  z.transform((input, context) => {
    const list = [...new Set((typeof input === 'string' ? input : '').split(/[\s,;]+/).filter((part) => part !== ''))];
    const wrong = list.find((each) => each.length > 254 || !address.safeParse(each).success);
    const problem = recipientsProblem(list, wrong);
    if (problem === undefined) return list;
    context.issues.push({ code: 'custom', input, message: problem });
    return z.NEVER;
  }),
);

function recipientsProblem(list: readonly string[], wrong: string | undefined): string | undefined {
  if (list.length === 0) return ACTION_WORDS.noAddress;
  if (wrong !== undefined) return `"${wrong}" is no address. ${ACTION_WORDS.address}`;
  if (list.length <= ACTION_LIMITS.recipients) return undefined;
  return `There are ${String(list.length)} addresses; at most ${String(ACTION_LIMITS.recipients)} are allowed, so leave some out.`;
}

const webAddress = z.url({ protocol: WEB_PROTOCOL });

/** An address of the web without a login in it, and none to which nothing is ever sent. */
export const urlField = checked(requiredText('The URL', ACTION_LIMITS.url), (url) => {
  if (url === '') return undefined;
  if (!webAddress.safeParse(url).success) return ACTION_WORDS.protocol;
  return hasLogin(url) ? ACTION_WORDS.login : neverSentTo(url);
});

/** Headers, one a line: `Authorization: Bearer abc`. */
export const headersField = z.pipe(
  z.unknown(),
  z.transform((input, context) => {
    const lines = (typeof input === 'string' ? input : '').split('\n').filter((line) => line.trim() !== '');
    const bare = lines.find((line) => line.indexOf(':') < 1);
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()] as const),
    );
    const problem =
      bare === undefined
        ? headersProblem(headers)
        : `The line "${bare}" has no name with a colon; write headers as Name: value, one a line.`;
    if (problem === undefined) return headers;
    context.issues.push({ code: 'custom', input, message: problem });
    return z.NEVER;
  }),
);

/** A time zone such as America/Bogota; may be blank. */
export const timezoneField = checked(optionalText('The time zone', 100), (zone) => {
  if (zone === '') return undefined;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return undefined;
  } catch {
    return `The time zone "${zone}" is unknown; enter one such as "America/Bogota".`;
  }
});

/** A JSON object as text; blank: none. Texts in it may have fields. */
export const paramsField = z.pipe(
  z.unknown(),
  z.transform((input, context) => {
    const text = typeof input === 'string' ? input.trim() : '';
    if (text === '') return undefined;
    const params = objectIn(text);
    const problem = params === undefined ? 'The parameters are no JSON object; enter one such as {"rpm": 1200}.' : paramsProblem(params);
    if (problem === undefined) return params;
    context.issues.push({ code: 'custom', input, message: problem });
    return z.NEVER;
  }),
);

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function paramsProblem(params: object): string | undefined {
  if (JSON.stringify(params).length > 64 * 1_024) return 'It has more than 64 KB as JSON; send less.';
  for (const text of textsIn(params)) {
    const problem = templateProblem(text, 'parameter', ACTION_FIELDS);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
