/** Where a warning of the platform is mended: in the editor of flows, or on a page of ours that it names. */
export type WarningHelp = { in: 'editor' } | { in: 'page'; path: string };

/** How warnings about flows begin (`src/app/flow-warnings.ts`). */
const ABOUT_FLOWS = /^(?:No \S+ node is deployed|Several \S+ nodes are deployed|The (?:node|rule) "|\d+ stored rules? judges? nothing:)/;
/** `see Administration, Notifications (/administration/notifications?status=failed)`. */
const NAMED_PAGE = /\((\/[a-z][\w/?=&-]*)\)/;

/** Where somebody goes on who reads this warning; undefined when no page of the platform helps. */
export function helpFor(text: string): WarningHelp | undefined {
  // Names of nodes and rules are whatever people wrote: they name no page.
  if (ABOUT_FLOWS.test(text)) return { in: 'editor' };
  const path = NAMED_PAGE.exec(text)?.[1];
  return path === undefined ? undefined : { in: 'page', path };
}
