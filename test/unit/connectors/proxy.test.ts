import { describe, expect, it } from '@jest/globals';
import { proxyAuthorization, proxyRule } from '../../../src/connectors/proxy.js';

const proxies = { httpProxy: 'http://plain.example:3128', httpsProxy: 'http://secure.example:3128' };
const through = (address: string, noProxy?: string) => proxyRule({ ...proxies, noProxy })(new URL(address))?.host;

describe('a proxy', () => {
  it('is that of the address’s scheme', () => {
    expect(through('http://desk.example/')).toBe('plain.example:3128');
    expect(through('https://desk.example/')).toBe('secure.example:3128');
    expect(proxyRule({ httpProxy: 'http://p:1' })(new URL('https://desk.example/'))).toBeUndefined();
    expect(proxyRule({})(new URL('http://desk.example/'))).toBeUndefined();
  });

  it.each([
    ['*', 'https://desk.example/'],
    ['desk.example', 'https://desk.example/'],
    ['DESK.example', 'https://Desk.EXAMPLE/'],
    ['desk.example.', 'https://desk.example/'],
    ['desk.example', 'https://desk.example./'],
    ['example', 'https://desk.example/'],
    ['.example', 'https://desk.example/'],
    ['*.example', 'https://desk.example/'],
    ['.desk.example', 'https://desk.example/'],
    ['other, desk.example', 'https://desk.example/'],
    ['other desk.example', 'https://desk.example/'],
    ['desk.example:443', 'https://desk.example/'],
    ['desk.example:80', 'http://desk.example/'],
    ['desk.example:8443', 'https://desk.example:8443/'],
    ['localhost', 'http://localhost:11434/v1'],
    ['10.0.0.7', 'https://10.0.0.7/'],
    ['10.0.0.7:8080', 'http://10.0.0.7:8080/'],
    ['10.0.0.0/8', 'https://10.1.2.3/'],
    ['10.1.2.3/32', 'https://10.1.2.3/'],
    ['0.0.0.0/0', 'https://10.1.2.3/'],
    ['[::1]', 'http://[::1]:8080/'],
    ['[::1]:8080', 'http://[::1]:8080/'],
    ['::1', 'http://[::1]/'],
    ['0:0:0:0:0:0:0:1', 'http://[::1]/'],
    ['fd00::/8', 'https://[fd12:3456::1]/'],
    ['[fd00::]/8,fd00::/8', 'https://[fd12:3456::1]/'],
  ])('is not used where NO_PROXY %j names %s', (noProxy, address) => {
    expect(through(address, noProxy)).toBeUndefined();
  });

  it.each([
    ['', 'https://desk.example/'],
    [' , ', 'https://desk.example/'],
    ['.', 'https://desk.example/'],
    ['mydesk.example', 'https://desk.example/'],
    ['sk.example', 'https://desk.example/'],
    ['a.desk.example', 'https://desk.example/'],
    ['desk.example:80', 'https://desk.example/'],
    ['10.0.0.0/8', 'https://11.0.0.1/'],
    ['10.0.0.0/8', 'https://10.example/'],
    ['10.0.0.0/33', 'https://10.0.0.1/'],
    ['10.0.0.0/x', 'https://10.0.0.1/'],
    ['10.0.0', 'https://10.0.0.1/'],
    ['fd00::/8', 'https://10.0.0.1/'],
    ['0.0.0.0/0', 'https://[::1]/'],
    ['http://desk.example', 'https://desk.example/'],
  ])('is used where NO_PROXY %j does not name %s', (noProxy, address) => {
    expect(through(address, noProxy)).toBe('secure.example:3128');
  });

  it('is shown the user and password of its address', () => {
    const basic = (text: string) => ({ 'proxy-authorization': `Basic ${Buffer.from(text).toString('base64')}` });
    expect(proxyAuthorization(new URL('http://me:p%40ss@proxy.example'))).toEqual(basic('me:p@ss'));
    expect(proxyAuthorization(new URL('http://token@proxy.example'))).toEqual(basic('token:'));
    expect(proxyAuthorization(new URL('http://proxy.example'))).toEqual({});
  });
});
