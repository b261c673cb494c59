import { defineTexts } from '../../i18n.ts';

/** The texts of this area. */
export const texts = defineTexts('alertPages', {
  en: { title: 'Alerts' },
  es: { title: 'Alertas' },
});
