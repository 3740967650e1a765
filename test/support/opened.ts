import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What tests open is closed after the test or the file that it was opened for, the latest first. */

type Close = () => unknown;
const ofTest: Close[] = [];
const ofFile: Close[] = [];

async function closeAll(closes: Close[], from = 0): Promise<void> {
  for (const close of closes.splice(from).reverse()) await close();
}
afterEach(() => closeAll(ofTest));
afterAll(() => closeAll(ofFile));

export const afterTest = (close: Close): void => void ofTest.push(close);
export const afterFile = (close: Close): void => void ofFile.push(close);

/** Opened in a test or a `beforeEach`. */
export async function forTest<T>(opening: T | Promise<T>, close: (opened: T) => unknown): Promise<T> {
  const opened = await opening;
  afterTest(() => close(opened));
  return opened;
}

/** Opened in a `beforeAll`. */
export async function forFile<T>(opening: T | Promise<T>, close: (opened: T) => unknown): Promise<T> {
  const opened = await opening;
  afterFile(() => close(opened));
  return opened;
}

/** Opened before each test. @returns an object that has the members of what the test that runs has */
export function eachTest<T extends object>(open: () => Promise<T>, close: (opened: T) => unknown): T {
  const own = {} as T;
  beforeEach(async () => void Object.assign(own, await forTest(open(), close)));
  return own;
}

/** Opened before the tests of the file, or of the `describe` in which it is called. @returns an object that has its members */
export function eachFile<T extends object>(open: () => Promise<T>, close: (opened: T) => unknown): T {
  const own = {} as T;
  let before = 0;
  beforeAll(async () => {
    before = ofFile.length;
    Object.assign(own, await forFile(open(), close));
  });
  afterAll(() => closeAll(ofFile, before));
  return own;
}

/** @param end default: with the test */
export function temporaryFolder(end = afterTest): string {
  const folder = mkdtempSync(join(tmpdir(), 'te-test-'));
  end(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  return folder;
}
