import { defineStore } from 'pinia';
import { computed } from 'vue';
import type { Permission } from '../../../../src/core/permissions.ts';
import type { Endpoint, Input } from '../api/http-client.ts';
import { Session } from './session.ts';

/** The session of the page; see `Session`. */
export const useSession = defineStore('session', () => {
  const session = new Session();
  return {
    state: session.state,
    me: session.me,
    isServerAway: session.isServerAway,
    isRefused: session.isRefused,
    mustChangePassword: computed(() => session.me.value?.must_change_password === true),
    ready: () => session.ready(),
    accessToken: () => session.accessToken(),
    request: <Name extends Endpoint>(name: Name, input: Input<Name>) => session.request(name, input),
    renew: () => session.renew(),
    refreshMe: () => session.refreshMe(),
    login: (username: string, password: string) => session.login(username, password),
    changePassword: (currentPassword: string, newPassword: string) => session.changePassword(currentPassword, newPassword),
    logout: () => session.logout(),
    may: (permission: Permission) => session.may(permission),
    onRenewed: (listener: (token: string) => void) => session.onRenewed(listener),
  };
});
