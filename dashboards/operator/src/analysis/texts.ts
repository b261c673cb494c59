import { defineTexts } from '../i18n.ts';
import { en } from './texts-en.ts';
import { es } from './texts-es.ts';

/** The texts of analyses, on the page of a device and in widgets. */
export const texts = defineTexts('analysis', { en, es });
