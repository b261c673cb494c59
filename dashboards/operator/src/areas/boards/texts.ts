import { defineTexts } from '../../i18n.ts';

/** The texts of this area. */
export const texts = defineTexts('boards', {
  en: { title: 'Dashboards' },
  es: { title: 'Tableros' },
});
