/**
 * What crosses on a unix socket: messages as their length in bytes (four bytes, highest first) and JSON in UTF-8.
 *
 * A process opens two connections. On the first it says who it is and is asked; on the second it reports, and nothing is ever
 * written to it from the other end: a write that fails because the process was just killed makes Node close the connection,
 * and would take along what had not been read.
 * Must not know: either end, nor what is reported.
 */

/** A frame takes some ten kilobytes; this is for label values and keys of unusual length. */
export const maxMessageBytes = 16 * 2 ** 20;

const lengthBytes = 4;

/** @returns undefined for a message that is too long to be read at the other end */
export function encodeMessage(message: object): Buffer | undefined {
  const text = JSON.stringify(message);
  const bytes = Buffer.byteLength(text);
  if (bytes > maxMessageBytes) return undefined;
  const encoded = Buffer.allocUnsafe(lengthBytes + bytes);
  encoded.writeUInt32BE(bytes);
  encoded.write(text, lengthBytes);
  return encoded;
}

export class MessageReader {
  /** Of a whole message. Until something is known of the peer, it is to be small. */
  maxBytes: number;
  #chunks: Buffer[] = [];
  #buffered = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get hasPart(): boolean {
    return this.#buffered > 0;
  }

  /**
   * The messages that a chunk completes, one at a time. Memory is taken for what has come, not for what was announced.
   *
   * @throws {Error} for what is no message; nothing after it can be read. Its text is a predicate of the peer
   */
  *read(chunk: Buffer): Generator {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    while (this.#buffered >= lengthBytes) {
      const bytes = this.#first(lengthBytes).readUInt32BE();
      if (bytes > this.maxBytes) throw new Error(`announced a message of ${bytes} bytes`);
      if (this.#buffered < lengthBytes + bytes) return;
      const whole = this.#first(lengthBytes + bytes);
      const [first, ...others] = this.#chunks;
      const rest = first?.subarray(whole.length) ?? Buffer.alloc(0);
      this.#chunks = rest.length === 0 ? others : [rest, ...others];
      this.#buffered -= whole.length;
      yield parse(whole.toString('utf8', lengthBytes));
    }
  }

  /** The first bytes, which have come. */
  #first(bytes: number): Buffer {
    const [first] = this.#chunks;
    if (first === undefined || first.length < bytes) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]?.subarray(0, bytes) ?? Buffer.alloc(0);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error('sent a message that is not JSON', { cause: error });
  }
}
