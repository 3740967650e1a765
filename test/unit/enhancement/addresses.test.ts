import { describe, expect, it } from '@jest/globals';
import { addressesIn, withoutUnknownAddresses } from '../../../src/enhancement/addresses.js';

const none = addressesIn([]);
const removed = '(address removed)';
const clean = (text: string): string => withoutUnknownAddresses(text, none);

describe('an address that no source has is taken out of a model’s text', () => {
  it.each([
    ['of the web', 'https://evil.com/login'],
    ['in capitals', 'HTTPS://EVIL.COM'],
    ['behind an underscore', '_https://evil.com'],
    ['of a scheme that nobody knows', 'evil+x://run'],
    ['of a scheme with letters of another script', 'httр\u0455://evil.com'],
    ['with backslashes', 'https:\\\\evil.com'],
    ['with one slash', 'https:/evil.com'],
    ['without slashes', 'http:evil.com'],
    ['without a scheme', '//evil.com/x'],
    ['of a file server', '\\\\evil\\share'],
    ['of a file server, in forward slashes', '//evil/share'],
    ['FTP', 'ftp://evil.com'],
    ['a bare host', 'evil.com'],
    ['a bare host of a new domain', 'evil.zip'],
    ['a bare host of a reserved domain', 'evil.example'],
    ['a bare host with a port', 'evil.com:8080/x'],
    ['a bare host behind an @', '@evil.com'],
    ['a bare host behind an underscore', '_evil.com'],
    ['a bare host behind a hyphen', '-evil.com'],
    ['a bare host among other marks', 'see|evil.com|now'],
    ['www', 'www.evil.com'],
    ['punycode', 'xn--80ak6aa92e.com'],
    ['another script', '\u0430\u0440\u0440\u04CFe.com'],
    ['an IDN domain', 'пример.рф'],
    ['IPv4', '203.0.113.7'],
    ['IPv4 with a port', '203.0.113.7:8443'],
    ['IPv4 as one number', 'http://3405803783/'],
    ['IPv6', '2001:db8::1'],
    ['IPv6 in brackets', '[2001:db8::1]:443'],
    ['IPv6 of the web', 'http://[2001:db8::1]/'],
    ['mail', 'mailto:kim@evil.com'],
    ['mail without a scheme', 'kim@evil.com'],
    ['mail within a network', 'kim@evilhost'],
    ['a script', 'javascript:alert(1)'],
    ['a script in capitals', 'JaVaScRiPt:alert(1)'],
    ['data', 'data:text/html,hello'],
    ['a telephone', 'tel:+4930123'],
    ['a program of Windows', 'ms-msdt:/id'],
    ['a program of Windows behind hyphens', '--ms-appinstaller:?source=x'],
    ['a Markdown link', '[click](https://evil.com)'],
    ['a Markdown link to a script', '[click](javascript:alert(1))'],
    ['an HTML link', '<a/href=//evil.com>x'],
    ['with a user in front', 'https://www.acme.com@evil.com/'],
    ['zero-width space', 'ht\u200Btps://evil.com'],
    ['zero-width joiner', 'https:/\u200D/evil.com'],
    ['zero-width space in a bare host', 'evil\u200B.com'],
    ['word joiner', 'evil\u2060.com'],
    ['byte order mark', 'evil.c\uFEFFom'],
    ['soft hyphen', 'ev\u00ADil.c\u00ADom'],
    ['variation selector', 'evil\uFE0F.com'],
    ['supplementary variation selector', 'evil\u{E0101}.com'],
    ['tags', 'evil\u{E0041}.com'],
    ['Hangul filler', 'evil\u3164.com'],
    ['combining grapheme joiner', 'evil.c\u034Fom'],
    ['direction override', '\u202Emoc.live\u202C https://evil.com'.split(' ')[1] ?? ''],
    ['direction marks', 'evil\u200E.\u200Fcom'],
    ['isolates', 'evil\u2066.\u2069com'],
    ['half a surrogate pair', 'evil\uD800.com'],
    ['a replacement character', 'evil\uFFFD.com'],
    ['annotation marks', 'evil\uFFF9.com'],
    ['full width', 'ｈｔｔｐｓ：／／ｅｖｉｌ．ｃｏｍ'],
    ['full width, bare', 'ｅｖｉｌ．ｃｏｍ'],
    ['mathematical letters', '𝐞𝐯𝐢𝐥.𝐜𝐨𝐦'],
    ['circled letters', 'ⓔⓥⓘⓛ.ⓒⓞⓜ'],
    ['ideographic full stop', 'evil。com'],
    ['half-width ideographic full stop', 'evil｡com'],
    ['one dot leader', 'evil․com'],
    ['fraction slashes', 'x:⁄⁄evil'],
    ['a ratio for a colon', 'https∶//evil.com'],
    ['hidden dots', 'evil[.]com'],
    ['other hidden dots', 'evil(.)com'],
    ['longer than any address', `${'a'.repeat(3000)}.com`],
  ])('%s', (_, address) => {
    expect(clean(`Open ${address} now.`)).toBe(`Open ${removed} now.`);
    expect(clean(`Open "${address}".`)).not.toMatch(/evil|https?:|javascript/i);
  });

  it.each([
    'Restart the VPN client, then wait 30 s.',
    'At 12:30 the gateway vpn-gw-01 failed with 0x80070005; see TKT-1001/2.',
    'Set rekey=3600 (default: 600) in C:\\ProgramData\\vpn and /etc/ipsec.d/acme.',
    'Use std::vector, e.g. a/b, 10.5%, v1.2.3, and/or 3.5 GB... Done!',
    'Für jürgen: ½ Löffel “Zucker” — 東京 に 行く。 فارسی می\u200Cخواهم 👩\u200D💻',
    '',
  ])('and nothing else is: %s', (text) => {
    expect(clean(text)).toBe(text);
  });
});

describe('an address that a cited source has', () => {
  const known = addressesIn([
    'See https://wiki.acme.example/VPN, or www.acme.com.au (the portal).',
    'Mail help@acme.example or open \\\\files\\vpn. [Guide](https://wiki.acme.example/guide)',
  ]);

  it.each([
    ['https://wiki.acme.example/VPN'],
    ['HTTPS://WIKI.acme.example/VPN'],
    ['www.acme.com.au'],
    ['help@acme.example'],
    ['\\\\files\\vpn'],
    ['https://wiki.acme.example/guide'],
  ])('stays: %s', (address) => {
    expect(withoutUnknownAddresses(`Open (${address}), then "${address}".`, known)).toBe(
      `Open (${address}), then "${address}".`,
    );
  });

  it('stays without what is unseen in it', () => {
    expect(withoutUnknownAddresses('www.acme\u200D.com.au', known)).toBe('www.acme.com.au');
  });

  it.each([
    ['a beginning of it', 'www.acme.com'],
    ['its host alone', 'https://wiki.acme.example'],
    ['its host with another path', 'https://wiki.acme.example/VPN/login'],
    ['its path in another case', 'https://wiki.acme.example/vpn'],
    ['with more after it', 'https://wiki.acme.example/VPN.evil.com'],
    ['with another host behind it', 'https://wiki.acme.example/VPN|evil.com'],
    ['as the user of another host', 'https://wiki.acme.example/VPN@evil.com'],
    ['as a part of another host', 'www.acme.com.au.evil.com'],
    ['by another scheme', 'http://wiki.acme.example/VPN'],
    ['in letters of another script', 'www.\u0430cme.com.au'],
    ['joined to another', 'help@acme.example,kim@evil.com'],
    ['with a query', 'https://wiki.acme.example/VPN?next=x'],
  ])('does not let pass %s', (_, address) => {
    expect(withoutUnknownAddresses(address, known)).toBe(removed);
  });
});
