import { killKeepers, type KillName } from '../../test/support/keeper-kills.js';
import type { Drill } from '../drill.js';
import { exactly } from '../promises.js';
import { createRandom } from '../random.js';

const kills = 1000;
const shortKills = 25;
/** Each on a folder of its own: most of a round is waiting. */
const atOnce = 4;

export const keeperKills: Drill = {
  what: 'the embedded Redis, its keeper and its primary are SIGKILLed at random moments',
  async run({ seed, short, say }) {
    const each = Math.ceil((short ? shortKills : kills) / atOnce);
    const reports = await Promise.all(
      Array.from({ length: atOnce }, (_, place) =>
        killKeepers({
          kills: each,
          random: createRandom(seed + place),
          say: (text) => say(`folder ${place + 1}: ${text}`),
        }),
      ),
    );
    const kinds = new Set<KillName>(reports.flatMap((report) => [...report.kinds.keys()]));
    const twice = reports.flatMap((report) => report.twice);
    const orphans = reports.flatMap((report) => report.orphans);
    const late = reports.flatMap((report) => report.late);
    const slowestSeconds = Math.max(...reports.map((report) => report.slowestBackMs)) / 1000;
    return [
      {
        promise: 'keeper killed',
        figure: `${twice.length} with two Redis, ${orphans.length} orphans, back or gone after ${slowestSeconds.toFixed(1)} s at most; ${each * atOnce} kills of ${kinds.size} kinds`,
        verdict: exactly(twice.length + orphans.length + late.length === 0),
        details: [...twice, ...orphans, ...late],
      },
    ];
  },
};
