import { describe, expect, it } from '@jest/globals';
import { textOfAdf } from '../../../../src/connectors/desks/jira/adf.js';
import { textOfWiki } from '../../../../src/connectors/desks/jira/wiki-text.js';
import { readText } from '../../../../src/intake/ticket-text.js';
import { type DeskEvent, deskKind } from '../../../../src/connectors/desks/index.js';

/** What the bodies of desks' webhooks say, in the shapes that their documentation shows. */

function read(type: string, body: Record<string, unknown>): DeskEvent | undefined {
  return deskKind(type).webhook?.read(body);
}

describe('Zendesk', () => {
  it('says by an event subscription what a trigger says in the body of its administrator', () => {
    const detail = {
      id: '35436',
      subject: 'VPN',
      description: 'Drops.',
      priority: 'HIGH',
      created_at: '2026-11-23T10:00Z',
    };
    expect(read('zendesk', { type: 'zen:event-type:ticket.created', subject: 'zen:ticket:35436', detail })).toEqual({
      kind: 'created',
      ticket: {
        ticket_id: '35436',
        subject: 'VPN',
        description: 'Drops.',
        priority: 'HIGH',
        created_at: '2026-11-23T10:00Z',
      },
    });
    expect(read('zendesk', { type: 'zen:event-type:ticket.status_changed', detail })).toEqual({
      kind: 'ignored',
      what: 'zen:event-type:ticket.status_changed',
    });
  });

  it.each([
    ['Lewis, 28 Sept 2023, 20:02', 'in British English'],
    ['Demo, Jan 29, 2021, 11:10', 'in American English'],
    ['Parts are ready! , Jul 12, 2020, 2:15 AM', 'of an odd name'],
    ['Müller, Kim, 29. Jan. 2021, 11:10', 'in German'],
    ['Kim, 29 janv. 2021 à 11:10', 'in French'],
    ['Kim, 2021年1月29日 11:10', 'in Japanese'],
  ])('has no line with author and time above the text: %s (%s)', (line) => {
    const dashes = '-'.repeat(46);
    const printed = `${dashes}\n\n${line}\n\nIt drops.\n\nThanks,\nKim.`;
    const text = 'It drops.\n\nThanks,\nKim.';
    expect(read('zendesk', { ticket_id: 7, description: printed })).toMatchObject({ ticket: { description: text } });
    const resolved = { event: 'ticket_resolved', ticket_id: 7, description: printed };
    expect(read('zendesk', { ...resolved, resolution: `${dashes}\n\nRekey.` })).toMatchObject({
      ticket: { description: text, resolution: 'Rekey.' },
    });
    for (const kept of [
      text,
      `--\n${line}\nx`,
      `${dashes} 2026, 10:00`,
      `Log:\n${dashes}\n${line}`,
      `${dashes}\n${line}\nx`,
    ]) {
      expect(read('zendesk', { ticket_id: 7, description: kept })).toMatchObject({ ticket: { description: kept } });
    }
  });

  it.each([
    'Error log, host db-2026-1 10:30 failed\nrest',
    '\nError log, host db-2026-1 10:30\n\nrest',
    '\nServer A, since 23.11.2026 10:30\n\nis down',
  ])('keeps the words of a person below dashes: %j', (words) => {
    const event = read('zendesk', { ticket_id: 7, description: `${'-'.repeat(26)}\n${words}` });
    expect(event).toMatchObject({ ticket: { description: expect.stringContaining(words.trim()) } });
  });

  it('has its tags as words with blanks between them', () => {
    const event = read('zendesk', { event: 'ticket_resolved', ticket_id: 7, tags: 'vpn  network ' });
    expect(event).toMatchObject({ kind: 'resolved', ticket: { tags: ['vpn', 'network'] } });
  });

  it.each([undefined, null, 'ticket_created'])('takes %s for the event of a new ticket', (event) => {
    expect(read('zendesk', { event, ticket_id: 7 })).toMatchObject({ kind: 'created', ticket: { ticket_id: 7 } });
  });

  it.each([7, ['ticket_created'], 'ticket_merged', 'x'.repeat(1000)])('does nothing for the event %j', (event) => {
    const ignored = read('zendesk', { event, ticket_id: 7 });
    expect(ignored).toMatchObject({ kind: 'ignored' });
    expect(JSON.stringify(ignored).length).toBeLessThan(150);
  });
});

describe('Jira', () => {
  const issue = {
    key: 'ITSM-7',
    fields: { summary: 'VPN', description: null, created: '2026-11-23T10:00:00.000+0000' },
  };

  it('has a ticket whose fields are null', () => {
    expect(read('jira', { webhookEvent: 'jira:issue_created', issue })).toMatchObject({
      kind: 'created',
      ticket: { ticket_id: 'ITSM-7', subject: 'VPN', description: undefined },
    });
  });

  it('is resolved when it is imported with a resolution', () => {
    const fields = { ...issue.fields, resolution: { name: 'Done' } };
    expect(read('jira', { webhookEvent: 'jira:issue_created', issue: { ...issue, fields } })).toMatchObject({
      kind: 'resolved',
      ticket: { resolution: 'Done' },
    });
  });

  it.each([
    ['a change of another field', [{ field: 'status', to: '5' }]],
    ['a resolution that is taken back', [{ field: 'resolution', from: '10000', to: null }]],
    ['a change of an unknown form', [7, null, {}]],
    ['no list of changes', 'none'],
  ])('is not resolved by %s', (_what, items) => {
    const changelog = { items };
    expect(read('jira', { webhookEvent: 'jira:issue_updated', issue, changelog })).toMatchObject({ kind: 'ignored' });
  });

  describe('of an automation rule, which names no event', () => {
    const ruled = { ...issue, fields: { ...issue.fields, comment: { comments: [] }, resolution: null } };

    it.each<[string, Record<string, unknown>]>([
      ['an issue by itself', ruled],
      ['an issue in an object', { issue: ruled, timestamp: 1 }],
    ])('is a new one: %s', (_what, body) => {
      expect(read('jira', body)).toMatchObject({ kind: 'created', ticket: { ticket_id: issue.key } });
    });

    it('is resolved when it has a resolution', () => {
      const fields = { ...ruled.fields, resolution: { name: 'Done' }, resolutiondate: '2026-11-23T10:00:00.000+0000' };
      expect(read('jira', { issue: { ...ruled, fields } })).toMatchObject({
        kind: 'resolved',
        ticket: { resolution: 'Done', resolved_at: fields.resolutiondate },
      });
    });

    it('is nothing new when a comment called the rule', () => {
      const own = { body: `Likely cause: … ticket-enhancer#d${'0'.repeat(40)}` };
      const fields = { ...ruled.fields, comment: { comments: [{ body: 'Thanks' }, own] } };
      expect(read('jira', { ...ruled, fields })).toMatchObject({ kind: 'ignored' });
      expect(read('jira', { issue: ruled, comment: { body: 'Thanks' } })).toMatchObject({ kind: 'ignored' });
    });

    it('may have the body of the service’s own webhooks', () => {
      expect(read('jira', { ticket_id: 'ITSM-7', subject: 'VPN' })).toMatchObject({
        kind: 'created',
        ticket: { ticket_id: 'ITSM-7', subject: 'VPN' },
      });
    });
  });

  it('has the text of wiki markup in the body of the service’s own webhooks, too', () => {
    const ticket = {
      ticket_id: 'ITSM-7',
      description: 'h2. Steps\nOpen {{vpnctl}}.',
      resolution: '{noformat}x{noformat}',
    };
    expect(read('jira', ticket)).toMatchObject({ ticket: { description: 'Steps\nOpen `vpnctl`.' } });
    expect(read('jira', { ...ticket, event: 'ticket_resolved' })).toMatchObject({
      ticket: { resolution: '```\nx\n```' },
    });
    expect(read('jira', { ...ticket, event: 'ticket_merged' })).toMatchObject({ kind: 'ignored' });
  });

  it.each([
    { text: 'VPN drops' },
    '{{issue.description}}',
    '# apt update',
    'C:\\(x86)\\_new',
    '[ERROR|main] failed',
    'copy *.log !important.png and that.png!',
    'mail [~anna]',
    'GET /orders/{code} answers {code: 500}',
  ])('has %j unchanged in the body of an administrator', (description) => {
    expect(read('jira', { ticket_id: 'ITSM-7', description })).toMatchObject({ ticket: { description } });
  });

  it('has the text of a document in the body of an administrator', () => {
    const content = [{ type: 'paragraph', content: [{ type: 'text', text: 'VPN drops' }] }];
    const description = { type: 'doc', version: 1, content };
    expect(read('jira', { ticket_id: 'ITSM-7', description })).toMatchObject({ ticket: { description: 'VPN drops' } });
  });

  it('is resolved by its comment, and by the name of the resolution where there is none', () => {
    const changelog = { items: [{ field: 'resolution', to: '10000' }] };
    const fields = { ...issue.fields, resolution: { name: 'Done' } };
    const resolved = { webhookEvent: 'jira:issue_updated', changelog, issue: { ...issue, fields }, timestamp: 1 };
    expect(read('jira', resolved)).toMatchObject({ ticket: { resolution: 'Done', resolved_at: 1 } });
    const comment = {
      body: { type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text: 'Rekey.' }] }] },
    };
    expect(read('jira', { ...resolved, comment })).toMatchObject({ ticket: { resolution: 'Rekey.' } });
  });

  it.each<[string, object]>([
    ['an internal comment of Cloud', { jsdPublic: false }],
    ['a comment for a role', { visibility: { type: 'role', value: 'Service Desk Team' } }],
    ['an internal comment of Data Center', { properties: [{ key: 'sd.public.comment', value: { internal: true } }] }],
    ['words of the reporter', { author: { accountId: 'kim' } }],
  ])('is not resolved by %s', (_what, comment) => {
    const changelog = { items: [{ field: 'resolution', to: '10000' }] };
    const fields = { ...issue.fields, reporter: { accountId: 'kim' }, resolution: { name: 'Done' } };
    const resolved = { webhookEvent: 'jira:issue_updated', changelog, issue: { ...issue, fields } };
    const of = (other: object) => read('jira', { ...resolved, comment: { body: 'Rekey.', ...other } });
    expect(of({ jsdPublic: true, visibility: null, author: { accountId: 'agent' }, properties: [] })).toMatchObject({
      ticket: { resolution: 'Rekey.' },
    });
    expect(of(comment)).toMatchObject({ ticket: { resolution: 'Done' } });
  });

  it('has the text of a document with its lists, breaks, tables and names', () => {
    const text = (words: string) => ({ type: 'text', text: words, marks: [{ type: 'strong' }] });
    const paragraph = (...content: object[]) => ({ type: 'paragraph', content });
    const cell = (words: string) => ({ type: 'tableCell', content: [paragraph(text(words))] });
    const document = {
      version: 1,
      type: 'doc',
      content: [
        { type: 'heading', attrs: { level: 1 }, content: [text('VPN drops')] },
        paragraph(text('It '), { type: 'hardBreak' }, { type: 'mention', attrs: { id: '1', text: '@Emma' } }),
        {
          type: 'orderedList',
          content: ['Open', 'Close'].map((w) => ({ type: 'listItem', content: [paragraph(text(w))] })),
        },
        { type: 'bulletList', content: [{ type: 'listItem', content: [paragraph(text('a'))] }] },
        { type: 'table', content: [{ type: 'tableRow', content: [cell('x'), cell('y')] }] },
        { type: 'aNodeOfTheFuture', content: [paragraph(text('new'))] },
        paragraph(
          { type: 'inlineCard', attrs: { url: 'https://kb.example/1' } },
          { type: 'emoji', attrs: { shortName: ':+1:' } },
        ),
        { type: 'mediaSingle' },
        null,
        7,
      ],
    };
    expect(textOfAdf(document)).toBe(
      'VPN drops\n\nIt\n@Emma\n\n1. Open\n2. Close\n\n- a\n\nx | y\n\nnew\n\nhttps://kb.example/1:+1:',
    );
    expect(textOfAdf({ content: 'odd' })).toBe('');
  });

  it('has the text of a document with its tasks, code and folded parts', () => {
    const text = (words: string) => ({ type: 'text', text: words });
    const document = {
      type: 'doc',
      content: [
        {
          type: 'taskList',
          content: ['Stop it', 'Start it'].map((w) => ({
            type: 'taskItem',
            attrs: { state: 'TODO' },
            content: [text(w)],
          })),
        },
        { type: 'codeBlock', attrs: { language: 'sh' }, content: [text('if x; then\n  y\nfi')] },
        { type: 'expand', attrs: { title: 'Log' }, content: [{ type: 'paragraph', content: [text('Error 7')] }] },
        { type: 'paragraph', content: [{ type: 'status', attrs: { text: 'DONE', color: 'green' } }] },
      ],
    };
    expect(textOfAdf(document)).toBe('- Stop it\n- Start it\n\n```\nif x; then\n  y\nfi\n```\n\nLog\nError 7\n\nDONE');
  });

  it('has the text of a document with lists in one another, and what is struck out or code', () => {
    const text = (words: string, ...marks: string[]) => ({
      type: 'text',
      text: words,
      marks: marks.map((type) => ({ type })),
    });
    const paragraph = (...content: object[]) => ({ type: 'paragraph', content });
    const item = (...content: object[]) => ({ type: 'listItem', content });
    const inner = {
      type: 'orderedList',
      attrs: { order: 3 },
      content: [item(paragraph(text('b'))), item(paragraph(text('c')))],
    };
    const code = { type: 'codeBlock', content: [text('d\n\n- e')] };
    const href = 'https://wiki.example/vpn';
    const linked = {
      type: 'text',
      text: href,
      marks: [{ type: 'link', attrs: { href } }, { type: 'code' }],
    };
    const content = [
      paragraph(
        text('Set '),
        text('port ', 'strike'),
        text('8080', 'strike', 'strong'),
        text(' 8443 by '),
        text('ls', 'code'),
        text('. '),
        linked,
      ),
      { type: 'bulletList', content: [item(paragraph(text('a')), inner), item(code)] },
    ];
    expect(
      textOfAdf({ type: 'doc', content: [...content, paragraph({ type: 'text', text: 'x', marks: [null, 7] })] }),
    ).toBe(
      'Set ~~port 8080~~ 8443 by `ls`. `https://wiki.example/vpn`\n\n- a\n  3. b\n  4. c\n- ```\n  d\n\n  - e\n  ```\n\nx',
    );
  });

  it('has a text of bounded length of a document whose lists multiply the indentation of its lines', () => {
    const most = 65_536;
    let node: object = { type: 'paragraph', content: [{ type: 'text', text: '\na'.repeat(most) }] };
    for (let depth = 0; depth < 15; depth++) {
      node = { type: 'orderedList', attrs: { order: 1e15 }, content: [{ type: 'listItem', content: [node] }] };
    }
    const { length } = textOfAdf({ type: 'doc', content: [node] });
    expect(length).toBeGreaterThan(most);
    expect(length).toBeLessThan(20 * most);
  });

  it('has the text of a document with its dates, links and people', () => {
    const link = (text: string, href: string) => ({ type: 'text', text, marks: [{ type: 'link', attrs: { href } }] });
    const nodes = [
      { type: 'text', text: 'Since ' },
      { type: 'date', attrs: { timestamp: '1690344879000' } },
      { type: 'text', text: ', see ' },
      link('the page', 'https://kb.example/1'),
      { type: 'text', text: ' or ' },
      link('kb.example/2', 'https://kb.example/2/'),
      ...['soon', null, ''].map((timestamp) => ({ type: 'date', attrs: { timestamp } })),
      { type: 'text', text: ', ' },
      link('the ', 'https://kb.example/3'),
      link('guide', 'https://kb.example/3'),
      link(' kb.example', 'https://kb.example/4'),
      link('/4', 'https://kb.example/4'),
    ];
    expect(textOfAdf({ type: 'doc', content: [{ type: 'paragraph', content: nodes }] })).toBe(
      'Since 2023-07-26, see the page (https://kb.example/1) or kb.example/2, the guide (https://kb.example/3) kb.example/4',
    );
  });

  it.each([
    ['h2. Steps\n# Open {{vpnctl}}.\n# Set *8 h*.\n## twice', 'Steps\n1. Open `vpnctl`.\n1. Set *8 h*.\n1. twice'],
    ['* a\n** b\n- c', '- a\n- b\n- c'],
    [
      'Run\n{code:bash|title=x}\nif [ a ]; then\n  # b\nfi\n{code}\nnow',
      'Run\n\n```\nif [ a ]; then\n  # b\nfi\n```\n\nnow',
    ],
    ['{noformat}C:\\_x{noformat}', '```\nC:\\_x\n```'],
    [
      '{color:red}See{color} [the guide|https://kb.example/a|smart-link] [https://b.example]',
      'See the guide (https://kb.example/a) https://b.example',
    ],
    ['[~accountid:5b10] look: !screen-1.png|thumbnail! {quote}it works{quote}', 'look:  it works'],
    ['||error||meaning||\n|619|port|', 'error | meaning\n619 | port'],
    ['a\\_b \\{c\\} C:\\Users', 'a_b {c} C:\\Users'],
    ['Wow! It is a[0] | b, {x} and 5 * 3!', 'Wow! It is a[0] | b, {x} and 5 * 3!'],
  ])('has the text of its wiki markup: %j', (wiki, text) => {
    expect(textOfWiki(wiki)).toBe(text);
  });
});

describe('Freshservice', () => {
  it.each([
    ['INC-77', '77'],
    ['#SR-77', '77'],
    ['[#INC-77]', '77'],
    [' 77 ', '77'],
    ['77', '77'],
    [77, 77],
    ['INC', 'INC'],
    ['INC-77x', 'INC-77x'],
    [null, null],
  ])('knows the ticket %j as %j', (written, known) => {
    expect(read('freshservice', { ticket_id: written })).toMatchObject({ ticket: { ticket_id: known } });
  });

  it('is read where the rule sends the content "Simple"', () => {
    const fields = {
      ticket_id: 12,
      ticket_subject: 'VPN',
      ticket_description: '<div>It drops.</div>',
      ticket_priority: 'Urgent',
    };
    const send = (more: object) => read('freshservice', { freshdesk_webhook: { ...fields, ...more } });
    const ticket = { ticket_id: 12, subject: 'VPN', description: '<div>It drops.</div>', priority: 'Urgent' };
    expect(send({ ticket_status: 'Open' })).toMatchObject({ kind: 'created', ticket });
    expect(send({ ticket_status: 'Resolved', ticket_latest_public_comment: 'Set the rekey time.' })).toMatchObject({
      kind: 'resolved',
      ticket: { ticket_id: 12, resolution: 'Set the rekey time.' },
    });
  });

  it.each<[string, object]>([
    ['a changed priority', { triggered_event: '{priority:{from:1,to:4}}' }],
    ['a note, which may be our own', { triggered_event: '{note_type:private}' }],
    ['a changed status', { triggered_event: '{status:{from:2,to:3}}', ticket_status: 'Pending' }],
  ])('is not a new ticket by %s', (_what, more) => {
    const sent = { ticket_id: 12, ticket_subject: 'VPN', ticket_priority: 'Urgent', ticket_status: 'Open', ...more };
    expect(read('freshservice', { freshdesk_webhook: sent })).toMatchObject({ kind: 'ignored' });
  });

  it('is new when its creation called the rule, and resolved by its status, whatever called it', () => {
    const sent = { ticket_id: 12, ticket_subject: 'VPN', ticket_status: 'Open' };
    const created = { ...sent, triggered_event: '{ticket_action:created}' };
    expect(read('freshservice', { freshservice_webhook: created })).toMatchObject({ kind: 'created' });
    const closed = { ...sent, ticket_status: 'Closed', triggered_event: '{status:{from:2,to:5}}' };
    expect(read('freshservice', { freshdesk_webhook: closed })).toMatchObject({ kind: 'resolved' });
    const odd = { ...sent, ticket_status: { toString: 5 } };
    expect(read('freshservice', { freshdesk_webhook: odd })).toMatchObject({ kind: 'created' });
  });

  it.each([
    [1, 'low'],
    ['4', 'urgent'],
    ['High', 'High'],
    [5, 5],
    [null, null],
    [{ toString: 3 }, { toString: 3 }],
  ])('counts priorities upwards: %j is %j', (written, known) => {
    expect(read('freshservice', { ticket_id: 1, priority: written })).toMatchObject({ ticket: { priority: known } });
  });
});

describe('Zammad', () => {
  const ticket = {
    id: 81,
    number: '10081',
    title: 'VPN',
    state: 'new',
    priority: { name: '2 normal' },
    created_at: 't',
  };
  const article = { id: 104, body: '<p>Drops.</p>', content_type: 'text/html' };

  it('has a new ticket under the id that its API knows, not under the number that people see', () => {
    expect(read('zammad', { ticket, article })).toMatchObject({
      kind: 'created',
      ticket: { ticket_id: 81, subject: 'VPN', description: '<p>Drops.</p>', priority: { name: '2 normal' } },
    });
  });

  it('is resolved by the article with which it was closed', () => {
    const times = { close_at: '2026-11-23T11:00:00Z', last_close_at: null };
    const closed = { ...ticket, state: 'closed', ...times, article_ids: [104, 109], article_count: 2 };
    const answer = { id: 109, body: '<p>Rekey.</p>', sender: 'Agent', internal: false };
    expect(read('zammad', { ticket: closed, article: answer })).toMatchObject({
      kind: 'resolved',
      ticket: { ticket_id: 81, resolution: '<p>Rekey.</p>', resolved_at: '2026-11-23T11:00:00Z' },
    });
    for (const other of [{ internal: true }, { sender: 'Customer' }, { sender: 'System' }, { id: 104 }]) {
      expect(read('zammad', { ticket: closed, article: { ...answer, ...other } })).toMatchObject({
        kind: 'resolved',
        ticket: { resolution: undefined },
      });
    }
  });

  it.each<[string, object, object]>([
    ['our own note', { article_ids: [104, 109], article_count: 2 }, { id: 109, sender: 'Agent', internal: true }],
    ['a change without an article', { article_ids: [104, 109], article_count: 2 }, {}],
    ['a later article of a ticket that does not list them', { article_count: 3 }, { id: 109 }],
  ])('is no new ticket, so that no trigger goes on for ever, by %s', (_what, lists, later) => {
    expect(read('zammad', { ticket: { ...ticket, ...lists }, article: later })).toMatchObject({ kind: 'ignored' });
  });

  it.each(['merged', 'removed'])('is nothing new when it is %s with another', (state) => {
    const gone = { ...ticket, state, article_ids: [], article_count: 0 };
    expect(read('zammad', { ticket: gone, article: {} })).toMatchObject({ kind: 'ignored' });
  });

  it('is a new ticket also when an automatic answer came before its webhook', () => {
    const answered = { ...ticket, article_ids: [105, 104], article_count: 2 };
    expect(read('zammad', { ticket: answered, article })).toMatchObject({ kind: 'created' });
  });

  it('has the tags in a plain text as words of its author', () => {
    const plain = { ...article, body: 'Use <br> & <b>', content_type: 'text/plain' };
    expect(read('zammad', { ticket, article: plain })).toMatchObject({
      ticket: { description: 'Use &lt;br> &amp; &lt;b>' },
    });
  });

  it('has a plain text that begins with a tag as its author wrote it', async () => {
    const body = '<div> elements overlap in our shop since the release.\nif a</div> follows, fine.';
    const event = read('zammad', { ticket, article: { ...article, body, content_type: 'text/plain' } });
    const description = event?.kind === 'created' ? String(event.ticket['description']) : '';
    expect((await readText(description, '')).text).toBe(body);
  });

  it('may have a payload of its administrator’s, and a ticket without an article', () => {
    expect(read('zammad', { event: 'ticket_created', ticket_id: '81' })).toMatchObject({ ticket: { ticket_id: '81' } });
    expect(read('zammad', { ticket, article: {} })).toMatchObject({ ticket: { description: undefined } });
  });
});
