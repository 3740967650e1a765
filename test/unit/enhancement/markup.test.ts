import { describe, expect, it } from '@jest/globals';
import { writeHtml } from '../../../src/enhancement/markup/html.js';
import { type Dialect, readMarkup } from '../../../src/enhancement/markup/markdown.js';
import { writePlain } from '../../../src/enhancement/markup/plain.js';
import {
  type Block,
  type Inline,
  link,
  list,
  paragraph,
  strong,
  text,
  webAddress,
} from '../../../src/enhancement/markup/tree.js';
import { writeWiki } from '../../../src/enhancement/markup/wiki.js';
import { startWatch } from '../../support/own-time.js';

const article = [
  'Run `vpnctl reset`, **then**:',
  '',
  '1. Open *Settings*.',
  '2. Choose one:',
  '   - Office',
  '   - Home',
  '3. Reconnect.',
  '',
  '```sh',
  'vpnctl set rekey 8h',
  '  --force <now>',
  '```',
  '',
  '| error | meaning |',
  '|---|---|',
  '| 619 | port | ',
  '',
  'See [the guide](https://kb.acme.example/vpn), [setup](../vpn/setup.md) and [above](#top).',
].join('\n');

describe('Markdown of an article', () => {
  it.each([
    ['~~Delete the folder.~~ Move it.', ' Move it.'],
    ['<del>Delete **the** folder.</del> Move <s>both</s> it.', ' Move  it.'],
    ['Wait <s> seconds, then ~5 more.', 'Wait  seconds, then ~5 more.'],
  ])('does not tell what is struck out: %s', (markdown, plain) => {
    expect(writePlain(readMarkup(markdown, 'markdown'))).toBe(plain);
  });

  it('becomes HTML with its lists, code, tables and addresses', () => {
    expect(writeHtml(readMarkup(article, 'markdown'))).toBe(
      [
        '<p>Run <code>vpnctl reset</code>, <strong>then</strong>:</p>',
        '<ol><li>Open <em>Settings</em>.</li>',
        '<li>Choose one:',
        '<ul><li>Office</li>',
        '<li>Home</li></ul></li>',
        '<li>Reconnect.</li></ol>',
        '<pre>vpnctl set rekey 8h',
        '  --force &lt;now&gt;</pre>',
        '<table border="1"><tr><th>error</th><th>meaning</th></tr>',
        '<tr><td>619</td><td>port</td></tr></table>',
        '<p>See the guide (<a href="https://kb.acme.example/vpn">https://kb.acme.example/vpn</a>), setup (../vpn/setup.md) and above.</p>',
      ].join('\n'),
    );
  });

  it('becomes plain text that reads as the article does', () => {
    expect(writePlain(readMarkup(article, 'markdown'))).toBe(
      [
        'Run `vpnctl reset`, then:',
        '',
        '1. Open Settings.',
        '2. Choose one:',
        '   - Office',
        '   - Home',
        '3. Reconnect.',
        '',
        '    vpnctl set rekey 8h',
        '      --force <now>',
        '',
        'error | meaning',
        '619 | port',
        '',
        'See the guide (https://kb.acme.example/vpn), setup (../vpn/setup.md) and above.',
      ].join('\n'),
    );
  });

  it('becomes Jira’s wiki text', () => {
    expect(writeWiki(readMarkup(article, 'markdown'))).toBe(
      [
        'Run {{vpnctl reset}}, *then*:',
        '',
        '# Open _Settings_.',
        '# Choose one:',
        '#* Office',
        '#* Home',
        '# Reconnect.',
        '',
        '{noformat}',
        'vpnctl set rekey 8h',
        '  --force <now>',
        '{noformat}',
        '',
        '||error||meaning||',
        '|619|port|',
        '',
        'See the guide ([https://kb.acme.example/vpn|https://kb.acme.example/vpn]), setup (../vpn/setup.md) and above.',
      ].join('\n'),
    );
  });

  it('keeps a placeholder in pointed brackets, and takes elements and comments of HTML out', () => {
    const html =
      'Ping <hostname>.<br>Then <b>wait</b>.<!-- todo -->\n\n<div class="x">\n<p>One</p>\n<script>alert(1)</script>\nTwo</div>';
    expect(writePlain(readMarkup(html, 'markdown'))).toBe('Ping <hostname>.\nThen wait.\n\nOne\nTwo');
  });

  it.each([
    ['entities', '<p>A &amp; B &lt;host&gt;&nbsp;&#8211; C:\\*.log</p>', 'A & B <host>\u00a0– C:\\*.log'],
    [
      'the numbers of a list',
      '<ol>\n  <li><p>Stop it</p>\n  <ul><li>now</li></ul></li>\n  <li>Start it</li>\n</ol>',
      '1. Stop it\n- now\n2. Start it',
    ],
    ['the number that a list begins with', '<ol start="3"><li>Start it</li></ol>', '3. Start it'],
    [
      'the cells of a table',
      '<table>\n<tr>\n<th>error</th>\n<th>means</th></tr>\n<tr><td>619</td>\n<td><p>a port</p></td>\n</tr></table>',
      'error | means\n619 | a port',
    ],
  ])('keeps %s of HTML', (_, html, plain) => {
    expect(writePlain(readMarkup(html, 'markdown'))).toBe(plain);
  });

  it.each([
    ['See <a href="https://kb.example/x?a=1&amp;b=2">the guide</a>.', 'See the guide (https://kb.example/x?a=1&b=2).'],
    ['<p>See <a class="x" href=\'https://kb.example/x\'>the guide</a></p>', 'See the guide (https://kb.example/x)'],
    ['<a href="https://kb.example/x">https://kb.example/x</a>', 'https://kb.example/x'],
    ['<a href="javascript:alert(1)">x</a>', 'x'],
    ['<p><a href="data:text/html,x">y</a></p>', 'y'],
    [
      '[call](tel:+4930123) or [the share](file://files-01/it) [b](<\\\\srv\\b>)',
      'call (+4930123) or the share (file://files-01/it) b (\\srv\\b)',
    ],
    [
      '[mail us](mailto:it@a.example?subject=x) <it@a.example>',
      'mail us (it@a.example <mailto:it@a.example?subject=x>) it@a.example',
    ],
  ])('shows where links lead: %s', (markdown, plain) => {
    expect(writePlain(readMarkup(markdown, 'markdown'))).toBe(plain);
  });

  it.each([
    '1、打开\n2、关闭',
    '１．打开\n２．关闭',
    '• Open\n• Close',
    '1.Open\n2.Close',
    '1.\u00a0Open\n2.\u00a0Close',
    'Do this:\n2. a\n3. b',
  ])('keeps the lines of a list that Markdown does not know: %j', (markdown) => {
    expect(writePlain(readMarkup(markdown, 'markdown'))).toBe(markdown);
    expect(writePlain(readMarkup('The jack is\n3.5 mm wide', 'markdown'))).toBe('The jack is 3.5 mm wide');
  });

  it('has the code of HTML as code, and each row of a table on its line', () => {
    const code =
      '<pre><code>if x:\n\n    run &lt;a&gt;\n</code></pre>\n\n| a | b |\n|---|---|\n| <ul><li>c</li><li>d</li></ul> | e<br>f |';
    const blocks = readMarkup(code, 'markdown');
    expect(writePlain(blocks)).toBe('    if x:\n\n        run <a>\n\na | b\n- c - d | e f');
    expect(writeHtml(blocks)).toContain('<pre>if x:\n\n    run &lt;a&gt;</pre>');
    expect(writeHtml(blocks)).toContain('<td>- c<br>- d</td><td>e<br>f</td>');
  });

  it('keeps the numbers of a list that code divides, also where a list cannot begin with them', () => {
    const blocks = readMarkup('1. Stop\n2. Copy\n\n```\ncp a b\n```\n\n3. Start *it*\n   - slowly', 'markdown');
    expect(writeWiki(blocks)).toBe('# Stop\n# Copy\n\n{noformat}\ncp a b\n{noformat}\n\n3. Start _it_\n* slowly');
    expect(writeHtml(blocks)).toContain('<ol start="3"><li>Start <em>it</em>');
  });

  it('has one quotation in Jira for quotations in one another, whose marks are the same at both ends', () => {
    const quoted = readMarkup('> Note:\n>\n> > Inner.\n>\n> - item\n>   > deep', 'markdown');
    expect(writeWiki(quoted)).toBe('{quote}\nNote:\n\nInner.\n\n* item\ndeep\n{quote}');
  });

  it('has no star of a style in another one', () => {
    expect(writeWiki(readMarkup('## Restart **now**', 'markdown'))).toBe('*Restart now*');
  });
});

describe('the text of a ticket', () => {
  it('keeps its lines, lists and code, and whatever else its author typed', () => {
    const typed =
      'Hello,\nmap \\\\files-01\\my_team_share *now*\n# 4711\n1. Open it\n2. Run `net use`\n\n> me: [x](http://a.example)';
    expect(writePlain(readMarkup(typed, 'ticket'))).toBe(
      'Hello,\nmap \\\\files-01\\my_team_share *now*\n# 4711\n\n1. Open it\n2. Run `net use`\n\n> me: [x](http://a.example)',
    );
  });
});

/** Elements and attributes that the writer has; anything else in pointed brackets is not ours. */
const ours =
  /^<\/?(p|strong|em|small|code|blockquote|ul|li|pre|tr|th|td)>$|^<(p|li|th|td) dir="(?:auto|rtl)">$|^<br>$|^<\/?ol>$|^<ol start="\d+">$|^<table border="1">$|^<\/table>$|^<a href="(https?:|mailto:)[^"<>\s]*">$|^<\/a>$/;

const hostile: readonly (readonly [string, string])[] = [
  ['a script', '<script>alert(1)</script>'],
  ['a script in an open tag', '<p><script src=//evil.example/x.js'],
  ['an event handler', '<img src=x onerror=alert(1)>'],
  ['an event handler behind a quote', '" onmouseover="alert(1)'],
  ['a javascript: link', '[click](javascript:alert(1))'],
  ['one in capitals and with a tab', '[click](JaVa\tScRiPt:alert(1)) [y](<java&#x09;script:alert(1)>)'],
  ['one with entities', '[click](&#106;avascript:alert(1)) <a href="&#106;avascript:alert(1)">x</a>'],
  ['a data: link', '[click](data:text/html;base64,PHNjcmlwdD4=)'],
  ['a javascript: image', '![x](javascript:alert(1))'],
  ['a reference to javascript:', '[click][1]\n\n[1]: javascript:alert(1)'],
  ['a user who looks like a host', '[mail](https://mail.acme.example@evil.example/)'],
  ['an attribute in an address', '[x](https://a.example/"onmouseover="alert(1))'],
  ['an automatic link', '<javascript:alert(1)> <https://a.example/"x>'],
  ['a javascript: link in HTML', '<a href="javascript:alert(1)">x</a> <a href=&#106;avascript:alert(1)>y</a>'],
  ['a namespace that mutates', '<math><mtext><form><mglyph><svg><style><path id="</style><img onerror=alert(1) src>">'],
  ['a title that ends an element', '<noscript><p title="</noscript><img src=x onerror=alert(1)>">'],
  ['a closing tag of ours', '</blockquote></p><h1>IT</h1>'],
  ['tags that are never closed', '<b><i><table><tr><td>'],
  ['a comment that is never closed', '<!-- <b>'],
  ['entities', '&lt;script&gt;&#60;b&#62; &amp;lt;'],
  ['an SVG', '<svg/onload=alert(1)><style>*{display:none}</style>'],
  ['markup in code', '`<b onclick=x>` and\n\n```"><script>\n<script>\n```'],
  ['markup in a table', '| a<b> | "x" |\n|---|---|\n| <img src=x> | `|` |'],
  ['quotes in quotes', `${'> '.repeat(500)}x`],
  ['lists in lists', Array.from({ length: 300 }, (_, i) => `${' '.repeat(i * 2)}- x`).join('\n')],
  ['emphasis in emphasis', `${'*_'.repeat(8000)}x${'_*'.repeat(8000)}`],
  ['marks of direction', 'a\u202Etxt.exe\u202C \u2066x\u2069'],
  ['zero-width characters', 'java\u200Bscript:\u200Dalert \uFEFF<scr\u200Bipt>'],
  ['control characters and half a surrogate', 'a\0b\u0007c\ud800d\u2028e'],
  ['a number that is none', '999999999. x\n1000000000. y'],
];

describe.each<Dialect>(['markdown', 'ticket'])('hostile text as %s', (dialect) => {
  it.each(hostile)('%s is text in HTML', (_, source) => {
    const html = writeHtml(readMarkup(source, dialect));
    for (const tag of html.match(/<[^>]*>?/g) ?? []) expect(tag).toMatch(ours);
    for (const entity of html.match(/&[^;]*;?/g) ?? []) expect(entity).toMatch(/^&(amp|lt|gt|quot|#39);$/);
    expect(html.replaceAll(/<[^>]*>/g, '')).not.toMatch(/["']/);
    expect(html).not.toMatch(/href="(?!https?:|mailto:)/);
    expect(html).not.toContain('href="https://mail.acme.example@');
    expect(html.isWellFormed()).toBe(true);
    expect(html).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B\uFEFF\u2028]|(?!\n)\p{Cc}/u);
  });

  it.each(hostile)('%s opens no macro, link or mention in wiki text', (_, source) => {
    const wiki = writeWiki(readMarkup(source, dialect));
    expect(wiki.replace(/\{(noformat|quote|\*|_)\}|\{\{\{\}|\{\}\}\}|\{\{|\}\}/g, '')).not.toMatch(/(?<!\\)[{}]/);
    for (const [, target] of wiki.matchAll(/(?<!\\)\[([^\]]*)(?<!\\)\]/g))
      expect(target).toMatch(/\|(https?:|mailto:)/);
  });
});

it.each([
  ['{html}<b>{html}', '\\{html\\}<b>\\{html\\}'],
  ['[~admin] !x.png! |a|', '\\[\\~admin\\] \\!x.png\\! \\|a\\|'],
  ['*bold* _x_ a_b vpn-gw-01 - y', '\\*bold\\* \\_x\\_ a_b vpn-gw-01 \\- y'],
  ['see https://a.example/x_y?z={q}', 'see https://a.example/x_y?z=%7Bq%7D'],
  ['ticket-enhancer#d1', 'ticket-enhancer#d1'],
  // A backslash escapes only marks, and two of them end a line unless another follows in the same word.
  ['C:\\Windows\\System32', 'C:\\Windows\\System32'],
  ['map \\\\files-01\\my_share now', 'map \\\\files-01\\my_share now'],
  ['\\\\files-01 is down', '&#92;\\files-01 is down'],
  ['C:\\_old\\{x}', 'C:&#92;\\_old&#92;\\{x\\}'],
  ['ends in C:\\', 'ends in C:&#92;'],
  ['\\\\\\', '&#92;&#92;&#92;'],
  // Emoticons
  ['set it (off) :) (x) ;-) (see below)', 'set it \\(off) :\\) \\(x) ;\\-\\) (see below)'],
  // Headings and quotations, of which nothing escapes the beginning
  ['h1. Boot', '\u00A0h1. Boot'],
  ['bq. x', '\u00A0bq. x'],
])('wiki text of %j is %j', (given, expected) => {
  expect(writeWiki([paragraph(text(given))])).toBe(expected);
});

const emphasis = (content: string): Inline => ({ kind: 'emphasis', children: [text(content)] });
const linked = (content: string): Inline => ({
  kind: 'link',
  address: 'https://a.example/',
  children: [text(content)],
});

it.each<[string, Block, string]>([
  ['a style between blanks', paragraph(text('a '), strong(text('b')), text(' c')), 'a *b* c'],
  // Jira takes a mark beside a letter, and everything that is not ASCII for one, for text.
  ['a style before Chinese', paragraph(strong(text('标题')), text('（文章）')), '{*}标题{*}（文章）'],
  ['a style within a word', paragraph(text('un'), emphasis('do'), text('ne')), 'un{_}do{_}ne'],
  ['code before Chinese', paragraph({ kind: 'code', text: 'vpnctl' }, text('命令')), '{{{}vpnctl{}}}命令'],
  // Escapes within a style are read twice: brackets would be links, mentions and macros then.
  ['brackets in a style', paragraph(strong(text('[~admin] {html} a|b'))), '\\[\\~admin\\] \\{html\\} a\\|b'],
  ['a hyphen in a style', paragraph(strong(text('VPN - drops'))), '*VPN \\- drops*'],
  ['a heading with brackets', { kind: 'heading', children: [text('[Fix]')] }, '\\[Fix\\]'],
  ['brackets in a link', paragraph(linked('[see] a|b')), '[(see) a¦b|https://a.example/]'],
  ['a heading within an item', list([[paragraph(text('h2. x'))]], 1), '# \u00A0h2. x'],
  [
    'bars in a table',
    { kind: 'table', head: [[text('a|b')]], rows: [[[text('c '), { kind: 'code', text: 'x|y' }]]] },
    '||a¦b||\n|c {{x¦y}}|',
  ],
])('wiki text of %s', (_what, block, expected) => {
  expect(writeWiki([block])).toBe(expected);
});

it('text that runs from right to left has its own direction in HTML, and other text has none', () => {
  const blocks = [
    paragraph(text('أعد تشغيل الخدمة vpn.')),
    list([[paragraph(text('הפעל מחדש'))], [paragraph(text('Restart'))]]),
    paragraph(text('Restart')),
    paragraph(text('VPN لا يعمل منذ أمس. '), { kind: 'code', text: 'net stop vpn && net start vpn' }),
    paragraph(text('Choose "إعادة" there.')),
  ];
  expect(writeHtml(blocks)).toBe(
    '<p dir="rtl">أعد تشغيل الخدمة vpn.</p>\n<ul><li dir="rtl">הפעל מחדש</li>\n<li>Restart</li></ul>\n<p>Restart</p>\n' +
      '<p dir="rtl">VPN لا يعمل منذ أمس. <code>net stop vpn &amp;&amp; net start vpn</code></p>\n' +
      '<p dir="auto">Choose &quot;إعادة&quot; there.</p>',
  );
});

it.each([
  ['https://kb.acme.example/a b', 'https://kb.acme.example/a%20b'],
  ['mailto:kim@acme.example', 'mailto:kim@acme.example'],
  ['javascript:alert(1)', undefined],
  ['data:text/html,x', undefined],
  ['file:///etc/passwd', undefined],
  ['https://user:pw@acme.example', undefined],
  ['//evil.example', undefined],
  [`https://a.example/${'x'.repeat(3000)}`, undefined],
])('a note may lead to %s as %s', (given, expected) => {
  expect(webAddress(given)).toBe(expected);
  expect(link(given, text('x'))).toHaveLength(1);
});

describe('reading takes time in proportion to the text', () => {
  it.each([
    ['one line', 'word '],
    ['brackets', '[a]('],
    ['stars', '**a *b '],
    ['backticks', '`a ``b '],
    ['pointed brackets', '<a '],
    ['comments', '<!-- '],
    ['list items', '- a\n'],
    ['quotes', '> a\n'],
    ['table rows', '|a|b\n'],
    ['blank lines', 'a\n\n'],
    ['scripts', '<script>\n\n'],
    ['scripts in one line', '<script></script>'],
    ['comments in one line', '<!-- -->'],
    ['cells of HTML', '<tr><td>a'],
    ['items of HTML', '<ol><li>a'],
  ])('of %s', (_, unit) => {
    const bestMs = (length: number): number =>
      Math.min(
        ...Array.from({ length: 5 }, () => {
          const elapsedMs = startWatch();
          writeHtml(readMarkup(unit.repeat(length / unit.length), 'markdown'));
          return elapsedMs();
        }),
      );
    // Four times the text: a quadratic reader takes sixteen times as long. Less than 5 ms is not told apart from noise.
    expect(bestMs(96_000) / Math.max(5, bestMs(24_000))).toBeLessThan(9);
  });

  it('reads a line of a megabyte', () => {
    const line = 'reset the client and then '.repeat(40_000);
    expect(writePlain(readMarkup(line, 'ticket')).length).toBeGreaterThan(1_000_000);
  });
});
