import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditNotes, wrongNotes } from '../audit.js';
import type { Drill } from '../drill.js';
import { createLedger } from '../ledger.js';
import { startLoad } from '../load.js';
import { exactly } from '../promises.js';
import { startTarget } from '../target.js';
import { missingWords, untilAccepted } from './unusable-redis.js';

const diskMb = 64;
const fullForMs = 8000;

/** A small disk of its own, which only root can make. @returns undefined where that is not possible */
async function smallDisk(): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'te-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMb}m`, 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    await rm(folder, { recursive: true });
    return undefined;
  }
}

export const fullDisk: Drill = {
  what: 'the disk under the log of Redis is full, and then has room again',
  async run({ say }) {
    const disk = await smallDisk();
    if (disk === undefined) {
      const figure = 'not measured: a small disk can only be mounted by root on Linux';
      return [{ promise: 'disk full', figure, verdict: 'missed' }];
    }
    const target = await startTarget({ withDesk: false, dataDir: join(disk, 'data') });
    try {
      const ledger = createLedger();
      const load = startLoad({ target, ledger, clients: 8, name: 'disk' });
      await sleep(2000);
      const filler = join(disk, 'filler');
      const logged = target.service.output().length;
      await writeFile(filler, Buffer.alloc(diskMb * 1024 * 1024)).catch(() => undefined); // until nothing more fits
      await sleep(fullForMs);
      const unsaid = await missingWords(target, /No space left on device/, logged);
      const refused = ledger.answers.get(503) ?? 0;
      say(`the disk is full: ${refused} answers of 503`);
      await rm(filler);
      const backMs = await untilAccepted(target, 'disk-after');
      say(`the disk has room: accepted again after ${backMs.toFixed(0)} ms`);
      await load.stop();
      const notes = await auditNotes(target, ledger, say);
      const wrong = wrongNotes(notes);
      const others = [...ledger.answers.keys()].filter((status) => status !== 202 && status !== 503);
      return [
        {
          promise: 'disk full',
          figure: `${notes.lost.length} of ${notes.accepted} lost, ${refused} answers of 503, ${ledger.mute503} of them without \`Retry-After\`; accepted again ${(backMs / 1000).toFixed(1)} s after there was room`,
          verdict: exactly(
            wrong.length === 0 && unsaid.length === 0 && refused > 0 && ledger.mute503 === 0 && others.length === 0,
          ),
          evidence: notes.evidence,
          details: [
            ...wrong,
            ...unsaid.map((where) => `not said by ${where}`),
            ...others.map((status) => `answered with ${status}`),
          ],
        },
      ];
    } finally {
      await target.close();
      execFileSync('umount', [disk]);
      await rm(disk, { recursive: true });
    }
  },
};
