/** Commands in a step, told by the programs that they run and by the marks of a shell. All texts are as read: lower case, one line. */

/** Programs that a note must not suggest unless a source does. */
const programs =
  /(?:^|[\s`"'(/\\])(sudo|curl|wget|bash|sh|zsh|python3?|perl|powershell|pwsh|cmd|iex|iwr|invoke-[a-z]+|rm|rmdir|dd|mkfs|chmod|chown|reg|regsvr32|rundll32|certutil|mshta|netsh|ssh|scp|nc|ipconfig|ifconfig|systemctl|taskkill|diskpart|schtasks|wmic|vssadmin|bcdedit|icacls|takeown|pkill|killall|kubectl|apt-get)(?=(?:\.exe)?(?:[\s`"')]|[.,;:!?](?:\s|$)|$))/g;
/** Programs with the names of words: commands where an option, a path, a drive or one of their own verbs follows. */
const withArguments =
  /(?:^|[\s`"'(/\\])(del|erase|rd|format|net|sc|shutdown|reboot|kill|apt|yum|docker)(?:\.exe)?(?= (?:--?[a-z0-9]|\/|\\|[a-z]:|%|\d|\*)| (?:user|use|stop|start|restart|localgroup|share|accounts|config|create|delete|install|remove|purge|erase|update|upgrade|autoremove|run|exec|rmi?|kill|pull|compose|system|volume|image|container|prune|now)(?:[\s`"'.,;:)]|$))/g;
/** The same behind a verb that has somebody run them. */
const toBeRun =
  /(?:^|[\s`"'(])(?:run|type|enter|execute|sudo) [`"']?(del|erase|rd|format|net|sc|shutdown|reboot|kill|apt|yum|docker)(?![\p{L}\p{N}-])/gu;
const shellMarks = /[`|]|&&|\$\(|(?:^|\s)--?[a-z]/;

export function programsIn(text: string): string[] {
  const found = [programs, withArguments, toBeRun].flatMap((form) => [...text.matchAll(form)]);
  return [...new Set(found.map(([, program = '']) => program))];
}

export function hasShellMarks(text: string): boolean {
  return shellMarks.test(text);
}
