import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { type DemoQuestion, demoQuestions, demoSources } from '../../support/demo-questions.js';
import { ticketJob } from '../../support/worker.js';

/** How well the demo tenants' tickets are answered, in ten languages: a change that makes it worse fails here. */

const { signal } = new AbortController();
const sources = { acme: demoSources('acme'), globex: demoSources('globex') };

/** What a note would show, the best first. */
async function shownFor({ tenant, subject, description }: DemoQuestion) {
  const ticket = ticketJob({ tenantId: tenant, subject, description });
  const found = await Promise.all(sources[tenant].map((source) => source.search(ticket, signal)));
  return found.flat().sort((a, b) => b.score - a.score);
}

async function answer(question: DemoQuestion) {
  const shown = await shownFor(question);
  const [first] = shown;
  return { question, shown, isFirstHelpful: first !== undefined && question.relevant.includes(first.id) };
}
type Answered = Awaited<ReturnType<typeof answer>>;

/** Of the articles and resolved tickets of the demo tenants. */
const written = ['en', 'de', 'es', 'zh'] as const;
/** No document is in one of these. */
const foreign = ['fr', 'it', 'pt', 'nl', 'pl', 'ja'] as const;

const answered: Answered[] = [];
for (const question of demoQuestions) answered.push(await answer(question));

const withAnswer = answered.filter(({ question }) => question.relevant.length > 0);
const withoutAnswer = answered.filter(({ question }) => question.relevant.length === 0);
const part = (all: readonly Answered[], is: (one: Answered) => boolean): number => all.filter(is).length / all.length;
const isSilent = ({ shown }: Answered): boolean => shown.length === 0;

describe('the questions', () => {
  it('are at least 350, in ten languages, with and without an answer', () => {
    expect(demoQuestions.length).toBeGreaterThanOrEqual(350);
    const atLeast = (all: readonly (typeof demoQuestions)[number]['language'][], answers: number, silences: number) => {
      for (const language of all) {
        const own = answered.filter(({ question }) => question.language === language);
        expect(own.filter((one) => withAnswer.includes(one)).length).toBeGreaterThanOrEqual(answers);
        expect(own.filter((one) => withoutAnswer.includes(one)).length).toBeGreaterThanOrEqual(silences);
      }
    };
    atLeast(written, 20, 5);
    atLeast(foreign, 8, 3);
  });
});

describe('retrieval on the demo tenants', () => {
  it.each(written)('shows a helpful source first for tickets in “%s”', (language) => {
    const own = withAnswer.filter(({ question }) => question.language === language);
    expect(part(own, ({ isFirstHelpful }) => isFirstHelpful)).toBeGreaterThanOrEqual(0.92);
  });

  it.each(foreign)(
    'shows a helpful source first for tickets in “%s”, a language that no document is in',
    (language) => {
      const own = withAnswer.filter(({ question }) => question.language === language);
      expect(part(own, ({ isFirstHelpful }) => isFirstHelpful)).toBeGreaterThanOrEqual(0.8);
    },
  );

  it('shows a helpful source first for four of five tickets of a few words without a subject', () => {
    const short = withAnswer.filter(({ question }) => question.short && question.subject === '');
    expect(short.length).toBeGreaterThanOrEqual(50);
    expect(part(short, ({ isFirstHelpful }) => isFirstHelpful)).toBeGreaterThanOrEqual(0.8);
  });

  it('shows the same for a few words, whether they are the subject or the description', async () => {
    for (const { question, shown } of answered.filter(({ question }) => question.short)) {
      const turned = { ...question, subject: question.description, description: question.subject };
      const first = (await shownFor(turned))[0]?.id;
      expect(`${question.subject}${question.description}: ${first}`).toBe(
        `${question.subject}${question.description}: ${shown[0]?.id}`,
      );
    }
  });

  it('is silent where nothing helps', () => {
    expect(part(withoutAnswer, isSilent)).toBeGreaterThanOrEqual(0.85);
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
    expect(helpful('likely')).toBeGreaterThanOrEqual(0.93);
    expect(helpful('possible')).toBeLessThan(helpful('likely'));
  });

  it('shows what helps with the first example of the README, and nothing else', async () => {
    const readme = readFileSync('README.md', 'utf8');
    const { subject, description } = z
      .object({ subject: z.string(), description: z.string() })
      .parse(JSON.parse(/-d '(\{.*\})'/.exec(readme)?.[1] ?? ''));
    const question: DemoQuestion = { tenant: 'acme', language: 'en', subject, description, relevant: [], short: false };
    const ids = (await shownFor(question)).map(({ id }) => id);
    expect(ids[0]).toBe('vpn-drops-every-hour');
    expect(ids.filter((id) => !['vpn-drops-every-hour', 'ACM-0001', 'ACM-0003'].includes(id))).toEqual([]);
  });
});
