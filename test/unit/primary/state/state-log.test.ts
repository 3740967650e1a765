import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { ServiceState, StateReasonFound } from '../../../../src/primary/state/service-state.js';
import { createStateLog } from '../../../../src/primary/state/state-log.js';
import type { StateReason } from '../../../../src/telemetry/catalog.js';

describe('the log of the state', () => {
  function start() {
    const lines: { level: number; msg: string; reasons: string[] }[] = [];
    const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const note = createStateLog(log);
    const reason = (name: StateReason, severity: 'degraded' | 'unready'): StateReasonFound => ({
      reason: name,
      severity,
      message: `${name}.`,
    });
    const states = {
      ready: { state: 'ready', reasons: [] },
      missing: { state: 'degraded', reasons: [reason('child_missing', 'degraded')] },
      unready: { state: 'unready', reasons: [reason('role_not_ready', 'unready')] },
    } as const satisfies Record<string, ServiceState>;
    return { lines, note, states };
  }
  const [info, warn, error] = [30, 40, 50];

  it('has a line for each change, at the level of the state, with its reasons', () => {
    const { lines, note, states } = start();
    note(states.unready, 0); // a start is told elsewhere
    note(states.ready, 1000);
    note(states.ready, 2000);
    note(states.missing, 3000);
    note({ ...states.missing, reasons: [{ ...states.missing.reasons[0], message: 'Other words.' }] }, 4000);
    note(states.unready, 5000);
    note(states.ready, 6000);
    note(states.ready, 30_000);
    expect(lines.map(({ level, msg, reasons }) => [level, msg, reasons.join()])).toEqual([
      [info, 'the service is ready', ''],
      [warn, 'the service is degraded: child_missing.', 'child_missing'],
      [error, 'the service is not ready: role_not_ready. Other words.', 'role_not_ready,child_missing'],
      [info, 'the service is ready', ''],
    ]);
  });

  it('is not flooded by a reason that comes and goes', () => {
    const { lines, note, states } = start();
    note(states.ready, 0);
    for (let second = 1; second <= 600; second++) note(second % 4 < 2 ? states.missing : states.ready, second * 1000);
    for (let second = 601; second <= 620; second++) note(states.ready, second * 1000);
    expect(lines.map(({ level }) => level)).toEqual([info, warn, info]);
  });
});
