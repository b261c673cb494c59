import { defineTexts } from '../../i18n.ts';
import { detailEn, detailEs } from './texts-detail.ts';
import { listEn, listEs } from './texts-list.ts';

/** The texts of this area. */
export const texts = defineTexts('alertPages', {
  en: { ...listEn, one: detailEn },
  es: { ...listEs, one: detailEs },
});
