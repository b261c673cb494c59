import { useI18n } from 'vue-i18n';
import type { Role } from '../../../../../../src/contracts/users.ts';

/** What roles are for: built-in ones in the language of the person, others as whoever made them wrote. */
export function useRoleWords() {
  const i18n = useI18n();
  return {
    aboutOf({ name, description, built_in: isBuiltIn }: Role): string {
      return isBuiltIn && i18n.te(`admin.roles.about.${name}`) ? i18n.t(`admin.roles.about.${name}`) : description;
    },
  };
}
