import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';

const demo = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', 'scripts/demo.ts', ...args], { encoding: 'utf8' });

describe('npm run demo', () => {
  it('explains itself where it was asked to', () => {
    expect(demo('--help')).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('--count N') });
  });

  it.each([
    ['--coun=3', /^Unknown option '--coun'/],
    ['--count=many', /^--count must be a whole number above 0, and is many\./],
    [
      '--metrics-url=http://127.0.0.1:1',
      /^Nothing answers at http:\/\/127\.0\.0\.1:1\/healthz\. Start the service first/,
    ],
  ])('%s is refused in a sentence', (option, sentence) => {
    expect(demo(option)).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(sentence) });
  });
});
