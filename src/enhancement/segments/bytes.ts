/** Bytes that never change: those of a file, or of a buffer. */
export interface Bytes {
  readonly length: number;
  /** How many of them are in this process's memory. */
  readonly held: number;
  /** @throws what reading a file throws */
  read(offset: number, length: number): Buffer;
}

export function bytesOf(buffer: Buffer): Bytes {
  return {
    length: buffer.length,
    held: buffer.length,
    read: (offset, length) => buffer.subarray(offset, offset + length),
  };
}

/** Takes bytes in their order. They may be overwritten after the call. */
export type Sink = (bytes: Buffer) => void;

/** Keeps what it is given in this process's memory. */
export function createCollector() {
  let buffer = Buffer.allocUnsafe(64 * 1024);
  let length = 0;
  const sink: Sink = (bytes) => {
    if (length + bytes.length > buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(2 * buffer.length, length + bytes.length));
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
    }
    length += bytes.copy(buffer, length);
  };
  return { sink, collected: (): Buffer => Buffer.from(buffer.subarray(0, length)) };
}

/** Puts numbers and texts behind one another. */
export interface ByteWriter {
  readonly length: number;
  /** A whole number from 0 to 2^32 - 1, in groups of seven bits, the lowest first: small ones take one byte. */
  number(value: number): void;
  /** 0 to 255. */
  byte(value: number): void;
  /** UTF-8, behind its length. */
  text(value: string): void;
  /** UTF-8, up to what its reader knows to be the end. */
  rest(value: string): void;
  /** What was written since the last call. Overwritten by the next write. */
  take(): Buffer;
}

const longestNumber = 5;
/** UTF-8 of a UTF-16 code unit. */
const longestCharacter = 3;
const longestWord = 32;

export function createByteWriter(): ByteWriter {
  let buffer = Buffer.allocUnsafe(4096);
  let length = 0;

  function reserve(bytes: number): void {
    if (length + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * buffer.length, length + bytes));
    buffer.copy(larger, 0, 0, length);
    buffer = larger;
  }

  function number(value: number): void {
    reserve(longestNumber);
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) buffer[length++] = (rest & 0x7f) | 0x80;
    buffer[length++] = rest;
  }

  /** Much faster than the runtime's own encoder, which is made for long texts. @returns false: it is not ASCII, and not written */
  function word(value: string): boolean {
    reserve(1 + value.length);
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return false;
      buffer[length + 1 + i] = code;
    }
    buffer[length] = value.length;
    length += 1 + value.length;
    return true;
  }

  function rest(value: string): void {
    reserve(longestCharacter * value.length);
    length += buffer.write(value, length);
  }

  return {
    get length() {
      return length;
    },
    number,
    byte(value) {
      reserve(1);
      buffer[length++] = value;
    },
    text(value) {
      if (value.length <= longestWord && word(value)) return;
      number(Buffer.byteLength(value));
      rest(value);
    },
    rest,
    take() {
      const taken = buffer.subarray(0, length);
      length = 0;
      return taken;
    },
  };
}

/** Reads what a {@link ByteWriter} wrote. */
export interface ByteReader {
  readonly offset: number;
  number(): number;
  text(): string;
  /** Passes over a text. @returns whether it is this one */
  skipText(utf8: Buffer): boolean;
}

export function createByteReader(buffer: Buffer): ByteReader {
  let offset = 0;
  function number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = buffer[offset++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }
  return {
    get offset() {
      return offset;
    },
    number,
    text() {
      const length = number();
      return buffer.toString('utf8', offset, (offset += length));
    },
    skipText(utf8) {
      const length = number();
      const start = offset;
      offset += length;
      return length === utf8.length && utf8.compare(buffer, start, offset) === 0;
    },
  };
}
