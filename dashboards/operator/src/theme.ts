import { watch } from 'vue';
import { createVuetify } from 'vuetify';
import type { ThemeDefinition } from 'vuetify';
import { aliases, mdi } from 'vuetify/iconsets/mdi-svg';
import { en, es } from 'vuetify/locale';
import { i18n } from './i18n.ts';

/** How the page looks: as the system says, or as chosen. */
export type Appearance = 'system' | 'light' | 'dark';

const STORAGE_KEY = 'insa.appearance';

/** The library greys labels by opacity; these keep them readable (WCAG AA). */
const EMPHASIS = { 'high-emphasis-opacity': 1, 'medium-emphasis-opacity': 0.76 };

/** Every text colour here has a contrast of at least 4.5 to 1 on `background` and on `surface` (WCAG AA). */
const light: ThemeDefinition = {
  dark: false,
  colors: {
    background: '#F2F4F7',
    surface: '#FFFFFF',
    'surface-light': '#F7F9FB',
    'surface-variant': '#E6EBF0',
    'on-surface-variant': '#33414E',
    'on-background': '#15202B',
    'on-surface': '#15202B',
    muted: '#55636F',
    line: '#D9E0E7',
    primary: '#0F5F9E',
    secondary: '#3C5468',
    success: '#19733F',
    warning: '#8F5200',
    error: '#B3261E',
    info: '#2A5FA5',
    alarm: '#B3261E',
    'on-alarm': '#FFFFFF',
  },
  variables: EMPHASIS,
};

const dark: ThemeDefinition = {
  dark: true,
  colors: {
    background: '#0B1117',
    surface: '#121A23',
    'surface-light': '#18222D',
    'surface-variant': '#22303D',
    'on-surface-variant': '#C9D4DE',
    'on-background': '#E4EBF1',
    'on-surface': '#E4EBF1',
    muted: '#9AA8B5',
    line: '#25323F',
    primary: '#6DB8F2',
    'on-primary': '#06182A',
    secondary: '#9FB6CA',
    success: '#5ACB8E',
    'on-success': '#04200F',
    warning: '#F2B544',
    'on-warning': '#241800',
    error: '#FF8A80',
    'on-error': '#2B0503',
    info: '#86B9FF',
    'on-info': '#04152B',
    alarm: '#8C1D18',
    'on-alarm': '#FFFFFF',
  },
  variables: EMPHASIS,
};

/** The kept appearance, else the system's. */
export function keptAppearance(): Appearance {
  const kept = localStorage.getItem(STORAGE_KEY);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

/** Keeps the chosen appearance for later visits. */
export function keepAppearance(appearance: Appearance): void {
  localStorage.setItem(STORAGE_KEY, appearance);
}

/** The component library with our two themes, and its own words in our languages. */
export const vuetify = createVuetify({
  locale: { locale: i18n.global.locale.value, messages: { en, es } },
  theme: { defaultTheme: keptAppearance(), themes: { light, dark } },
  icons: { defaultSet: 'mdi', aliases, sets: { mdi } },
  defaults: {
    VTextField: { variant: 'outlined', color: 'primary' },
    VTextarea: { variant: 'outlined', color: 'primary' },
  },
});
watch(i18n.global.locale, (language) => (vuetify.locale.current.value = language));
