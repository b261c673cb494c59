import type { ExplanationStep } from '../../../contracts/backtest.ts';
import type { Language } from '../../../core/language.ts';
import { en, EN_MANNER } from './en.ts';
import type { Sentences } from './en.ts';
import { es, ES_MANNER } from './es.ts';
import { formsOf } from './forms.ts';
import type { Forms } from './forms.ts';

/** Who is spoken to: in which language, and in which time zone (IANA name); without one instants are ISO 8601 UTC. */
export interface Listener {
  language: Language;
  timezone?: string | undefined;
}

/** All that explanations say to somebody. */
export interface Words {
  listener: Listener;
  say: Sentences;
}

const DICTIONARIES: Readonly<Record<Language, { manner: typeof EN_MANNER; sentences: (forms: Forms) => Sentences }>> = {
  en: { manner: EN_MANNER, sentences: en },
  es: { manner: ES_MANNER, sentences: es },
};

/** The words for somebody. The time zone must be one that `isTimezone` takes. */
export function wordsFor(listener: Listener): Words {
  const { manner, sentences } = DICTIONARIES[listener.language];
  return { listener, say: sentences(formsOf(manner, listener.timezone)) };
}

/** A step of an explanation, short to write. */
export function step(name: string, outcome: ExplanationStep['outcome'], text: string): ExplanationStep {
  return { step: name, outcome, text };
}
