/** Forms in which language models and their servers were seen to answer; each holds a note that can be used. */

const note = {
  summary: 'The keys expire.',
  steps: [{ text: 'Raise the interval.', sources: ['S1'] }],
  confidence: 'high',
};
const json = JSON.stringify(note);
const step = (sources: unknown) => JSON.stringify({ ...note, steps: [{ text: 'Raise the interval.', sources }] });

/** What stands in the message. */
export const contentShapes: readonly (readonly [name: string, content: string])[] = [
  ['plain', json],
  ['indented', JSON.stringify(note, null, 2)],
  ['a fence', `\`\`\`json\n${json}\n\`\`\``],
  ['a fence on one line', `\`\`\`json ${json} \`\`\``],
  ['a fence without a language', `\`\`\`\n${json}\n\`\`\``],
  ['a fence that does not end', `\`\`\`json\n${json}`],
  ['prose before it', `Here is the note:\n${json}`],
  ['prose around it', `Sure! ${json}\n\nLet me know if {this} helps.`],
  ['prose with braces before it', `Form {summary, steps}: ${json}`],
  ['a think block', `<think>\nIt may be {"summary": "a draft"} or {\n</think>\n\n${json}`],
  ['the end of a think block alone', `It may be the keys.\n</think>${json}`],
  ['a Mistral think block', `[THINK]hm[/THINK]${json}`],
  ['a thought block full of braces', `<thought>${'{ } '.repeat(20)}</thought>${json}`],
  ['a think block with a name', `<seed:think>{"summary":"a draft"}</seed:think>${json}`],
  ['Cohere’s thinking', `<|START_THINKING|>{"summary":"a draft"}<|END_THINKING|><|START_RESPONSE|>${json}`],
  ['reasoning behind it', `${json}\n<reflection>It may be {"summary":"a draft"}.</reflection>`],
  [
    'a constrained harmony channel',
    `<|channel|>analysis<|message|>{"summary":"draft"}<|end|><|channel|>final <|constrain|>json<|message|>${json}`,
  ],
  ['a harmony channel', `<|channel|>analysis<|message|>{"summary":"draft"}<|end|><|channel|>final<|message|>${json}`],
  ['a draft and a final answer', `{"summary":"Draft.","steps":[]}\nBetter:\n${json}`],
  ['a wrapper', `{"note":${json}}`],
  ['a list of one', `[${json}]`],
  ['JSON in JSON', JSON.stringify(json)],
  ['other key case', json.replace('summary', 'Summary').replace('steps', 'STEPS')],
  ['a trailing comma', json.replace('"high"}', '"high",}')],
  ['a line end within a string', json.replace('keys expire', 'keys\nexpire')],
  ['comments', json.replace('"steps"', '// what to do\n"steps"').replace('"confidence"', '/* sure? */ "confidence"')],
  ['an escape of Markdown', json.replace('expire."', 'expire\\."')],
  [
    'marks of an input method',
    '{“summary”：“The keys expire.”，“steps”：[{“text”：“Raise the interval.”，“sources”：[“S1”]}]}',
  ],
  ['sources of all steps together', '{"summary":"The keys expire.","steps":["Raise the interval."],"sources":["S1"]}'],
  ['another name of the steps', '{"summary":"The keys expire.","next_steps":["Raise the interval. [S1]"]}'],
  ['single quotation marks', json.replaceAll('"', "'")],
  ['keys without quotation marks', json.replace('"summary"', 'summary').replace('"steps"', 'steps')],
  ['steps of text', '{"summary":"The keys expire.","steps":["Raise the interval. [S1]"]}'],
  ['numbered steps of text', '{"summary":"The keys expire.","steps":["1. Raise the interval. (S1)"]}'],
  ['steps as lines', '{"summary":"The keys expire.","steps":"1. Raise the interval. [S1]\\n2. Reconnect. [S1]"}'],
  ['steps by number', '{"summary":"The keys expire.","steps":{"1":{"text":"Raise the interval.","sources":"S1"}}}'],
  ['other names of a step', '{"summary":"The keys expire.","steps":[{"action":"Raise the interval.","source":"S1"}]}'],
  [
    'numbers beside the text of steps',
    '{"summary":"The keys expire.","steps":[{"step":1,"action":"Raise the interval.","sources":["S1"]}]}',
  ],
  ['labels in brackets of other scripts', '{"summary":"The keys expire.","steps":["Raise the interval.【S1、S2】"]}'],
  ['sources as text', step('S1')],
  ['a source by its number', step('[1]')],
  ['a source by its number and kind', step(['Source 1'])],
  ['sources as objects with a number', step([{ id: 1 }])],
  ['sources in brackets', step('[S1]')],
  ['sources in lower case', step('s1')],
  ['a list in one text', step('S1, S2')],
  ['sources as numbers', step([1])],
  ['sources as objects', step([{ id: 'S1' }])],
  ['the label twice and one that is not given', step(['S1', 's1', 'S9'])],
  ['a cut-off second step', json.replace(/}],"confidence.*/, '},{"text":"Then rec')],
  ['a cut-off confidence', json.replace('"high"}', '"hi')],
]; // prettier-ignore

/** Without steps, or without confidence. */
export const sparseShapes: readonly (readonly [name: string, content: string])[] = [
  ['steps: null', '{"summary":"The keys expire.","steps":null}'],
  ['no steps', '{"summary":"The keys expire."}'],
  ['confidence: null', '{"summary":"The keys expire.","steps":[],"confidence":null}'],
  ['a confidence of another kind', '{"summary":"The keys expire.","steps":[],"confidence":["?"]}'],
  ['empty steps', '{"summary":"The keys expire.","steps":["",{},null,[],7]}'],
]; // prettier-ignore

export const unusableShapes: readonly (readonly [name: string, content: string, problem: string])[] = [
  ['nothing', '', 'is empty'],
  ['prose', 'I think you should restart it.', 'has no JSON object'],
  ['null', 'null', 'has no JSON object'],
  ['reasoning alone', '<think>The keys {"summary":"draft"}', 'has only reasoning, and no note'],
  ['no summary', '{"steps":[]}', 'has no "summary" with text'],
  ['an empty summary', '{"summary":"  "}', 'has no "summary" with text'],
  ['a cut-off summary', '{"summary":"The keys ex', 'has no "summary" with text'],
  ['quotation marks that end too early', '{"summary":"Click "OK", now"}', 'has no JSON object'],
  ['too much', `{"summary":"${'x'.repeat(70_000)}"}`, 'is longer than 65536 characters'],
]; // prettier-ignore

const choice = (message: object, more: object = {}) => ({
  choices: [{ index: 0, message, finish_reason: 'stop', ...more }],
});
const usage = { prompt_tokens: 7, completion_tokens: 3 };
const whole = JSON.stringify({ ...choice({ role: 'assistant', content: json }), usage });
const chunk = (content: unknown, more: object = {}) => JSON.stringify({ choices: [{ delta: { content }, ...more }] });
const event = (content: unknown, more: object = {}) => `data: ${chunk(content, more)}\n\n`;
const tool = (parameters: unknown) => [{ type: 'function', function: { name: 'note', arguments: parameters } }];

/** What an endpoint wraps a message in. */
export const wrappings: readonly (readonly [name: string, body: string])[] = [
  ['a chat completion', whole],
  ['a message that is its text', JSON.stringify({ choices: [{ message: json, finish_reason: 'stop' }] })],
  ['a part without its list', JSON.stringify(choice({ content: { type: 'text', text: json } }))],
  ['no usage', JSON.stringify(choice({ content: json }))],
  ['usage: null', JSON.stringify({ ...choice({ content: json }), usage: null })],
  ['usage in part', JSON.stringify({ ...choice({ content: json }), usage: { completion_tokens: 3 } })],
  ['error: null', JSON.stringify({ ...choice({ content: json }), error: null })],
  ['no finish_reason', JSON.stringify({ choices: [{ message: { content: json } }] })],
  ['a finish_reason of another kind', JSON.stringify(choice({ content: json }, { finish_reason: { type: 'stop' } }))],
  ['blank lines before it', `${'\n'.repeat(200)}${whole}`],
  ['without its end', whole.slice(0, -20)],
  ['twice', `${whole}${whole}`],
  [
    'parts',
    JSON.stringify(
      choice({
        content: [
          { type: 'thinking', text: 'hm' },
          { type: 'text', text: json },
        ],
      }),
    ),
  ],
  ['parts of plain text', JSON.stringify(choice({ content: [json.slice(0, 9), json.slice(9)] }))],
  [
    'parts of reasoning',
    JSON.stringify(
      choice({
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
          { type: 'text', text: json },
        ],
      }),
    ),
  ],
  ['an object as content', JSON.stringify(choice({ content: note }))],
  ['the answer as thinking', JSON.stringify(choice({ content: '', thinking: json }))],
  ['the answer as reasoning text', JSON.stringify(choice({ content: null, reasoning_text: json }))],
  [
    'the answer as details of reasoning',
    JSON.stringify(choice({ content: '', reasoning_details: [{ type: 'reasoning.text', text: json }] })),
  ],
  [
    'the answer as blocks of thinking',
    JSON.stringify(choice({ content: '', thinking_blocks: [{ type: 'thinking', thinking: json }] })),
  ],
  [
    'the answer as Ollama’s thinking',
    JSON.stringify({ message: { content: '', thinking: json }, done_reason: 'stop' }),
  ],
  ['the answer as thinking of Ollama’s generate', JSON.stringify({ response: '', thinking: json, done: true })],
  ['a comment while the request waited', `: keep-alive\n\n${JSON.stringify(JSON.parse(whole), undefined, 2)}`],
  ['the end of a stream without one', `${whole}data: [DONE]\n\n`],
  ['blanks while the request waited', `${' '.repeat(5000)}${whole}`],
  ['events that end in carriage returns', `data: ${whole}\r\rdata: [DONE]\r\r`],
  [
    'an event of several lines',
    `data: ${JSON.stringify(JSON.parse(whole), undefined, 2).replaceAll('\n', '\ndata: ')}\n\ndata: [DONE]\n\n`,
  ],
  ['the answer as reasoning', JSON.stringify(choice({ content: null, reasoning_content: json }))],
  [
    'the answer as reasoning, twice',
    JSON.stringify(choice({ content: null, reasoning: json, reasoning_content: json })),
  ],
  ['the arguments of a tool', JSON.stringify(choice({ content: null, tool_calls: tool(json) }))],
  ['the arguments of a tool as an object', JSON.stringify(choice({ content: '', tool_calls: tool(note) }))],
  [
    'the arguments of a function',
    JSON.stringify(choice({ content: null, function_call: { name: 'note', arguments: json } })),
  ],
  ['reasoning beside it', JSON.stringify(choice({ content: json, reasoning: 'hm', refusal: null }))],
  ['an empty delta beside it', JSON.stringify(choice({ content: json }, { delta: { content: '' } }))],
  ['delta: null beside it', JSON.stringify(choice({ content: json }, { delta: null }))],
  ['an older completion', JSON.stringify({ choices: [{ text: json, finish_reason: 'stop' }] })],
  ['a stream', `${event(json.slice(0, 20))}${event(json.slice(20), { finish_reason: 'stop' })}data: [DONE]\n\n`],
  [
    'a stream with a comment first',
    `: OPENROUTER PROCESSING\n\n${event(json)}data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n`,
  ],
  ['a stream with names of events', `event: message\nid: 1\n${event(json)}event: done\ndata: [DONE]\n\n`],
  ['a stream with CRLF', `${event(json).replaceAll('\n', '\r\n')}data: [DONE]\r\n\r\n`],
  ['a stream without blanks', event(json).replace('data: ', 'data:')],
  ['a stream within a stream', `data: ${event(json)}data: data: [DONE]\n\n`],
  ['a stream without its end', `${event(json)}data: {"choices":[{"del`],
  [
    'a stream that begins with the judgement of a filter',
    `data: {"choices":[],"prompt_filter_results":[]}\n\n${event(json)}`,
  ],
  ['a stream with empty and missing deltas', `${event(null)}data: {"choices":[{"index":0}]}\n\n${event(json)}`],
  ['a stream whose last event has the whole message', `${event('')}data: ${whole}\n\n`],
  [
    'an error with nothing in it',
    JSON.stringify({ ...choice({ content: json }), error: { message: '', type: '', param: '', code: null } }),
  ],
  ['an envelope', JSON.stringify({ code: 200, msg: 'success', data: choice({ content: json }) })],
  ['an envelope in an envelope', JSON.stringify({ success: true, result: { response: choice({ content: json }) } })],
  ['an envelope of text', JSON.stringify({ success: true, errors: [], messages: [], result: { response: json } })],
  [
    'Anthropic’s message',
    JSON.stringify({
      type: 'message',
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: '{"summary":"draft"}', signature: 'x' },
        { type: 'text', text: json },
      ],
      stop_reason: 'end_turn',
      usage: { input_tokens: 7, output_tokens: 3 },
    }),
  ],
  [
    'Anthropic’s stream',
    [
      { type: 'message_start', message: { role: 'assistant', content: [], usage: { input_tokens: 7 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'ping' },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'hm' } },
      { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: json.slice(0, 20) } },
      { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: json.slice(20) } },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } },
      { type: 'message_stop' },
    ]
      .map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`)
      .join(''),
  ],
  [
    'an answer of the Responses API',
    JSON.stringify({
      object: 'response',
      status: 'completed',
      error: null,
      incomplete_details: null,
      text: { format: { type: 'text' } },
      output: [
        { type: 'reasoning', summary: [{ type: 'summary_text', text: '{"summary":"draft"}' }] },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: json, annotations: [] }] },
      ],
      usage: { input_tokens: 7, output_tokens: 3, total_tokens: 10 },
    }),
  ],
  [
    'Gemini’s candidates',
    JSON.stringify({
      candidates: [
        {
          content: { role: 'model', parts: [{ text: '{"summary":"draft"}', thought: true }, { text: json }] },
          finishReason: 'STOP',
        },
      ],
      usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 3 },
    }),
  ],
  [
    'Ollama’s message',
    JSON.stringify({ message: { role: 'assistant', content: json }, done: true, done_reason: 'stop', eval_count: 3 }),
  ],
  [
    'Ollama’s lines',
    `${JSON.stringify({ message: { content: json.slice(0, 20) }, done: false })}\n${JSON.stringify({ message: { content: json.slice(20) }, done: true, done_reason: 'stop' })}\n`,
  ],
  [
    'Bedrock’s message',
    JSON.stringify({ output: { message: { role: 'assistant', content: [{ text: json }] } }, stopReason: 'end_turn' }),
  ],
  ['the text of TGI', JSON.stringify([{ generated_text: json }])],
  [
    'a conversation',
    JSON.stringify({
      messages: [
        { role: 'user', content: '{"summary":"draft"}' },
        { role: 'assistant', content: json },
      ],
    }),
  ],
  ['lines of JSON', `${chunk(json.slice(0, 20))}\n${chunk(json.slice(20))}\n`],
  ['values without a line between them', `${chunk(json.slice(0, 20))}${chunk(json.slice(20))}`],
]; // prettier-ignore
