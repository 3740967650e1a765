/** Written by `npm run fit:confidence`. */
export const confidenceModel = {
  intercept: -7.254,
  weights: {
    coverage: 1.918,
    titleCoverage: 1.82,
    cosine: 1.206,
    closeness: 1.146,
    margin: 0.516,
    rarest: 2.779,
    secondRarest: 1.193,
    thirdRarest: 1.209,
    fourthRarest: 1.147,
    sharedTerms: 0.065,
    queryLength: -0.186,
    shortness: 0.778,
  },
} as const;
