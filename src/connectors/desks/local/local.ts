import { defineDesk } from '../desk-kind.js';
import { createLocalDesk } from './local-desk.js';

export const local = defineDesk({
  type: 'local',
  isLocal: true,
  settings: {},
  open: () => ({
    connect: ({ redis, tenantId }) => createLocalDesk(redis).deskFor(tenantId),
    probe: async () => 'local: tickets and notes are kept in Redis',
  }),
});
