import Sequencer from '@jest/test-sequencer';

/**
 * The files of tests that take longest, in seconds on two cores. Jest begins with the files that took longest the last time, and in
 * a clone that has had no run yet with the largest: one that waits for minutes in a few lines would begin last, and run alone.
 */
const knownSeconds = {
  'test/system/chaos.test.ts': 172,
  'test/system/command-line.test.ts': 154,
  'test/system/lifecycle.test.ts': 148,
  'test/system/exactness.test.ts': 134,
  'test/system/prometheus.test.ts': 119,
  'test/desks/request-tracker.test.ts': 118,
  'test/system/stops.test.ts': 94,
  'test/system/redis-states.test.ts': 66,
  'test/system/fleet.test.ts': 62,
  'test/system/status-page.test.ts': 52,
  'test/system/tracing.test.ts': 50,
  'test/system/redis-failover.test.ts': 45,
  'test/system/reload.test.ts': 45,
  'test/system/poison-jobs.test.ts': 41,
  'test/system/skew.test.ts': 41,
  'test/system/pm2.test.ts': 36,
  'test/integration/monitoring/promtool.test.ts': 25,
  'test/integration/redis/embedded-redis.test.ts': 20,
  'test/integration/connectors/models/chat-completions.test.ts': 18,
  'test/integration/connectors/note-ledger.test.ts': 17,
  'test/unit/enhancement/bounds.test.ts': 15,
  'test/unit/enhancement/markup.test.ts': 14,
};

const secondsOf = ({ path }) =>
  Object.entries(knownSeconds).find(([file]) => path.replaceAll('\\', '/').endsWith(`/${file}`))?.[1] ?? 0;

/** Jest's order, behind those of which it is known how long they take. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => secondsOf(other) - secondsOf(one));
  }
}
