import { h } from 'vue';
import type { FunctionalComponent } from 'vue';
import { VBtn } from 'vuetify/components/VBtn';
import { VProgressCircular } from 'vuetify/components/VProgressCircular';
import { i18n } from '../i18n.ts';

/** The library's button, whose sign that something is under way has a name: the library gives it none, so a screen reader could not say what turns. */
export const BusyButton: FunctionalComponent = (_props, { attrs, slots }) =>
  h(VBtn, attrs, {
    ...slots,
    loader: () => h(VProgressCircular, { indeterminate: true, width: 2, 'aria-label': i18n.global.t('ui.working') }),
  });
BusyButton.inheritAttrs = false;
