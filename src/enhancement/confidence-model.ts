/** Written by `npm run fit:confidence`. */
export const confidenceModel = {
  intercept: -6.305,
  weights: {
    coverage: 1.752,
    titleCoverage: 1.515,
    focus: 0.981,
    closeness: 0.63,
    lead: 0.958,
    length: -0.031,
    rarest: 1.687,
    secondRarest: 1.032,
    thirdRarest: 1.058,
    fourthRarest: 0.937,
    queryLength: -0.193,
    shortness: 0.602,
  },
} as const;
