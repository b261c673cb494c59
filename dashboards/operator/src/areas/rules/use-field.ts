import { computed, reactive } from 'vue';
import { useI18n } from 'vue-i18n';
import { placeOf } from './difference.ts';
import { useForm } from './form-context.ts';

/** Label, hint, error and state of a field, by its path in the request; `attrs` is all of that as the inputs of the library take it. */
export function useField(path: () => string) {
  const i18n = useI18n();
  const { t } = i18n;
  const form = useForm();
  const name = computed(() => placeOf(path()).label);
  const label = computed(() => t(`rulePages.fields.${name.value}`));
  const hint = computed(() => (i18n.te(`rulePages.hints.${name.value}`) ? t(`rulePages.hints.${name.value}`) : ''));
  const error = computed(() => form.errorAt(path()));
  const attrs = computed(() => ({
    label: label.value,
    hint: hint.value,
    persistentHint: hint.value !== '',
    hideDetails: 'auto' as const,
    errorMessages: error.value ?? null,
    readonly: form.isReadonly,
    color: 'primary',
    'data-field': path(),
  }));
  return reactive({ label, error, attrs, changed: () => form.forget(path()) });
}
