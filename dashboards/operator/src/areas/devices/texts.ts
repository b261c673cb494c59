import { defineTexts } from '../../i18n.ts';
import { en } from './texts-en.ts';
import { es } from './texts-es.ts';

/** The texts of this area. */
export const texts = defineTexts('devicePages', { en, es });
