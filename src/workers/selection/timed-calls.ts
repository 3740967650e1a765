import type { ContextSource, Desk, LanguageModel } from '../../enhancement/index.js';
import type { SlowTenants } from './slow-tenants.js';

/** Wraps the dependencies of a tenant's jobs so that the duration of each call is measured. */
export function timedCalls(tenantId: string, { timed }: SlowTenants) {
  return {
    desk: (desk: Desk): Desk => ({
      ...desk,
      hasNote: (...call) => timed(tenantId, 'desk', () => desk.hasNote(...call)),
      addNote: (...call) => timed(tenantId, 'desk', () => desk.addNote(...call)),
    }),
    model: (model: LanguageModel): LanguageModel => ({
      ...model,
      complete: (...call) => timed(tenantId, 'model', () => model.complete(...call)),
    }),
    source: (source: ContextSource): ContextSource => ({
      ...source,
      search: (...call) => timed(tenantId, 'context', () => source.search(...call)),
    }),
  };
}
