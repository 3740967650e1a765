import { describe, expect, it } from '@jest/globals';
import { type DemoQuestion, demoQuestions, demoSources } from '../support/demo-questions.js';
import { ticketJob } from '../support/worker.js';

/** How well the demo tenants' tickets are answered, in four languages: a change that makes it worse fails here. */

const { signal } = new AbortController();
const sources = { acme: demoSources('acme'), globex: demoSources('globex') };

/** What a note would show, the best first. */
async function shownFor({ tenant, subject, description }: DemoQuestion) {
  const ticket = ticketJob({ tenantId: tenant, subject, description });
  const found = await Promise.all(sources[tenant].map((source) => source.search(ticket, signal)));
  return found.flat().sort((a, b) => b.score - a.score);
}

const answered = await Promise.all(
  demoQuestions.map(async (question) => {
    const shown = await shownFor(question);
    const helpful = shown.filter(({ id }) => question.relevant.includes(id));
    return { question, shown, helpful, isFirstHelpful: helpful.length > 0 && helpful[0] === shown[0] };
  }),
);
type Answered = (typeof answered)[number];

const withAnswer = answered.filter(({ question }) => question.relevant.length > 0);
const withoutAnswer = answered.filter(({ question }) => question.relevant.length === 0);
const part = (all: readonly Answered[], is: (one: Answered) => boolean): number => all.filter(is).length / all.length;
const isSilent = ({ shown }: Answered): boolean => shown.length === 0;

describe('the questions', () => {
  it('are at least 150, in four languages, with and without an answer', () => {
    expect(demoQuestions.length).toBeGreaterThanOrEqual(150);
    for (const language of ['en', 'de', 'es', 'zh'] as const) {
      const own = answered.filter(({ question }) => question.language === language);
      expect(own.filter((one) => withAnswer.includes(one)).length).toBeGreaterThanOrEqual(20);
      expect(own.filter((one) => withoutAnswer.includes(one)).length).toBeGreaterThanOrEqual(5);
    }
  });
});

describe('retrieval on the demo tenants', () => {
  it.each(['en', 'de', 'es', 'zh'] as const)('shows a helpful source first for tickets in “%s”', (language) => {
    const own = withAnswer.filter(({ question }) => question.language === language);
    if (process.env['SHOW']) for (const a of own.filter((x) => !x.isFirstHelpful)) console.log(language, JSON.stringify([a.question.subject, a.question.description]), a.shown.map((s) => `${s.id} ${s.score.toFixed(2)}`).join(', '), '| want', a.question.relevant.slice(0, 3).join(','));
    expect(part(own, ({ isFirstHelpful }) => isFirstHelpful)).toBeGreaterThanOrEqual(0.85);
  });

  it('shows a helpful source first for 20 of 25 tickets of a few words, half of them without a subject', () => {
    const short = answered.filter(({ question }) => question.short);
    expect(short).toHaveLength(25);
    if (process.env['SHOW']) console.log(short.filter((x) => !x.isFirstHelpful).map((a) => `${a.question.subject}${a.question.description}: ${a.shown.map((s) => `${s.id} ${s.score.toFixed(2)}`).join(', ')}`).join('\n'));
    expect(short.filter(({ isFirstHelpful }) => isFirstHelpful).length).toBeGreaterThanOrEqual(20);
  });

  it('is silent where nothing helps', () => {
    if (process.env['SHOW']) for (const a of withoutAnswer.filter((x) => !isSilent(x))) console.log(JSON.stringify([a.question.subject, a.question.description]), a.shown.map((s) => `${s.id} ${s.score.toFixed(2)}`).join(', '));
    expect(part(withoutAnswer, isSilent)).toBeGreaterThanOrEqual(0.65);
  });

  it('is not silent where something helps', () => {
    expect(part(withAnswer, isSilent)).toBeLessThanOrEqual(0.05);
  });

  it('is right with “likely” more often than with “possible”', () => {
    const helpful = (confidence: 'likely' | 'possible'): number => {
      const shown = answered.flatMap(({ question, shown }) =>
        shown.filter((one) => one.confidence === confidence).map(({ id }) => question.relevant.includes(id)),
      );
      return shown.filter(Boolean).length / shown.length;
    };
    expect(helpful('likely')).toBeGreaterThanOrEqual(0.75);
    expect(helpful('possible')).toBeLessThan(helpful('likely'));
  });
});
