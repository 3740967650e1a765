import { expect, it } from '@jest/globals';
import { KeptElsewhereError } from '../../../../src/connectors/desks/desk-failures.js';
import type { DeskHttp } from '../../../../src/connectors/desks/desk-http.js';
import { createNotes, jsonRequest, type NotePlace } from '../../../../src/connectors/desks/rest-desk.js';
import type { NoteToPost } from '../../../../src/enhancement/index.js';
import { ticketOf } from '../../../support/tickets.js';

const marker = `ticket-enhancer#d${'0'.repeat(40)}`;
const note: NoteToPost = {
  mode: 'extractive',
  html: marker,
  text: marker,
  wiki: marker,
  citations: [],
  marker,
  correlationId: 'c',
};

const placeAt = (base: string): NotePlace => ({
  notes: (id) => new URL(id, base),
  readPage: () => ({ texts: [], next: undefined }),
  add: (id) => jsonRequest('POST', new URL(id, base), {}),
});

it('a note goes to where its ticket was found, though others that are elsewhere too were searched since', async () => {
  const usual = 'https://desk.example/requests/';
  const added: string[] = [];
  const http: DeskHttp = {
    async get({ href }) {
      if (href.startsWith(usual)) throw new KeptElsewhereError('DESK_REJECTED', 'It is no request.');
      return {};
    },
    async add({ url: { pathname } }) {
      added.push(pathname);
      return { kind: 'added' };
    },
  };
  const desk = createNotes(http, { ...placeAt(usual), elsewhere: placeAt('https://desk.example/issues/') });
  const { signal } = new AbortController();
  const search = (ticketId: string) => desk.hasNote(ticketOf({ ticketId }), 'marker', signal);
  for (let i = 1; i < 1000; i++) await search(`OLD-${i}`);
  await search('NEW-1');
  await search('NEW-2');
  await desk.addNote(ticketOf({ ticketId: 'NEW-1' }), note, 0, signal);
  expect(added).toEqual(['/issues/NEW-1']);
});
