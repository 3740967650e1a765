import { z } from 'zod';
import type { Line } from '../queue/line.js';
import type { Intake } from '../redis/queue-worker.js';
import type { Company } from './company.js';
import type { TenantConcurrency } from './tenant-concurrency.js';

export interface IntakeOptions {
  readonly concurrency: TenantConcurrency;
  readonly company: Pick<Company, 'takesMore'>;
  readonly line: Line;
}

/** Which jobs a worker takes: none while one runs alone, and none of a slow tenant where these are at their limit. */
export function createIntake({ concurrency, company, line }: IntakeOptions): Intake {
  return {
    limit: () => (company.takesMore() ? concurrency.limit() : 1),
    async makeRoom() {
      if (!company.takesMore()) return false;
      return !concurrency.slowAreAtLimit() || line.bringForward(concurrency.hasRoomFor);
    },
    takesAny: () => company.takesMore() && !concurrency.slowAreAtLimit(),
    taken: (data) => concurrency.taken(tenantOf(data)),
  };
}

/** Of data in another form it is nobody's. */
function tenantOf(data: unknown): string {
  return z.object({ tenantId: z.string() }).safeParse(data).data?.tenantId ?? '';
}
