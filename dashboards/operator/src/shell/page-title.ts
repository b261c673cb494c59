import { onScopeDispose, ref, watchEffect } from 'vue';

/** What the page in sight is called; the shell writes it into the title of the window. */
export const pageTitle = ref('');

/** Names the page for as long as the component lives. */
export function usePageTitle(title: () => string): void {
  watchEffect(() => (pageTitle.value = title()));
  onScopeDispose(() => {
    if (pageTitle.value === title()) pageTitle.value = '';
  });
}
