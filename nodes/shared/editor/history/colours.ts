/** The colours of the chart: those of the editor's theme, and a few that it has no names for, which the panel's style sheet defines. */
export interface Colours {
  text: string;
  muted: string;
  grid: string;
  surface: string;
  main: string;
  mainFill: string;
  other: string;
  otherFill: string;
  behind: string;
  limit: string;
  clearBand: string;
  holding: string;
  alert: string;
  alertFill: string;
  deployed: string;
  lane: string;
}

const VARIABLES: Record<keyof Colours, string> = {
  text: '--red-ui-primary-text-color',
  muted: '--red-ui-secondary-text-color',
  grid: '--red-ui-secondary-border-color',
  surface: '--red-ui-form-input-background',
  main: '--insa-main',
  mainFill: '--insa-main-fill',
  other: '--insa-other',
  otherFill: '--insa-other-fill',
  behind: '--insa-behind',
  limit: '--insa-limit',
  clearBand: '--insa-clear-band',
  holding: '--insa-holding',
  alert: '--insa-alert',
  alertFill: '--insa-alert-fill',
  deployed: '--insa-deployed',
  lane: '--insa-lane',
};

/** The colours as they are in the theme of this moment. */
export function coloursOf(place: HTMLElement): Colours {
  const style = getComputedStyle(place);
  const names = Object.entries(VARIABLES).map(([name, variable]) => [name, style.getPropertyValue(variable).trim()]);
  return Object.fromEntries(names) as Record<keyof Colours, string>;
}

/** Calls back when the person changes the editor's theme; answers how to stop that. */
export function onThemeChange(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['class'] });
  return () => {
    observer.disconnect();
  };
}
