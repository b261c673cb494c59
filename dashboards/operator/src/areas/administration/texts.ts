import { defineTexts } from '../../i18n.ts';

/** The texts of this area. */
export const texts = defineTexts('admin', {
  en: { title: 'Administration' },
  es: { title: 'Administración' },
});
