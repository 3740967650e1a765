import { type Command, Option } from 'commander';
import { signingSchemes } from '../../api/signatures/sign.js';
import { priorities } from '../../intake/priority.js';

const ofTestTicket = ['ticket', 'subject', 'description', 'priority'];

/** The common options of `send` and `sign`: a body, its tenant, and its signature. */
export function addTicketOptions(command: Command): Command {
  return command
    .option('--tenant <id>', "whose ticket (default: the body's, else the first tenant)")
    .addOption(
      new Option('--scheme <scheme>', 'how to sign (default: the strongest that the tenant has)').choices(
        signingSchemes,
      ),
    )
    .addOption(
      new Option('--file <path>', 'the body, byte for byte; - is stdin (default: a test ticket)').conflicts(
        ofTestTicket,
      ),
    )
    .option('--ticket <id>', "the test ticket's id (default: a new one)")
    .option('--subject <text>', "the test ticket's subject")
    .option('--description <text>', "the test ticket's description")
    .addOption(new Option('--priority <priority>', "the test ticket's priority").choices(priorities));
}
