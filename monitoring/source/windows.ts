/** The spans over which ratios are recorded, and how many five-minute steps make up the long ones. */
export const windows = {
  '5m': 300,
  '30m': 1_800,
  '1h': 3_600,
  '2h': 7_200,
  '6h': 21_600,
  '1d': 86_400,
  '3d': 259_200,
} as const;

export type Window = keyof typeof windows;

/** The window that longer ones are added up from. */
export const baseWindow = '5m' satisfies Window;

/**
 * Read from the counters themselves. The others are added up from the recorded five-minute rates: three days of raw
 * counters of a thousand tenants would be tens of millions of samples for each evaluation.
 */
export const directWindows: readonly Window[] = ['5m', '30m', '1h', '2h'];

export const allWindows = Object.keys(windows).filter((name): name is Window => name in windows);
