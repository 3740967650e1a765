import { describe, expect, it } from '@jest/globals';
import { withoutSiteSyntax } from '../../../src/connectors/site-syntax.js';
import { readMarkup } from '../../../src/enhancement/markup/markdown.js';
import { writePlain } from '../../../src/enhancement/markup/plain.js';

/** As an agent reads it in a note. */
const shown = (markdown: string): string => writePlain(readMarkup(withoutSiteSyntax(markdown), 'markdown'));

describe('an article', () => {
  it.each([
    [
      'boxes of Docusaurus',
      ':::warning[Save your **work**]\n\nIt restarts.\n\n:::\n\n:::tip\nWait.\n:::',
      'Warning: Save your work\n\nIt restarts.\n\nTip\n\nWait.',
    ],
    [
      'boxes of VitePress',
      '::: danger STOP\nIt is on.\n:::\n\n::: details More\nText\n:::',
      'Danger: STOP\n\nIt is on.\n\nMore\n\nText',
    ],
    [
      'boxes of MkDocs, one in another',
      '!!! warning "Save"\n\n    1. Open it.\n    2. Close it.\n\n    ??? note\n        Twice.\n\nText',
      'Warning: Save\n\n1. Open it.\n2. Close it.\n\nNote\n\nTwice.\n\nText',
    ],
    ['boxes of a kind of their own', '!!! 注意\n\n    停止。', '注意\n\n停止。'],
    [
      'a box within a list',
      '1. Open it.\n\n    !!! note "Slow"\n\n        It takes a minute.\n\n2. Close it.',
      '1. Open it.\n   Note: Slow\n   It takes a minute.\n2. Close it.',
    ],
    [
      'tabs of MkDocs with code',
      '=== "Linux"\n\n    ```sh\n    ls\n      -l\n    ```\n\n=== "Windows"\n\n    Run `dir`.',
      'Linux\n\n    ls\n      -l\n\nWindows\n\nRun `dir`.',
    ],
    ['alerts of GitHub', '> [!IMPORTANT]\n> Restart it.', '> Important\n>\n> Restart it.'],
    ['callouts of Obsidian', '> [!warning]- It restarts\n> Save first.', '> Warning: It restarts\n>\n> Save first.'],
    [
      'links and marks of Obsidian',
      'See [[VPN/Setup|the setup]], [[VPN/Setup#Windows]] and ![[vpn.png|300]]. It ==works==. ^a1\n\n%% ask Bob %%',
      'See the setup, Setup > Windows and . It works.',
    ],
    [
      'components of MDX',
      '<Tabs groupId="os">\n<TabItem value="mac" label="macOS">\n\nQuit.\n\n</TabItem>\n</Tabs>\n\n{/* old */}\nNew <Badge text="2" />.',
      'macOS\n\nQuit.\n\nNew .',
    ],
    [
      'shortcodes of Hugo',
      '{{< notice warning >}}\nSave.\n{{< /notice >}}\n\nGo {{% icon "x" %}}on.',
      'Warning\n\nSave.\n\nGo on.',
    ],
    [
      'tags of Jekyll and GitBook',
      '{% hint style="danger" %}\nStop.\n{% endhint %}\n\n{% highlight sh %}\nls {% x %}\n{% endhighlight %}\n\nText{:.red}',
      'Danger\n\nStop.\n\n    ls {% x %}\n\nText',
    ],
    ['lines that show nothing', '[[_TOC_]]\n\n--8<-- "a.md"\n\n{: .wide }\n\n*[VPN]: A network\n\nText', 'Text'],
  ])('is quoted without the syntax of %s', (_, markdown, text) => {
    expect(shown(markdown)).toBe(text);
  });

  it.each([
    'Enter `[[ -f x ]]`, `{% if %}` and `==` as they are.',
    'Test with [[ -n "$x" ]] && echo %%i in (*.txt) and a == b == c.',
    '```\n!!! note\n:::tip\nimport a from "b"\n{{< x >}}\n```',
    '~~~yaml\n{% raw %}\n[[TOC]]\n~~~',
    'Enter the name of your host:\n\n<HOSTNAME>',
    'Steps\n===\n\nimport the list named "a"',
    'It costs {{ price }} and [a](b) {x}.',
  ])('keeps what is no such syntax: %j', (markdown) => {
    expect(withoutSiteSyntax(markdown)).toBe(markdown);
  });
});
