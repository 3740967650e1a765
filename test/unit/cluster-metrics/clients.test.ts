import { afterEach, expect, it, jest } from '@jest/globals';
import { ChangeTracker, type Reporter, startReporter } from '../../../src/cluster-metrics/index.js';
import { oneWayChannel } from '../../support/one-way-channel.js';

/** Which clients a program uses is said by what it imports, and nothing else of the library depends on it. */

const channel = oneWayChannel((_message, done) => void setImmediate(done, null));
let reporter: Reporter | undefined;

afterEach(() => reporter?.stop());

it('a reporter that knows no client says what to import', () => {
  expect(() => startReporter({ channel })).toThrow(expect.objectContaining({ code: 'NO_REGISTRIES' }));
  // Nothing of the start that failed is left.
  reporter = startReporter({ channel, tracker: new ChangeTracker({ registries: [] }) });
});

it('importing the library for a client makes its default registry one of the reported, in another copy of the library, too', async () => {
  const { register } = await import('../../support/metrics-client.js');
  const follow = jest.spyOn(register, 'getMetricsAsArray');
  await jest.isolateModulesAsync(async () => {
    const copy = await import('../../../src/cluster-metrics/index.js');
    reporter = copy.startReporter({ channel });
  });
  expect(follow).toHaveBeenCalled();
});
