import type { Texts } from '../../i18n.ts';

/** The texts of one section in both languages; the type holds them to the same shape. */
export function textsOf<Shape extends Texts>(byLanguage: { en: Shape; es: NoInfer<Shape> }): { en: Shape; es: Shape } {
  return byLanguage;
}
