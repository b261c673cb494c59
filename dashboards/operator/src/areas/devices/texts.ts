import { defineTexts } from '../../i18n.ts';

/** The texts of this area. */
export const texts = defineTexts('devicePages', {
  en: { title: 'Devices' },
  es: { title: 'Dispositivos' },
});
