import { createI18n } from 'vue-i18n';
import { en } from './locales/en.ts';
import { es } from './locales/es.ts';

/** The languages of the page, named in themselves. */
export const LANGUAGES = { en: 'English', es: 'Español' } as const;
export type Language = keyof typeof LANGUAGES;

const STORAGE_KEY = 'insa.language';

/** The kept language, else the browser's, else English. */
function initialLanguage(): Language {
  const wanted = localStorage.getItem(STORAGE_KEY) ?? navigator.language;
  return wanted.toLowerCase().startsWith('es') ? 'es' : 'en';
}

/** The translations, in the language of the person looking. */
export const i18n = createI18n({ legacy: false, locale: initialLanguage(), fallbackLocale: 'en', messages: { en, es } });
document.documentElement.lang = i18n.global.locale.value;

/** Shows the page in `language` from now on and at every later visit. */
export function setLanguage(language: Language): void {
  i18n.global.locale.value = language;
  localStorage.setItem(STORAGE_KEY, language);
  document.documentElement.lang = language;
}
