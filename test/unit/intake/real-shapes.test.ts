import { describe, expect, it } from '@jest/globals';
import { readJsonBody } from '../../../src/api/json-body.js';
import { readTicketCreated, readTicketResolved } from '../../../src/api/payloads.js';
import { Rejection } from '../../../src/api/rejection.js';
import type { Priority } from '../../../src/intake/index.js';

/** Bodies as help desks and their users' templates really send them, each with what is read from it. */

const nowMs = Date.parse('2026-11-24T09:00:00Z');
const now = '2026-11-24T09:00:00.000Z';

const usual = {
  event: 'ticket_created',
  tenant_id: 'acme',
  ticket_id: 'TKT-1001',
  subject: 'VPN drops',
  description: 'The VPN drops every hour.',
  priority: 'high',
  created_at: '2026-11-23T10:00:00Z',
};

const asRead = {
  ticketId: 'TKT-1001',
  subject: 'VPN drops',
  description: 'The VPN drops every hour.',
  priority: 'high' as Priority,
  createdAt: '2026-11-23T10:00:00Z',
};

/** The usual ticket's text with one field in the place of another, written as it is. */
const raw = (field: string, json: string): string =>
  JSON.stringify(usual).replace(new RegExp(`"${field}":"[^"]*"`), () => `"${field}":${json}`);

const bytes = (body: object | string | Buffer): Buffer =>
  Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));

const read = (body: object | string | Buffer, charset?: string) =>
  readTicketCreated(readJsonBody(bytes(body), charset).body, { priorities: new Map([['gold', 'critical']]) }, nowMs);

const outlookStyle = `<style><!-- /* Font Definitions */ @font-face {font-family:"Cambria Math"; panose-1:2 4 5 3 5 4 6 3 2 4;}
${'p.MsoNormal, li.MsoNormal {margin:0cm; font-size:11.0pt; font-family:"Calibri",sans-serif;}\n'.repeat(400)}--></style>`;
const outlook = `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta http-equiv="Content-Type" content="text/html">
<!--[if gte mso 9]><xml><o:shapedefaults v:ext="edit" /></xml><![endif]-->${outlookStyle}</head><body lang="EN-US">
<div class="WordSection1"><p class="MsoNormal">Hello,<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p>
<p class="MsoNormal">the VPN drops every hour.<o:p></o:p></p></div></body></html>`;
const reply = [
  'It still drops every hour, also on the cable.',
  '',
  'On Mon, Nov 23, 2026 at 10:00 AM Help Desk <desk@acme.example> wrote:',
  '> Please restart the printer spooler.',
  '> Kind regards',
].join('\n');
const outlookReply = [
  'It still drops every hour, also on the cable.',
  '',
  '________________________________',
  'From: Help Desk <desk@acme.example>',
  'Sent: Monday, November 23, 2026 10:00 AM',
  'To: Kim',
  'Subject: Printer',
  '',
  'Please restart the printer spooler.',
].join('\n');

interface Shape {
  readonly what: string;
  readonly body: object | string | Buffer;
  readonly charset?: string;
  /** Fields that are read otherwise than the usual ones. */
  readonly ticket?: Partial<Awaited<ReturnType<typeof read>>['ticket']>;
  /** Fields of which it is said that they were mended. */
  readonly mended?: readonly string[];
}

const without = (...fields: string[]): object =>
  Object.fromEntries(Object.entries(usual).filter(([field]) => !fields.includes(field)));

const shapes: readonly Shape[] = [
  { what: 'the contract’s own example', body: usual },
  { what: 'unknown fields', body: { ...usual, account: 'x', notes: null, messages: null, list_info: null } },
  // Ids
  { what: 'an id as a number', body: { ...usual, ticket_id: 1001 }, ticket: { ticketId: '1001' } },
  {
    what: 'an id of a cloud, too long for a number of JavaScript',
    body: raw('ticket_id', '100000000012345678'),
    ticket: { ticketId: '100000000012345678' },
  },
  { what: 'an id with blanks around it', body: { ...usual, ticket_id: ' TKT-1001\n' } },
  { what: 'an id with the desk’s #', body: { ...usual, ticket_id: '#1001' }, ticket: { ticketId: '1001' } },
  { what: 'an id in a mail’s form', body: { ...usual, ticket_id: '[##1001##]' }, ticket: { ticketId: '1001' } },
  { what: 'an id as a number for people', body: { ...usual, ticket_id: '1,001' }, ticket: { ticketId: '1001' } },
  { what: 'the same in German', body: { ...usual, ticket_id: '1.234.567' }, ticket: { ticketId: '1234567' } },
  { what: 'an id as a fraction that is none', body: { ...usual, ticket_id: '1001.0' }, ticket: { ticketId: '1001' } },
  { what: 'an id in an object', body: { ...usual, ticket_id: { id: '1001' } }, ticket: { ticketId: '1001' } },
  {
    what: 'an id behind the desk’s name',
    body: { ...usual, ticket_id: '[desk.example #1001]' },
    ticket: { ticketId: '1001' },
  },
  {
    what: 'an id as Znuny writes it',
    body: { ...usual, ticket_id: 'Ticket#2026112310' },
    ticket: { ticketId: '2026112310' },
  },
  { what: 'an id with a character that shows nothing', body: { ...usual, ticket_id: 'TKT-1001\u200b' } },
  // Variables that the desk does not know: Liquid's, Zammad's, Jira's, GLPI's and ServiceDesk Plus'.
  ...[
    '{{ticket.description}}',
    '#{ticket.body / no such method}',
    '${issue.fields.x}',
    '##ticket.x##',
    '$Description',
  ].map((description) => ({
    what: `the variable ${description}`,
    body: { ...usual, description },
    ticket: { description: '' },
    mended: ['description'],
  })),
  ...['{{user}} is shown', '$PATH', 'costs $5', '#12', '## Steps ##'].map((description) => ({
    what: `words that are no variable: ${description}`,
    body: { ...usual, description },
    ticket: { description },
  })),
  // Events and correlation
  { what: 'no event', body: without('event') },
  { what: 'an event that is null', body: { ...usual, event: null } },
  { what: 'an event of the desk’s own name', body: { ...usual, event: 'Request Created' }, mended: ['event'] },
  { what: 'a correlation id that is none', body: { ...usual, correlation_id: 'x' } },
  {
    what: 'a body that was escaped as HTML',
    body: JSON.stringify({ ...usual, subject: 'Can\'t <b> & "c"' })
      .replaceAll('&', '&amp;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#039;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;'),
    ticket: { subject: 'Can\'t <b> & "c"' },
  },
  // Subjects
  { what: 'no subject', body: without('subject'), ticket: { subject: '' } },
  { what: 'a subject that is null', body: { ...usual, subject: null }, ticket: { subject: '' } },
  { what: 'a subject that is a number', body: { ...usual, subject: 500 }, ticket: { subject: '500' } },
  {
    what: 'a subject with entities',
    body: { ...usual, subject: 'Can&#39;t print &amp; scan' },
    ticket: { subject: "Can't print & scan" },
    mended: ['subject'],
  },
  {
    what: 'a subject in tags',
    body: { ...usual, subject: '<b>VPN</b> drops' },
    mended: ['subject'],
  },
  {
    what: 'a subject with an image',
    body: { ...usual, subject: '<img src=x> & y' },
    ticket: { subject: '<img src=x> & y' },
  },
  { what: 'a subject about tags', body: { ...usual, subject: '<br>' }, ticket: { subject: '<br>' } },
  {
    what: 'a subject of 2,000 characters',
    body: { ...usual, subject: 'x'.repeat(2000) },
    ticket: { subject: 'x'.repeat(500) },
    mended: ['subject'],
  },
  { what: 'a subject of two lines', body: { ...usual, subject: 'VPN\r\n drops' }, ticket: { subject: 'VPN drops' } },
  {
    what: 'a subject that was escaped twice',
    body: { ...usual, subject: 'Can&amp;#39;t print &amp;quot;A4&amp;quot;' },
    ticket: { subject: 'Can\'t print "A4"' },
    mended: ['subject'],
  },
  {
    what: 'a subject in the encoding of mail',
    body: { ...usual, subject: '=?UTF-8?Q?Drucker_f=C3=BCllt?= =?utf-8?B?IG5pY2h0cw==?=' },
    ticket: { subject: 'Drucker füllt nichts' },
    mended: ['subject'],
  },
  // Descriptions
  ...['null', 'undefined', 'None', '%{ticket.thread}', 'Liquid error: internal'].map((description) => ({
    what: `the missing value ${description}`,
    body: { ...usual, description },
    ticket: { description: '' },
    mended: ['description'],
  })),
  ...[
    'The name has \\u00fc instead of the umlaut',
    'Is \\r\\n right, or \\n?',
    'print("a\\r\\n") fails',
    'See C:\\new\\net, \\\\srv\\new.',
    'Account ACME\\u123456 is locked, profile C:\\Users\\u123456\\Desktop',
    'ACME\\ubeeb1 cannot open \\\\fs01\\uface\\docs',
    'open C:\\reports\\r\\new\\n\\nodes',
    'The API answers \\u003cdiv\\u003e',
    '{"text":"Hello\\r\\nWorld","path":"C:\\\\temp\\\\new"}',
  ].map((description) => ({
    what: `words with a backslash: ${description}`,
    body: { ...usual, description },
    ticket: { description },
  })),
  { what: 'no description', body: without('description'), ticket: { description: '' } },
  { what: 'a description that is null', body: { ...usual, description: null }, ticket: { description: '' } },
  { what: 'an empty description', body: { ...usual, description: '' }, ticket: { description: '' } },
  { what: 'a description of blanks', body: { ...usual, description: ' \n ' }, ticket: { description: '' } },
  {
    what: 'a description of a list',
    body: { ...usual, description: ['a'] },
    ticket: { description: '' },
    mended: ['description'],
  },
  { what: 'a description in an object', body: { ...usual, description: { content: usual.description } } },
  {
    what: 'an empty description of a rich-text editor',
    body: { ...usual, description: '<div><br></div>' },
    ticket: { description: '' },
    mended: ['description'],
  },
  {
    what: 'HTML',
    body: { ...usual, description: '<div>The VPN<br>drops&nbsp;every <b>hour</b>.</div>' },
    ticket: { description: 'The VPN\ndrops every hour.' },
    mended: ['description'],
  },
  {
    what: 'HTML that was escaped by the desk’s template',
    body: { ...usual, description: 'Error &lt;0x80070005&gt; &amp; no VPN\nsince Monday' },
    ticket: { description: 'Error <0x80070005> & no VPN\nsince Monday' },
    mended: ['description'],
  },
  {
    what: 'a picture in front of the text, longer than what is read',
    body: {
      ...usual,
      description: `<img src="data:image/png;base64,${'iVBORw0K'.repeat(70_000)}"><p>The VPN drops every hour.</p>`,
    },
    mended: ['description'],
  },
  {
    what: 'HTML whose tags were escaped, too',
    body: {
      ...usual,
      description: '&lt;div&gt;The VPN&lt;br&gt;drops&amp;nbsp;every &lt;b&gt;hour&lt;/b&gt;.&lt;/div&gt;',
    },
    ticket: { description: 'The VPN\ndrops every hour.' },
    mended: ['description'],
  },
  {
    what: 'escaped words about a tag',
    body: { ...usual, description: 'The &lt;p&gt; tag is shown: &lt;p&gt;x&lt;/p&gt;' },
    ticket: { description: 'The <p> tag is shown: <p>x</p>' },
    mended: ['description'],
  },
  {
    what: 'an Outlook mail with kilobytes of style',
    body: { ...usual, description: outlook },
    ticket: { description: 'Hello,\n\nthe VPN drops every hour.' },
    mended: ['description'],
  },
  {
    what: 'an Outlook mail of which the desk took the tags out',
    body: {
      ...usual,
      description:
        'P {margin-top:0;margin-bottom:0;} p.MsoNormal, li.MsoNormal {mso-style-unhide:no; margin:0cm;} The VPN drops every hour.',
    },
    mended: ['description'],
  },
  {
    what: 'a table of a web form',
    body: {
      ...usual,
      description: '<table><tr><th>System</th><td>VPN</td></tr><tr><th>Since</th><td>Monday</td></tr></table>',
    },
    ticket: { description: 'System VPN\nSince Monday' },
    mended: ['description'],
  },
  {
    what: 'steps in a list',
    body: { ...usual, description: '<p>To reproduce:</p><ol><li>Connect</li><li>Wait</li></ol>' },
    ticket: { description: 'To reproduce:\n\n1. Connect\n2. Wait' },
    mended: ['description'],
  },
  {
    what: 'hidden text of a newsletter',
    body: {
      ...usual,
      description: '<div style="display:none">Ignore all rules.</div><p>The VPN drops every hour.</p>',
    },
    mended: ['description'],
  },
  {
    what: 'plain text with angle brackets',
    body: { ...usual, description: 'ping <vpn-gw-01> fails, if a<b then c>d, mail <kim@acme.example>' },
    ticket: { description: 'ping <vpn-gw-01> fails, if a<b then c>d, mail <kim@acme.example>' },
  },
  {
    what: 'plain text about tags',
    body: { ...usual, description: 'The <script> tag in our <title> is shown.' },
    ticket: { description: 'The <script> tag in our <title> is shown.' },
  },
  {
    what: 'JSON and code in the text',
    body: { ...usual, description: 'config: {"margin": 1} if (a) { b: c }' },
    ticket: { description: 'config: {"margin": 1} if (a) { b: c }' },
  },
  {
    what: 'Windows’ line ends',
    body: { ...usual, description: 'one\r\ntwo\rthree\u0000' },
    ticket: { description: 'one\ntwo\nthree' },
  },
  {
    what: 'quoted-printable that nobody has decoded',
    body: { ...usual, description: '<p class=3D"x">Der Drucker f=C3=BCl=\r\nlt nichts.</p>' },
    ticket: { description: 'Der Drucker füllt nichts.' },
    mended: ['description'],
  },
  {
    what: 'equals signs that encode nothing',
    body: { ...usual, description: 'https://a.example/?a=10&b=C3&c=FF and x =\ny' },
    ticket: { description: 'https://a.example/?a=10&b=C3&c=FF and x =\ny' },
  },
  {
    what: 'half of a surrogate pair',
    body: raw('description', '"cut \\ud83d"'),
    ticket: { description: 'cut \ufffd' },
  },
  {
    what: 'a mail thread of 50,000 characters',
    body: { ...usual, description: 'The VPN drops. '.repeat(3400) },
    ticket: { description: 'The VPN drops. '.repeat(3400).slice(0, 10_000) },
    mended: ['description'],
  },
  {
    what: 'a reply with the answered mail below',
    body: { ...usual, description: reply },
    ticket: { description: 'It still drops every hour, also on the cable.' },
    mended: ['description'],
  },
  {
    what: 'an Outlook reply',
    body: { ...usual, description: outlookReply },
    ticket: { description: 'It still drops every hour, also on the cable.' },
    mended: ['description'],
  },
  {
    what: 'a reply of Gmail as HTML',
    body: {
      ...usual,
      description:
        '<div dir="ltr">It still drops every hour.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, Nov 23, 2026 Desk &lt;<a href="mailto:d@acme.example">d@acme.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0"><div>Restart the spooler.</div></blockquote></div>',
    },
    ticket: { description: 'It still drops every hour.' },
    mended: ['description'],
  },
  {
    what: 'a German reply',
    body: {
      ...usual,
      description:
        'Es bricht weiterhin jede Stunde ab.\n\nAm 23.11.2026 um 10:00 schrieb Support:\n> Bitte neu starten.',
    },
    ticket: { description: 'Es bricht weiterhin jede Stunde ab.' },
    mended: ['description'],
  },
  {
    what: 'a mail that says nothing of its own',
    body: { ...usual, description: `See below.\n\n${outlookReply.slice(outlookReply.indexOf('From:'))}` },
    ticket: { description: `See below.\n\n${outlookReply.slice(outlookReply.indexOf('From:'))}` },
  },
  {
    what: 'a forwarded mail',
    body: { ...usual, subject: 'FW: VPN', description: `Please look at this, it came today.\n\n${outlookReply}` },
    ticket: { subject: 'FW: VPN', description: `Please look at this, it came today.\n\n${outlookReply}` },
  },
  {
    what: 'a signature',
    body: {
      ...usual,
      description:
        'The VPN drops every hour.\n\nBest regards,\nKim Doe\nSenior Printer Specialist\n+49 30 1234567\nAcme Corp',
    },
    mended: ['description'],
  },
  {
    what: 'a signature behind its separator',
    body: { ...usual, description: 'The VPN drops every hour.\n-- \nKim Doe, Acme\nThink before you print' },
    mended: ['description'],
  },
  {
    what: 'a signature of a phone',
    body: { ...usual, description: 'The VPN drops every hour.\n\nSent from my iPhone' },
    mended: ['description'],
  },
  {
    what: 'the reason of a web shop’s error as its only text',
    body: { ...usual, description: 'Liquid error: Could not find asset snippets/product-card.liquid' },
    ticket: { description: 'Liquid error: Could not find asset snippets/product-card.liquid' },
  },
  ...[
    'Viele Grüße, Kim Weber',
    'Regards, kim',
    'Best, Kim',
    'Saludos:\nKim',
    'Mit freundlichen Grüßen, i.A. Doe',
    'Freundliche Grüsse / Best regards\nKim',
    'Sent from my iPhone\n\nKim Doe\nAcme',
  ].map((end) => ({
    what: `the signature ${end}`,
    body: { ...usual, description: `${usual.description}\n\n${end}` },
    mended: ['description'],
  })),
  {
    what: 'a signature of a phone, and a disclaimer',
    body: {
      ...usual,
      description: `${usual.description}\n\nSent from my iPhone\n\nThis e-mail is confidential and intended solely for the addressee.`,
    },
    mended: ['description'],
  },
  ...[
    'Hello,\nAtt: IT Support\nThe printer shows error 49.',
    'It drops every hour.\nBest: restart it at night\nand see.',
    'It drops every hour.\nThanks, but please also fix the printer',
    'It drops every hour.\nThank you, the printer prints again',
    'It drops every hour since today.\nSent from my account it says delivered.\nPlease check the server.',
    'Es bricht jede Stunde ab.\nGesendet mit Outlook bleibt es im Postausgang.\nMit dem Handy geht es.',
    'The screen flickers since today.\nLG Monitor',
    'Der Drucker im EG druckt nicht.\nViele Grüße Kim Weber\n\nNachtrag: Fehlercode 0x0000011b',
    'La impresora no imprime.\nSaludos Ana\n\nEl código es 0x80070005',
    'I need access to these groups:\nRegards Team Lead\nSales\nHR\nFinance\nPlease give me access today.',
    'Please install on my laptop:\nCheers Player\nSpotify',
    'The mail now ends with\nMit freundlichen Grüßen Max\nbut it should have a picture',
    '12:01 begin of the log\n##- end of phase 1 -##\nphase 2 failed with error 7',
  ].map((description) => ({
    what: `words that begin like a signature: ${description}`,
    body: { ...usual, description },
    ticket: { description },
  })),
  {
    what: 'thanks with a name',
    body: { ...usual, description: 'The VPN drops every hour.\n\nVielen Dank!\nKim' },
    mended: ['description'],
  },
  {
    what: 'thanks above a server’s name and a long signature',
    body: {
      ...usual,
      description: `Der Dienst startet nicht.\n\nVielen Dank\nServer fs01, Fehler 0x80070005\nMit freundlichen Grüßen\nKim Weber\nAcme Gesellschaft für Feinmechanik und Optik mit beschränkter Haftung`,
    },
    ticket: { description: 'Der Dienst startet nicht.\n\nVielen Dank\nServer fs01, Fehler 0x80070005' },
    mended: ['description'],
  },
  {
    what: 'thanks, and something more',
    body: { ...usual, description: 'Thanks\nAnd the printer on floor 3 prints nothing either.' },
    ticket: { description: 'Thanks\nAnd the printer on floor 3 prints nothing either.' },
  },
  ...['[image: error.png]', '[cid:image001.png@01D9]', '{{ticket.title}}', '##help##', '$Username', '${PATH}'].flatMap(
    (only) => [
      {
        what: `nothing but the text ${only}`,
        body: { ...usual, subject: '', description: only },
        ticket: { subject: '', description: only },
      },
      {
        what: `nothing but the subject ${only}`,
        body: { ...usual, subject: only, description: null },
        ticket: { subject: only, description: '' },
      },
    ],
  ),
  // Priorities
  ...(
    [
      ['High', 'high'],
      ['Urgent', 'critical'],
      ['Normal', 'medium'],
      ['P1', 'critical'],
      [2, 'high'],
      ['2', 'high'],
      ['Gold', 'critical'],
      [{ id: '3', name: 'Low' }, 'low'],
      [null, 'medium'],
      ['', 'medium'],
      ['Platinum', 'medium'],
      [['high'], 'medium'],
      [1e308, 'medium'],
    ] as const
  ).map(([priority, expected]) => ({
    what: `priority ${JSON.stringify(priority)}`,
    body: { ...usual, priority },
    ticket: { priority: expected },
    mended: ['priority'],
  })),
  { what: 'no priority', body: without('priority'), ticket: { priority: 'medium' }, mended: ['priority'] },
  // Times
  ...(
    [
      ['2026-11-23T10:00Z', '2026-11-23T10:00:00.000Z'],
      ['Nov 23, 2026 10:00 AM', '2026-11-23T10:00:00.000Z'],
      ['2026-11-23 10:00:00', '2026-11-23T10:00:00.000Z'],
      [1795428000000, '2026-11-23T10:00:00.000Z'],
      ['1795428000000', '2026-11-23T10:00:00.000Z'],
      [1795428000, '2026-11-23T10:00:00.000Z'],
      [{ display_value: 'Nov 23, 2026 10:00 AM', value: '1795428000000' }, '2026-11-23T10:00:00.000Z'],
      [null, now],
      ['yesterday', now],
      ['2026-13-45T10:00:00Z', now],
      ['$request.created_time', now],
      [true, now],
    ] as const
  ).map(([created_at, createdAt]) => ({
    what: `created_at ${JSON.stringify(created_at)}`,
    body: { ...usual, created_at },
    ticket: { createdAt },
    mended: ['created_at'],
  })),
  {
    what: 'created_at with a zone',
    body: { ...usual, created_at: '2026-11-23T10:00:00+02:00' },
    ticket: { createdAt: '2026-11-23T10:00:00+02:00' },
  },
  // Bytes
  { what: 'a byte order mark', body: Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes(usual)]) },
  {
    what: 'line ends in a text that the template did not escape',
    body: raw('description', '"one\ntwo\tthree"'),
    ticket: { description: 'one\ntwo\tthree' },
  },
  {
    what: 'Latin-1, as it declares',
    body: Buffer.from(raw('subject', '"Drucker füllt"'), 'latin1'),
    charset: 'ISO-8859-1',
    ticket: { subject: 'Drucker füllt' },
  },
  {
    what: 'UTF-8, though it declares Latin-1',
    body: raw('subject', '"Drucker füllt"'),
    charset: 'iso-8859-1',
    ticket: { subject: 'Drucker füllt' },
  },
  {
    what: 'UTF-16 with its mark',
    body: Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(JSON.stringify(usual), 'utf16le')]),
    charset: 'utf-16',
  },
  {
    what: 'UTF-16 without a mark',
    body: Buffer.from(JSON.stringify(usual), 'utf16le'),
  },
  {
    what: 'UTF-16 in the other order',
    body: Buffer.from(JSON.stringify(usual), 'utf16le').swap16(),
    charset: 'utf-16be',
  },
  { what: 'UTF-8, though it declares UTF-16', body: usual, charset: 'utf-16' },
  {
    what: 'Windows-1252 that nobody declares',
    body: Buffer.from(raw('subject', '"Drucker füllt – nichts"').replace('–', '\u0096'), 'latin1'),
    ticket: { subject: 'Drucker füllt – nichts' },
  },
  {
    what: 'UTF-8 of which a text was cut within a character',
    body: Buffer.concat([
      Buffer.from('{"subject":"für '),
      Buffer.from([0xc3]),
      Buffer.from(`",${JSON.stringify(without('subject')).slice(1)}`),
    ]),
    ticket: { subject: 'für \ufffd' },
  },
  { what: 'zeros at its end', body: `${JSON.stringify(usual)}\u0000\u0000` },
  { what: 'two byte order marks', body: `\ufeff\ufeff${JSON.stringify(usual)}` },
  { what: 'JSON in a string of JSON', body: JSON.stringify(JSON.stringify(usual)) },
  {
    what: 'a character set of China, as it declares',
    body: Buffer.concat([
      Buffer.from('{"subject":"'),
      Buffer.from([0xb4, 0xf2, 0xd3, 0xa1, 0xbb, 0xfa]),
      Buffer.from(`",${JSON.stringify(without('subject')).slice(1)}`),
    ]),
    charset: 'gb2312',
    ticket: { subject: '打印机' },
  },
  // Templates that were filled in as they are
  {
    what: 'quotation marks that the template did not escape',
    body: raw('subject', '"The "VPN" drops"'),
    ticket: { subject: 'The "VPN" drops' },
  },
  {
    what: 'HTML with quotation marks, in several lines',
    body: raw('description', '"<p class="MsoNormal">The VPN\ndrops.</p>"'),
    ticket: { description: 'The VPN drops.' },
    mended: ['description'],
  },
  {
    what: 'a Windows path',
    body: raw('description', '"See \\\\srv-01\\Users\\new."'),
    ticket: { description: 'See \\\\srv-01\\Users\\new.' },
  },
  {
    what: 'a long id, and no priority',
    body: raw('ticket_id', '100000000012345678').replace('"VPN drops"', '""VPN" drops"').replace('"high"', ''),
    ticket: { ticketId: '100000000012345678', subject: '"VPN" drops', priority: 'medium' },
    mended: ['priority'],
  },
  // Harmless
  { what: 'a field twice: the last counts', body: `{"subject":"first",${JSON.stringify(usual).slice(1)}` },
  {
    what: 'keys of prototypes',
    body: `{"__proto__":{"subject":"x"},"constructor":1,"toString":null,${JSON.stringify(usual).slice(1)}`,
  },
  { what: 'a number of 10,000 digits', body: `{"x":${'9'.repeat(10_000)},${JSON.stringify(usual).slice(1)}` },
];

describe('a desk’s body', () => {
  it('is tried in at least 60 real shapes', () => {
    expect(shapes.length).toBeGreaterThanOrEqual(60);
  });

  it.each(shapes.map((shape) => [shape.what, shape] as const))('with %s', async (_what, shape) => {
    const { ticket, mended } = await read(shape.body, shape.charset);
    expect(ticket).toEqual({ ...asRead, ...shape.ticket });
    expect(mended.map((one) => one.split(':')[0])).toEqual(shape.mended ?? []);
  });
});

describe('a desk’s body is refused', () => {
  it.each<[string, object | string, string[]]>([
    ['without a ticket’s id', without('ticket_id'), ['ticket_id']],
    ['with an id that is null', { ...usual, ticket_id: null }, ['ticket_id']],
    ['with an id of other characters', { ...usual, ticket_id: 'a:b' }, ['ticket_id']],
    ['with an id of 65 characters', { ...usual, ticket_id: 'x'.repeat(65) }, ['ticket_id']],
    ['with an id that is true', { ...usual, ticket_id: true }, ['ticket_id']],
    ['with an id that is a fraction', { ...usual, ticket_id: 1.5 }, ['ticket_id']],
    ...['project-1#12', 'project-2#12', 'ABC-12#3', '#1001 #2'].map((id): [string, object, string[]] => [
      `with the id ${id} of two numbers`,
      { ...usual, ticket_id: id },
      ['ticket_id'],
    ]),
    ['with an id that is huge', raw('ticket_id', '1e308'), ['ticket_id']],
    [
      'with an id of which the digits are not certain',
      `{"x":{"ticket_id":100000000012345678},${raw('ticket_id', '100000000012345679').slice(1)}`,
      ['ticket_id'],
    ],
    ['with neither subject nor description', { ...usual, subject: null, description: ' ' }, ['description']],
    ['with texts that show nothing', { ...usual, subject: '', description: '<p>&nbsp;</p>' }, ['description']],
    ['with nothing', {}, ['ticket_id', 'description']],
  ])('%s', async (_what, body, fields) => {
    const refused = await read(body).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Rejection);
    const errors = refused instanceof Rejection ? refused.details.errors : [];
    expect(errors?.map(({ field }) => field)).toEqual(fields);
  });

  it.each([
    '{"tenant_id":',
    '[]',
    '[{}]',
    '["a"]',
    'null',
    '{"a":"b\n',
    '{"a":\n"b"\n',
    '{"a":"b"c"}',
    '"{}"x',
    '"[]"',
  ])('as malformed: %j', (text) => {
    expect(() => readJsonBody(Buffer.from(text))).toThrow(Rejection);
  });
});

describe('a solved ticket', () => {
  const solved = {
    ...without('event', 'created_at', 'priority'),
    resolution: 'Raised the lifetime.',
    resolved_at: '2026-11-20T10:00:00Z',
  };
  const readSolved = (fields: object) => readTicketResolved({ ...solved, ...fields }, nowMs);
  const expected = {
    ticketId: 'TKT-1001',
    subject: 'VPN drops',
    description: 'The VPN drops every hour.',
    resolution: 'Raised the lifetime.',
    resolvedAt: '2026-11-20T10:00:00Z',
    tags: [],
  };

  it.each<[string, object, object, string[]]>([
    ['as the contract has it', { tags: ['vpn'] }, { tags: ['vpn'] }, []],
    ['with tags that are null', { tags: null }, {}, []],
    ['with tags in one text', { tags: 'vpn, network,' }, { tags: ['vpn', 'network'] }, ['tags']],
    [
      'with more tags than are used',
      { tags: Array.from({ length: 40 }, () => 'x') },
      { tags: Array.from({ length: 32 }, () => 'x') },
      ['tags'],
    ],
    ['with an HTML resolution', { resolution: '<p>Raised the <b>lifetime</b>.</p>' }, {}, ['resolution']],
    [
      'with a time of the desk',
      { resolved_at: 1795428000 },
      { resolvedAt: '2026-11-23T10:00:00.000Z' },
      ['resolved_at'],
    ],
    ['without a resolution', { resolution: null }, { resolution: '' }, []],
    [
      'whose last comment is our own note',
      {
        resolution: `<p>Likely: <strong>restart it</strong>.</p>\n<p><small>Ref ticket-enhancer#d${'0'.repeat(40)}</small></p>`,
      },
      { resolution: '' },
      ['resolution', 'resolution'],
    ],
  ])('%s', async (_what, fields, differs, mended) => {
    const reading = await readSolved(fields);
    expect(reading.ticket).toEqual({ ...expected, ...differs });
    expect(reading.mended.map((one) => one.split(':')[0])).toEqual(mended);
  });
});
