/** Written by `npm run fit:confidence`. */
export const confidenceModel = {
  intercept: -6.311,
  weights: {
    coverage: 1.827,
    titleCoverage: 1.52,
    focus: 1.031,
    closeness: 0.571,
    lead: 0.909,
    length: -0.024,
    rarest: 1.703,
    secondRarest: 1.005,
    thirdRarest: 1.028,
    fourthRarest: 0.928,
    queryLength: -0.198,
    shortness: 0.841,
  },
} as const;
