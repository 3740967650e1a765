import { describe, expect, it } from '@jest/globals';
import { parseFromChild, parseFromPrimary, protocolVersion } from '../../../src/ipc/control-protocol.js';

describe('the control protocol', () => {
  const hello = { type: 'te:hello', version: protocolVersion, role: 'http', slot: 0 };
  it.each([
    [hello, 'message'],
    [{ ...hello, version: 2 }, 'version-mismatch'],
    [{ ...hello, role: 'cook' }, 'unrecognised'],
    [{ type: 'te:ready' }, 'message'],
    [{ type: 'te:fatal', code: 'X', message: 'y' }, 'message'],
    [{ type: 'te:job-started', jobId: 'd1', token: 't' }, 'message'],
    [{ type: 'te:job-started', jobId: 'd1' }, 'unrecognised'],
    [{ type: 'te:job-left', jobId: 'd1' }, 'message'],
    [{ type: 'te:party' }, 'unrecognised'],
    [{ type: 'cluster-metrics:frame', sections: [] }, 'foreign'],
    [{ type: 'process:msg' }, 'foreign'],
    [{ act: 'online' }, 'foreign'],
    ['shutdown', 'foreign'],
    [undefined, 'foreign'],
  ])('of a child: %j is %s', (message, kind) => {
    expect(parseFromChild(message).kind).toBe(kind);
  });

  it.each([
    [{ type: 'te:start', version: protocolVersion, tenants: {}, redisUrl: 'unix:///x', instance: 'i' }, 'message'],
    [{ type: 'te:start', version: 9, tenants: {}, redisUrl: 'unix:///x', instance: 'i' }, 'version-mismatch'],
    [{ type: 'te:open', atMs: 5 }, 'message'],
    [{ type: 'te:open' }, 'unrecognised'],
    [{ type: 'te:drain', deadlineMs: 10 }, 'message'],
    [{ type: 'te:drain' }, 'unrecognised'],
    [{ cmd: 'NODE_CLUSTER' }, 'foreign'],
  ])('of the primary: %j is %s', (message, kind) => {
    expect(parseFromPrimary(message).kind).toBe(kind);
  });
});
