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
    [
      'shortcodes with words and code',
      'Use {{< kbd "Ctrl+C" >}}.\n\n{{< tab "Linux" >}}\n\n{{< highlight sh >}}\nimport "x"\n{{< /highlight >}}',
      'Use Ctrl+C.\n\nLinux\n\n    import "x"',
    ],
    ['raw text of Jekyll', 'Write:\n\n{% raw %}\n{% hint %}\n{% endraw %}\n\nText', 'Write:\n\n{% hint %}\n\nText'],
    ['containers in words', '::: Wichtig: Nicht ausschalten\nText\n:::', 'Wichtig: Nicht ausschalten\n\nText'],
    ['components without attributes', '<Steps>\n\nOne\n\n</Steps>\n\n<Note>\n\nTwo', 'One\n\nNote\n\nTwo'],
    ['comments of several lines', 'One\n\n%%\nask\n\nBob\n%%\n\n{/*\nold\n*/}\n\nTwo %%three%%', 'One\n\nTwo'],
    ['names of blocks', 'One ^37066d\n\n- Two ^my-quote\n- Three ^a1', 'One\n\n- Two\n- Three'],
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
    '!!! Do not switch off the server during the update !!!',
    '!!! note\nText',
    '??? What if the light blinks red',
    'Write:\n\n    <VirtualHost *:443>\n    {% for host in hosts %}\n    import os from "x"\n\n    [[servers]]',
    '# Code\n\t[[a]] ==b==\n\n1. Item\n\n       [[servers]]\n       {{< x >}}',
    'grep -E "^[[:space:]]*Listen" and [[1, 2]] and [["a"]]',
    '```erlang\n%% start the node\nerl -name a\n%% stop it\n```',
    '```bat\necho 50 %% off %% now\n```\n\nSet `%% a %%`.',
    '%% start the node\nerl -name a\n%% stop it',
    '%%\nText that does not end',
    'Stop the program with ^C\n\nExit with ^X\n\nIt is 2 ^10\n\ngit log ^main',
    'One ^a1\ngoes on.',
    '<Enter>\n\n<Username>\n\n<Your name>',
    '<Directory /srv>\nAllow from all\n</Directory>',
    'Use {:ok, pid} in Elixir and {:a=>1} in Ruby.',
    '{:ok, pid}',
    'x ==y and z== 3 and a==b and c==d',
    'Use {% if x %} and {{ .Values.x }} and {{- include "a" . }}.',
    '{% for host in hosts %}\n{% endfor %}\n{% include "a.conf" %}',
    'Set %date% and %PATH%; for %%i in (1 2) do echo %%i %% now',
    'std::cout and ::std::move in C:\\a::$DATA',
    '--8<-- cut here',
    'Steps\n===\n\n=== "Linux"\nText',
    '    import os from "x"',
    '::: vorsicht',
    '::: tip a=b',
    'It costs {{ price }} and [a](b) {x}.',
  ])('keeps what is no such syntax: %j', (markdown) => {
    expect(withoutSiteSyntax(markdown)).toBe(markdown);
  });
});
