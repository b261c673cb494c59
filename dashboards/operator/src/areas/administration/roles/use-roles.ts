import { shallowRef } from 'vue';
import type { Role } from '../../../../../../src/contracts/users.ts';
import { ApiError } from '../../../api/problem.ts';
import { useSession } from '../../../session/session-store.ts';

/** More roles than this are not offered. */
const MAX_ROLES = 500;

/** The roles, for choices. A failure leaves none: the list beside them says what is wrong. */
export function useRoles() {
  const session = useSession();
  const roles = shallowRef<readonly Role[]>([]);
  async function loadRoles(): Promise<void> {
    try {
      roles.value = (await session.request('GET /roles', { query: { limit: MAX_ROLES } })).items;
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
    }
  }
  return { roles, loadRoles };
}
