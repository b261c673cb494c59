import { defineTexts } from '../../i18n.ts';

/** The texts of this area. */
export const texts = defineTexts('rulePages', {
  en: { title: 'Rules' },
  es: { title: 'Reglas' },
});
