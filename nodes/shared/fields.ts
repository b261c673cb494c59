import * as z from 'zod/mini';

/*
 * Fields of forms. A form gives text: a number arrives as "80" and a blank one as "". Blank is never zero: a required number that is
 * blank is an error, an optional one is undefined.
 */

interface NumberRange {
  min?: number;
  max?: number;
}

/** A number that must be given. `what` names it in the message, for example "The limit". */
export function requiredNumber(what: string, range: NumberRange = {}): z.ZodMiniType<number> {
  return z.pipe(
    z.unknown(),
    z.transform((input, context) => {
      const number = numberOf(input);
      const problem = number === undefined ? `${what} is blank; enter a number.` : rangeProblem(what, input, number, range);
      if (problem === undefined && number !== undefined) return number;
      context.issues.push({ code: 'custom', input, message: problem ?? '' });
      return z.NEVER;
    }),
  );
}

/** A number that may be left blank. */
export function optionalNumber(what: string, range: NumberRange = {}): z.ZodMiniType<number | undefined> {
  return z.pipe(
    z.unknown(),
    z.transform((input, context) => {
      const number = numberOf(input);
      if (number === undefined) return undefined;
      const problem = rangeProblem(what, input, number, range);
      if (problem === undefined) return number;
      context.issues.push({ code: 'custom', input, message: problem });
      return z.NEVER;
    }),
  );
}

/** A whole number that may be left blank. */
export function optionalWhole(what: string, range: { min: number; max: number }): z.ZodMiniType<number | undefined> {
  return z.pipe(
    optionalNumber(what, range),
    z.transform((number, context) => {
      if (number === undefined || Number.isInteger(number)) return number;
      const message = `${what} ${String(number)} is not a whole number; enter one from ${String(range.min)} to ${String(range.max)}.`;
      context.issues.push({ code: 'custom', input: number, message });
      return z.NEVER;
    }),
  );
}

/** Text that must be given, without the spaces around it. */
export function requiredText(what: string, maxLength: number): z.ZodMiniType<string> {
  return checkedText(maxLength, what, true);
}

/** Text that may be left blank; without the spaces around it. */
export function optionalText(what: string, maxLength: number): z.ZodMiniType<string> {
  return checkedText(maxLength, what, false);
}

/** One of the words a select offers. */
export function choice<const Words extends readonly [string, ...string[]]>(what: string, words: Words): z.ZodMiniType<Words[number]> {
  return z.enum(words, { error: (issue) => `${what} "${String(issue.input)}" is not one of ${words.join(', ')}; choose one of them.` });
}

function checkedText(maxLength: number, what: string, required: boolean): z.ZodMiniType<string> {
  return z.pipe(
    z.unknown(),
    z.transform((input, context) => {
      const text = typeof input === 'string' ? input.trim() : '';
      if (required && text === '') context.issues.push({ code: 'custom', input, message: `${what} is blank; enter one.` });
      if (text.length > maxLength) {
        const message = `${what} has ${String(text.length)} characters; at most ${String(maxLength)} are allowed, so shorten it.`;
        context.issues.push({ code: 'custom', input, message });
      }
      return text;
    }),
  );
}

/** Undefined when blank, NaN when it is no number. */
function numberOf(input: unknown): number | undefined {
  if (typeof input === 'number') return input;
  if (input === undefined || input === null) return undefined;
  if (typeof input !== 'string') return Number.NaN;
  return input.trim() === '' ? undefined : Number(input);
}

function rangeProblem(what: string, input: unknown, number: number, { min, max }: NumberRange): string | undefined {
  if (!Number.isFinite(number)) return `${what} "${String(input)}" is not a number; enter one such as 80 or -2.5.`;
  if (min !== undefined && number < min) return `${what} ${String(number)} is too small; enter at least ${String(min)}.`;
  if (max !== undefined && number > max) return `${what} ${String(number)} is too large; enter at most ${String(max)}.`;
  return undefined;
}
