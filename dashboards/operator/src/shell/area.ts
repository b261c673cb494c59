import type { RouteComponent, RouteRecordRaw } from 'vue-router';
import type { Permission } from '../../../../src/core/permissions.ts';
import { addTexts } from '../i18n.ts';
import type { AreaTexts } from '../i18n.ts';

declare module 'vue-router' {
  interface RouteMeta {
    /** Reached without a session. */
    open?: boolean;
    /** One of these is needed to see the page; who has none is told so instead. By default those of its area. */
    anyOf?: readonly Permission[];
    /** Shown alone, without navigation: full-screen views. */
    bare?: boolean;
  }
}

/** One part of the platform in the web app: its entry in the navigation and its pages. */
export interface Area {
  /** The name of its first page, and of its entry in the texts under `nav`. */
  name: 'overview' | 'devices' | 'alerts' | 'rules' | 'dashboards' | 'administration';
  path: string;
  /** Path of an SVG icon. */
  icon: string;
  /** Any of these lets a person see it; none: everybody. */
  permissions: readonly Permission[];
  routes: readonly RouteRecordRaw[];
}

/** A page that is loaded when it is first opened, together with the texts of its area. */
export function page(load: () => Promise<{ default: RouteComponent }>, texts: () => Promise<{ texts: AreaTexts }>) {
  return async (): Promise<{ default: RouteComponent }> => {
    const [loaded, ofArea] = await Promise.all([load(), texts()]);
    addTexts(ofArea.texts);
    return loaded;
  };
}
