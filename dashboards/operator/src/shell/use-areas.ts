import { computed } from 'vue';
import { useRoute } from 'vue-router';
import { AREAS } from '../areas/index.ts';
import { useSession } from '../session/session-store.ts';
import type { Area } from './area.ts';

/** The areas the person signed in may see, and the one that is shown. */
export function useAreas() {
  const session = useSession();
  const route = useRoute();
  const areas = computed(() => AREAS.filter(({ permissions }) => permissions.length === 0 || permissions.some((one) => session.may(one))));
  const current = computed(() => areas.value.find((area) => isInside(area, route.path)));
  return { areas, current };
}

function isInside({ path }: Area, at: string): boolean {
  return path === '/' ? at === '/' : at === path || at.startsWith(`${path}/`);
}
