import { describe, expect, it } from '@jest/globals';
import { priorityKey, priorityOf } from '../../../src/intake/priority.js';

describe('the priority of a desk’s own name', () => {
  it.each([
    ['critical', 'critical'],
    ['High', 'high'],
    ['MEDIUM', 'medium'],
    ['Normal', 'medium'],
    ['Urgent', 'critical'],
    ['1', 'critical'],
    ['2', 'high'],
    ['3', 'medium'],
    ['4', 'low'],
    ['P1', 'critical'],
    ['p3', 'medium'],
    ['Prio 2', 'high'],
    ['Priority 4', 'low'],
    ['SEV-2', 'high'],
    ['2 - High', 'high'],
    ['1 - Low', 'low'],
    ['High (P2)', 'high'],
    ['Very High', 'critical'],
    ['Highest', 'critical'],
    ['Lowest', 'low'],
    ['Blocker', 'critical'],
    ['Major', 'high'],
    ['Minor', 'low'],
    ['Not urgent', 'low'],
    ['Hoch', 'high'],
    ['Sehr hoch', 'critical'],
    ['Élevée', 'high'],
    ['elevee', 'high'],
    ['Moyenne', 'medium'],
    ['Muy alta', 'critical'],
    ['Média', 'medium'],
    ['Dringend', 'critical'],
    ['Średni', 'medium'],
    ['Высокий', 'high'],
    ['緊急', 'critical'],
    ['优先级：高', 'high'],
    ['보통', 'medium'],
    ['Düşük', 'low'],
    ['Dringlich', 'critical'],
    ['ASAP', 'critical'],
    ['Not critical', 'low'],
    ['Nicht kritisch', 'low'],
    ['Pas critique', 'low'],
    ['Not normal', 'medium'],
    ['Not important but urgent', 'critical'],
    ['No critical systems, high', 'high'],
    ['Level: no / high', 'high'],
    ['Not high, not critical', 'low'],
  ])('%j is %s', (name, expected) => {
    expect(priorityOf(name, new Map())).toBe(expected);
  });

  it.each(['', '   ', 'Gold', '17', '$request.priority', 'x'.repeat(100_000), '%'.repeat(1000)])(
    '%.20j is not known',
    (name) => {
      expect(priorityOf(name, new Map())).toBeUndefined();
    },
  );

  it('is the tenant’s before the built-in one, in any case', () => {
    const own = new Map([
      [priorityKey('P1'), 'low' as const],
      [priorityKey('Gold / VIP'), 'critical' as const],
      [priorityKey('★★'), 'high' as const],
    ]);
    expect(priorityOf('p1', own)).toBe('low');
    expect(priorityOf('P2', own)).toBe('high');
    expect(priorityOf('gold vip', own)).toBe('critical');
    expect(priorityOf(' ★★ ', own)).toBe('high');
  });
});
