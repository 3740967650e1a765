/** In every note of ours. */
const ourMark = 'ticket-enhancer#';

/** Identifies the note of a job on a ticket. The job id is a hash, so the marker does not occur by chance. */
export function noteMarker(jobId: string): string {
  return ourMark + jobId;
}

/** Whether a text on a ticket is a note of ours, which says nothing about how the ticket was solved. */
export function isOurNote(text: string): boolean {
  return text.includes(ourMark);
}
