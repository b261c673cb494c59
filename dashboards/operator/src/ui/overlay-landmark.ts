/** By this class the component library finds the place where menus, lists of choices and dialogs open. */
const PLACE = 'v-overlay-container';

/**
 * Gives the place of menus, lists of choices and dialogs a role and a name. It stands beside the page, outside `main`, and what lies in no
 * landmark is easily missed by who moves through the page by landmarks. To be called before the first of them opens.
 */
export function nameOverlays(name: string): void {
  let place = document.body.querySelector(`:scope > .${PLACE}`);
  if (place === null) {
    place = document.createElement('div');
    place.className = PLACE;
    document.body.append(place);
  }
  place.setAttribute('role', 'region');
  place.setAttribute('aria-label', name);
}
