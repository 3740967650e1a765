import { describe, expect, it } from '@jest/globals';
import { type DemoQuestion, demoQuestions, demoSources } from '../../support/demo-questions.js';
import { ticketJob } from '../../support/worker.js';

/** How well the demo tenants' tickets are answered, in four languages: a change that makes it worse fails here. */

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

const answered: Answered[] = [];
for (const question of demoQuestions) answered.push(await answer(question));

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
    expect(part(own, ({ isFirstHelpful }) => isFirstHelpful)).toBeGreaterThanOrEqual(0.85);
  });

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
    expect(helpful('likely')).toBeGreaterThanOrEqual(0.85);
    expect(helpful('possible')).toBeLessThan(helpful('likely'));
  });
});
