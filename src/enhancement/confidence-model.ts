/** Written by `npm run fit:confidence`. */
export const confidenceModel = {
  intercept: -6.313,
  weights: {
    coverage: 1.758,
    titleCoverage: 1.513,
    focus: 0.981,
    closeness: 0.633,
    lead: 0.958,
    length: -0.031,
    rarest: 1.696,
    secondRarest: 1.034,
    thirdRarest: 1.057,
    fourthRarest: 0.935,
    queryLength: -0.193,
    shortness: 0.601,
  },
} as const;
