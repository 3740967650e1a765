import { describe, expect, it } from '@jest/globals';
import { EventEmitter, once } from 'node:events';
import { createLogger } from '../../../../src/logging/logger.js';
import { neverShow } from '../../../../src/logging/known-secrets.js';
import { createReloader } from '../../../../src/primary/reload/reloader.js';
import { holdBack, type Tenant, type Tenants } from '../../../../src/tenants/index.js';
import { type Configuration, configurationOf } from '../../../../src/primary/reload/child-configuration.js';
import type { ReplaceableSlot } from '../../../../src/primary/reload/rolling-reload.js';

const log = createLogger({ level: 'silent', role: 'primary', slot: 0 });
const pausesMs = [1, 1];

interface Fleet {
  readonly slots: readonly ReplaceableSlot[];
  /** `worker 0 -> b`, `worker 0 x b` for a child that did not start, in their order. */
  readonly steps: string[];
  /** Which configuration each slot's child runs: `aabb`. */
  running(): string;
  /** The child dies, and the supervisor fills its slot. */
  die(name: string): void;
}

interface Trouble {
  /** Whether this try ends before the child serves. */
  readonly fails?: (name: string, configuration: string, tried: number) => boolean;
  /** What happens while a child joins. */
  readonly meanwhile?: (name: string, configuration: string, fleet: Fleet) => unknown;
}

/** Slots with children that are only said to be there; two workers and two http children, the latter first. */
function fleetOf(initial: Configuration, names: Map<string, string>, { fails, meanwhile }: Trouble = {}): Fleet {
  const tries = new Map<string, number>();
  const steps: string[] = [];
  const places = [
    ['http', 0],
    ['http', 1],
    ['worker', 0],
    ['worker', 1],
  ] as const;
  const states = new Map(places.map(([role, slot]) => [`${role} ${slot}`, { running: initial, restartWith: initial }]));
  const stateOf = (name: string) => {
    const state = states.get(name);
    if (state === undefined) throw new Error(`there is no ${name}`);
    return state;
  };
  const nameOf = ({ id }: Configuration): string => names.get(id) ?? id;
  const fleet: Fleet = {
    steps,
    running: () => [...states.values()].map(({ running }) => nameOf(running)).join(''),
    die(name) {
      const state = stateOf(name);
      state.running = state.restartWith;
    },
    slots: places.map(([role, slot]) => {
      const name = `${role} ${slot}`;
      const state = stateOf(name);
      return {
        role,
        slot,
        get configuration() {
          return state.running;
        },
        restartWith(configuration) {
          state.restartWith = configuration;
        },
        async replace(configuration) {
          const wanted = nameOf(configuration);
          const tried = (tries.get(`${name} ${wanted}`) ?? 0) + 1;
          tries.set(`${name} ${wanted}`, tried);
          await meanwhile?.(name, wanted, fleet);
          if (fails?.(name, wanted, tried)) {
            steps.push(`${name} x ${wanted}`);
            return { failure: 'signal SIGKILL' };
          }
          steps.push(`${name} -> ${wanted}`);
          state.running = configuration;
          state.restartWith = configuration;
          return undefined;
        },
      };
    }),
  };
  return fleet;
}

function start(trouble: Trouble = {}, files: readonly (string | Error)[] = ['b']) {
  const document = (name: string) => ({
    document: { tenants: name },
    variables: { LLM_MODEL: name },
    tenants: [{ id: 'all' }, { id: name }],
    name,
  });
  const names = new Map(['a', 'b', 'c'].map((name) => [configurationOf({ tenants: name }, {}).id, name]));
  const fleet = fleetOf(configurationOf({ tenants: 'a' }, {}), names, trouble);
  const reloaded: string[] = [];
  const left = [...files];
  const reloader = createReloader({
    setup: document('a'),
    readSetup() {
      const next = left.length > 1 ? left.shift() : left[0];
      if (next === undefined || next instanceof Error) throw next ?? new Error('there is no file');
      return document(next);
    },
    supervisor: () => ({
      slots: fleet.slots,
      holdBack: (ids) => void fleet.steps.push(`hold back ${ids.join()}`),
      openTenants: async () => void fleet.steps.push('open'),
    }),
    onReloaded: async (now) => void reloaded.push(now.name),
    onRolledBack: async () => void reloaded.push(`back to ${fleet.running()}`),
    log,
    pausesMs,
  });
  for (const slot of fleet.slots) slot.restartWith(reloader.configuration);
  for (const name of ['http 0', 'http 1', 'worker 0', 'worker 1']) fleet.die(name);
  return { fleet, reloader, reloaded };
}

const order = ['worker 0', 'worker 1', 'http 0', 'http 1'];

describe('a reload', () => {
  it('replaces workers before http children: what is accepted by the new configuration finds a worker that knows it', async () => {
    const { fleet, reloader, reloaded } = start();
    await reloader.reload();
    expect(fleet.steps).toEqual(['hold back b', ...order.map((name) => `${name} -> b`), 'open']);
    expect(reloaded).toEqual(['b']);
    expect(reloader.failed).toBeUndefined();
    expect(reloader.setup.name).toBe('b');
  });

  it('that is refused in many words keeps their beginning, and no part of a secret', async () => {
    neverShow(['verysecretvalue']);
    const { reloader } = start({}, [new Error(`${'line\n '.repeat(78)}verysecretvalue ${'line '.repeat(50)}`)]);
    await reloader.reload();
    expect(reloader.failed?.problem).toMatch(/^line line .*\(\d+ characters\)$/);
    expect(reloader.failed?.problem).not.toContain('very');
  });

  it.each(order)('tries again when the joining child of %s is killed: a kill is a passing reason', async (victim) => {
    const { fleet, reloader, reloaded } = start({ fails: (name, _wanted, tried) => name === victim && tried < 3 });
    await reloader.reload();
    expect(fleet.running()).toBe('bbbb');
    expect(fleet.steps.filter((step) => step === `${victim} x b`)).toHaveLength(2);
    expect(reloaded).toEqual(['b']);
  });

  it.each(order)(
    'that cannot start a child for %s goes back to one configuration for all, and says so',
    async (victim) => {
      const { fleet, reloader, reloaded } = start({ fails: (name, wanted) => name === victim && wanted === 'b' });
      await reloader.reload();
      expect(fleet.running()).toBe('aaaa');
      const before = order.slice(0, order.indexOf(victim));
      expect(fleet.steps).toEqual([
        'hold back b',
        ...before.map((name) => `${name} -> b`),
        ...Array(pausesMs.length + 1).fill(`${victim} x b`),
        ...before.reverse().map((name) => `${name} -> a`),
      ]);
      // Jobs were deferred where the new configuration lacks their tenant.
      expect(reloaded).toEqual(['back to aaaa']);
      expect(reloader.setup.name).toBe('a');
      expect(reloader.failed?.problem).toBe(
        `the new ${victim.split(' ')[0]} child for slot ${victim.split(' ')[1]} did not start in 3 tries: signal SIGKILL`,
      );
    },
  );

  it('keeps a child that cannot be replaced on the way back, and tries it again until it is', async () => {
    const trouble: Trouble = {
      fails: (name, wanted, tried) =>
        (name === 'http 0' && wanted === 'b') || (name === 'worker 1' && wanted === 'a' && tried <= 3),
    };
    const { fleet, reloader } = start(trouble);
    await reloader.reload();
    expect(fleet.running()).toBe('aaaa');
    // The other worker does not wait for it.
    expect(fleet.steps.indexOf('worker 0 -> a')).toBeLessThan(fleet.steps.indexOf('worker 1 -> a'));
  });

  it('fills a slot whose child dies meanwhile as the reload stands: replaced ones new, the others old', async () => {
    const seen: string[] = [];
    const { reloader, fleet } = start({
      meanwhile(name, _wanted, all) {
        if (name !== 'http 0') return;
        for (const victim of order) all.die(victim);
        seen.push(all.running());
      },
    });
    await reloader.reload();
    expect(seen).toEqual(['aabb']);
    expect(fleet.running()).toBe('bbbb');
  });

  it('leaves a slot alone on the way back that died, and so has the old configuration', async () => {
    const { reloader, fleet } = start({
      fails: (name, wanted) => name === 'http 0' && wanted === 'b',
      meanwhile: (name, wanted, all) => (name === 'worker 1' && wanted === 'a' ? all.die('worker 0') : undefined),
    });
    await reloader.reload();
    expect(fleet.running()).toBe('aaaa');
    expect(fleet.steps).not.toContain('worker 0 -> a');
  });

  it('that is asked for during another is not lost, and many are one', async () => {
    let asked: Promise<unknown> | undefined;
    const { reloader, fleet, reloaded } = start(
      { meanwhile: () => (asked ??= Promise.resolve(Array.from({ length: 5 }, () => void reloader.reload()))) },
      ['b', 'c'],
    );
    await reloader.reload();
    expect(reloaded).toEqual(['b', 'c']);
    expect(fleet.running()).toBe('cccc');
  });

  it('ends the way back of one that failed, and brings all to its own configuration', async () => {
    const rounds = new EventEmitter();
    let tries = 0;
    const { reloader, fleet, reloaded } = start(
      {
        fails(name, wanted) {
          if (name === 'worker 0' && wanted === 'a' && ++tries === 3) rounds.emit('failed');
          return (name === 'http 0' && wanted === 'b') || (name === 'worker 0' && wanted === 'a');
        },
      },
      ['b', 'c'],
    );
    const failed = once(rounds, 'failed');
    const first = reloader.reload();
    await failed;
    expect(reloader.failed?.problem).toBe('the new http child for slot 0 did not start in 3 tries: signal SIGKILL');
    await reloader.reload();
    await first;
    expect(fleet.running()).toBe('cccc');
    expect(reloaded).toEqual(['c']);
    expect(reloader.failed).toBeUndefined();
  });

  it('with a bad file ends no way back: all have one configuration again', async () => {
    const rounds = new EventEmitter();
    let tries = 0;
    const { reloader, fleet, reloaded } = start(
      {
        fails(name, wanted) {
          if (name === 'worker 0' && wanted === 'a' && ++tries === 3) rounds.emit('failed');
          return (name === 'http 0' && wanted === 'b') || (name === 'worker 0' && wanted === 'a' && tries <= 3);
        },
      },
      ['b', new Error('Line 3 is not valid.')],
    );
    const failed = once(rounds, 'failed');
    const first = reloader.reload();
    await failed;
    await reloader.reload();
    await first;
    expect(fleet.running()).toBe('aaaa');
    expect(reloaded).toEqual(['back to aaaa']);
    expect(reloader.failed?.problem).toBe('Line 3 is not valid.');
  });

  it('with a bad file changes nothing, and says so until one succeeds', async () => {
    const { reloader, fleet, reloaded } = start({}, [new Error('Line 3 is not valid.'), 'b']);
    await reloader.reload();
    expect([fleet.running(), fleet.steps, reloaded]).toEqual(['aaaa', [], []]);
    expect(reloader.failed?.problem).toBe('Line 3 is not valid.');
    await reloader.reload();
    expect(fleet.running()).toBe('bbbb');
    expect(reloader.failed).toBeUndefined();
  });

  it.each([
    ['forward', 'http 0', 'b'],
    ['back', 'worker 1', 'a'],
  ])('ends at a stop on its way %s, without another child', async (_way, name, wanted) => {
    const { reloader, fleet } = start({
      fails: (one, configuration) => one === 'http 1' && configuration === 'b',
      meanwhile: (one, configuration) => (one === name && configuration === wanted ? reloader.stop() : undefined),
    });
    await reloader.reload();
    expect(fleet.steps.at(-1)).toBe(`${name} -> ${wanted}`);
    await reloader.reload();
    expect(fleet.steps.at(-1)).toBe(`${name} -> ${wanted}`);
  });
});

describe('a configuration’s id', () => {
  it('is the same for the same tenants, and another for others', () => {
    const idOf = (tenants: unknown, variables = {}): string => configurationOf(tenants, variables).id;
    expect(idOf({ tenants: ['a'] })).toBe(idOf({ tenants: ['a'] }, { HTTP_PORT: '1' }));
    expect(idOf({ tenants: ['a'] })).not.toBe(idOf({ tenants: ['b'] }));
    expect(idOf({})).toMatch(/^[0-9a-f]{8}$/);
  });
});

describe('a tenant that a reload adds', () => {
  it('is not known to an http child before the moment in which all of them open it', () => {
    const all: Tenants = { get: (id) => ({ id }) as Tenant, all: () => [], label: (id) => id };
    let nowMs = 1000;
    const { tenants, open } = holdBack(all, new Set(['new']), () => nowMs);
    const seen = () => [tenants.get('new')?.id, tenants.label('new'), tenants.get('old')?.id, tenants.label('old')];
    expect(seen()).toEqual([undefined, 'unknown', 'old', 'old']);
    open(1100);
    nowMs = 1099;
    expect(seen()).toEqual([undefined, 'unknown', 'old', 'old']);
    nowMs = 1100;
    expect(seen()).toEqual(['new', 'new', 'old', 'old']);
  });
});
