#!/usr/bin/env node
import { requireNode } from './node-version.js';
import { catchSignals } from './signals.js';

/**
 * The primary's entry. Signals are caught before the service is loaded, which takes a good part of a second. Only files
 * that every Node can load are imported before its version is looked at.
 */
requireNode();
const signals = catchSignals();
const { start } = await import('./start.js');
await start(signals);
