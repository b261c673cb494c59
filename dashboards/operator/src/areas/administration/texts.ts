import { defineTexts } from '../../i18n.ts';
import { texts as audit } from './audit/texts.ts';
import { texts as keys } from './keys/texts.ts';
import { texts as notifications } from './notifications/texts.ts';
import { texts as rejected } from './rejected/texts.ts';
import { texts as roles } from './roles/texts.ts';
import { texts as settings } from './settings/texts.ts';
import { general } from './texts-general.ts';
import { texts as users } from './users/texts.ts';

/** The texts of this area, section by section. */
export const texts = defineTexts('admin', {
  en: { ...general.en, ...users.en, ...roles.en, ...keys.en, ...audit.en, ...notifications.en, ...rejected.en, ...settings.en },
  es: { ...general.es, ...users.es, ...roles.es, ...keys.es, ...audit.es, ...notifications.es, ...rejected.es, ...settings.es },
});
