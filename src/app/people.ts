import type { LimiterFactory } from '../auth/limiters.ts';
import { LoginGuard } from '../auth/login-guard.ts';
import { LoginService } from '../auth/login-service.ts';
import { RoleService } from '../auth/role-service.ts';
import { SessionService } from '../auth/session-service.ts';
import type { SessionServiceDeps } from '../auth/session-service.ts';
import { UserService } from '../auth/user-service.ts';

/** What people are administered and let in with. */
export interface PeopleOptions extends SessionServiceDeps {
  limiters: LimiterFactory;
}

/** Logins, users and roles. */
export interface People {
  sessions: SessionService;
  logins: LoginService;
  users: UserService;
  roles: RoleService;
}

/** Makes everything that people log in with and are administered by. */
export function createPeople({ limiters, ...deps }: PeopleOptions): People {
  const sessions = new SessionService(deps);
  return {
    sessions,
    logins: new LoginService({ ...deps, sessions, guard: new LoginGuard(limiters) }),
    users: new UserService({ ...deps, sessions }),
    roles: new RoleService({ ...deps, sessions }),
  };
}
