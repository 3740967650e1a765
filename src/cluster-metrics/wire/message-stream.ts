/**
 * Messages on a byte stream: the length in bytes as four bytes, highest first, then JSON in UTF-8.
 *
 * Must not know: what the messages mean, nor what carries the stream.
 */

const lengthBytes = 4;

/** A frame takes some ten kilobytes; this is for label values and keys of unusual length. */
export const maxMessageBytes = 16 * 2 ** 20;

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

/** What a peer sent that is no message; nothing after it can be read. A predicate. */
export class StreamFault extends Error {
  override readonly name = 'StreamFault';
}

export class MessageReader {
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** Of a whole message. Until something is known of the peer, it is to be small. */
  maxBytes: number;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get hasPart(): boolean {
    return this.#buffered > 0;
  }

  /**
   * The messages that a chunk completes, one at a time.
   *
   * @throws {StreamFault} memory is taken for what has come, not for what was announced
   */
  *read(chunk: Buffer): Generator {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    while (this.#buffered >= lengthBytes) {
      const bytes = this.#peek(lengthBytes).readUInt32BE();
      if (bytes > this.maxBytes) throw new StreamFault(`announced a message of ${bytes} bytes`);
      if (this.#buffered < lengthBytes + bytes) return;
      const whole = this.#peek(lengthBytes + bytes);
      this.#skip(whole.length);
      yield parse(whole.toString('utf8', lengthBytes));
    }
  }

  /** The first bytes, which have come. */
  #peek(bytes: number): Buffer {
    const [first] = this.#chunks;
    if (first === undefined || first.length < bytes) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]?.subarray(0, bytes) ?? Buffer.alloc(0);
  }

  #skip(bytes: number): void {
    const [first, ...others] = this.#chunks;
    const rest = first?.subarray(bytes);
    this.#chunks = rest === undefined || rest.length === 0 ? others : [rest, ...others];
    this.#buffered -= bytes;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StreamFault('sent a message that is not JSON', { cause: error });
  }
}
