import { z } from 'zod';
import { LANGUAGES } from '../core/language.ts';
import type { Language } from '../core/language.ts';
import type { Listener } from '../rules/explain/words/words.ts';
import { timezoneParam } from './routes/shared.ts';

/** What a route takes in its query that answers sentences for people. */
export const listenerQuery = z.strictObject({
  timezone: timezoneParam.optional().meta({
    description: 'Times in the sentences are in this zone (IANA name), written for people; left out: ISO 8601 UTC',
  }),
});

/** Whom an answer is for, by the header `Accept-Language` and the query of its request; the answer says its language. */
export function listenerOf(request: {
  query: z.output<typeof listenerQuery>;
  header(name: string): string | undefined;
  setHeader(name: string, value: string): void;
}): Listener {
  const language = languageOf(request.header('accept-language'));
  request.setHeader('Content-Language', language);
  request.setHeader('Vary', 'Accept-Language');
  return { language, timezone: request.query.timezone };
}

const MOST_CHARACTERS = 200;

/** The language that `Accept-Language` (RFC 9110, 12.5.4) wants most of those that are spoken here; English unless one of them is named. */
export function languageOf(header: string | undefined): Language {
  const wanted = (header ?? '')
    .slice(0, MOST_CHARACTERS)
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return { name: tag.split('-', 1)[0], weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  for (const { name } of wanted) {
    const language = LANGUAGES.find((known) => known === name);
    if (language !== undefined) return language;
  }
  return LANGUAGES[0];
}
