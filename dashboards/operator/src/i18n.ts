import { createI18n } from 'vue-i18n';
import { en } from './locales/en.ts';
import { es } from './locales/es.ts';
import { speak } from './language.ts';

/** The languages of the page, named in themselves. */
export const LANGUAGES = { en: 'English', es: 'Español' } as const;
export type Language = keyof typeof LANGUAGES;

/** Texts of one area, by name; `en` and `es` have the same shape. */
export interface Texts {
  [name: string]: string | Texts;
}
export type AreaTexts = Readonly<Record<Language, Texts>>;

const STORAGE_KEY = 'insa.language';

/** The kept language, else the browser's, else English. */
function initialLanguage(): Language {
  const wanted = localStorage.getItem(STORAGE_KEY) ?? navigator.language;
  return wanted.toLowerCase().startsWith('es') ? 'es' : 'en';
}

/** The translations, in the language of the person looking. */
export const i18n = createI18n({ legacy: false, locale: initialLanguage(), fallbackLocale: 'en', messages: { en, es } });
document.documentElement.lang = i18n.global.locale.value;
speak(i18n.global.locale.value);

/** Shows the page in `language` from now on and at every later visit. */
export function setLanguage(language: Language): void {
  i18n.global.locale.value = language;
  localStorage.setItem(STORAGE_KEY, language);
  document.documentElement.lang = language;
  speak(language);
}

/** The texts of an area under its own name; the type holds both languages to the same shape. */
export function defineTexts<Shape extends Texts>(area: string, byLanguage: { en: Shape; es: NoInfer<Shape> }): AreaTexts {
  return { en: { [area]: byLanguage.en }, es: { [area]: byLanguage.es } };
}

/** Makes the texts of an area known; doing it again changes nothing. */
export function addTexts(texts: AreaTexts): void {
  i18n.global.mergeLocaleMessage('en', texts.en);
  i18n.global.mergeLocaleMessage('es', texts.es);
}
