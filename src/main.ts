#!/usr/bin/env node
import { catchSignals } from './signals.js';

/** The primary's entry. Signals are caught before the service is loaded, which takes a good part of a second. */
const signals = catchSignals();
const { start } = await import('./start.js');
await start(signals);
