import { computed } from 'vue';
import type { ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { useRoute } from 'vue-router';
import type { Widget } from '../../../../../../src/contracts/dashboards.ts';
import { isBound } from '../model/binding.ts';
import type { useBoundValues } from '../use-bound-values.ts';

type BoundParts = Pick<ReturnType<typeof useBoundValues>, 'isLoaded' | 'bound' | 'values'>;

/** Why a widget has nothing to show; undefined when it has. `needsKeys`: it shows quantities, not devices. */
export function useNote(
  widget: () => Widget,
  { isLoaded, bound, values }: BoundParts,
  needsKeys: boolean,
): ComputedRef<string | undefined> {
  const { t } = useI18n();
  const route = useRoute();
  return computed(() => {
    if (!isBound(widget(), needsKeys)) {
      if (widget().selector !== undefined) return t('boards.note.noKeys');
      return t(`boards.note.${route.name === 'dashboard-edit' ? 'unboundHere' : 'unbound'}`);
    }
    if (!isLoaded.value) return t('app.loading');
    if (widget().selector !== undefined && bound.value.devices.length === 0) return t('boards.note.noDevices');
    if (!needsKeys) return undefined;
    // A device that is gone is named at its place, so that one sees what is missing.
    const hasSomething = bound.value.missing.length > 0 || values.value.some(({ latest }) => latest !== undefined);
    return hasSomething ? undefined : t('boards.note.noReadings');
  });
}
