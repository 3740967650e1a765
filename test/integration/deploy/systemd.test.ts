import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/config.js';
import { temporaryFolder } from '../../support/opened.js';

const unit = 'deploy/systemd/ticket-enhancer.service';
const text = readFileSync(unit, 'utf8');

/** The values of a setting, in order. */
function settings(name: string): string[] {
  return [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);
}

const seconds = (name: string): number => Number(settings(name)[0]);

describe('what runs the service waits for its drain and knows its exit codes', () => {
  const drainMs = loadConfig({}).shutdownTimeoutMs;

  it('the systemd unit', () => {
    expect(seconds('TimeoutStopSec') * 1000).toBeGreaterThan(drainMs);
    expect(settings('KillMode')).toEqual(['mixed']);
    expect(settings('RestartPreventExitStatus')).toEqual(['78']);
    expect(settings('ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
  });

  it('PM2’s configuration, also when the drain is longer', () => {
    const folder = temporaryFolder();
    const copy = join(folder, 'ecosystem.config.js');
    copyFileSync('ecosystem.config.js', copy);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    // Called from another folder, as with `pm2 start /opt/ticket-enhancer/ecosystem.config.js`.
    const killTimeout = (env: Record<string, string>) => {
      const print = `import(${JSON.stringify(copy)}).then(({ apps }) => console.log(apps[0].kill_timeout))`;
      return Number(spawnSync(process.execPath, ['-e', print], { cwd: tmpdir(), env, encoding: 'utf8' }).stdout);
    };
    expect(killTimeout({})).toBe(drainMs + 8000);
    expect(killTimeout({ SHUTDOWN_TIMEOUT_MS: '120000' })).toBe(128_000);
    expect(killTimeout({ SHUTDOWN_TIMEOUT_MS: '' })).toBe(drainMs + 8000);
    writeFileSync(join(folder, '.env'), 'SHUTDOWN_TIMEOUT_MS=60000\n');
    expect(killTimeout({})).toBe(68_000);
    expect(killTimeout({ SHUTDOWN_TIMEOUT_MS: '120000' })).toBe(128_000);
  });

  it('the variables in the unit are ones that the service knows', () => {
    const env = Object.fromEntries(
      settings('Environment').map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)]),
    );
    expect(loadConfig(env)).toMatchObject({ nodeEnv: 'production', dataDir: '/var/lib/ticket-enhancer' });
  });
});

describe('systemd-analyze', () => {
  function analyze(...args: string[]) {
    // Anywhere but among the machine's own units; its name must end as theirs.
    const copy = join(temporaryFolder(), 'ticket-enhancer.service');
    copyFileSync(unit, copy);
    const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, copy], { encoding: 'utf8' });
    return { status, output: stdout + stderr };
  }

  it('understands every line of the unit', () => {
    const { output } = analyze('verify');
    // Other units of the machine are looked at too. Whether node is at /usr/bin/node is this machine's affair.
    const ours = output.split('\n').filter((line) => line.includes('ticket-enhancer.service'));
    expect(ours.filter((line) => !line.includes('is not executable'))).toEqual([]);
  });

  it('rates its exposure below 2 of 10', () => {
    expect(analyze('security', '--offline=true', '--threshold=20')).toMatchObject({ status: 0 });
  });
});

describe('the shell function of docs/command-line.md', () => {
  const shellFunction =
    /^ticket-enhancer\(\) \([^]*?^\)$/m.exec(readFileSync('docs/command-line.md', 'utf8'))?.[0] ?? '';

  it('checks nothing while the service is stopped', () => {
    const script = `systemctl() { echo 0; }\n${shellFunction}\nticket-enhancer check`;
    const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toBe('ticket-enhancer does not run: journalctl -u ticket-enhancer -n 50\n');
  });
});
